#!/usr/bin/env bash
# Installs the locked dependencies and builds the web app, each only when it has changed since.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache

installed=.cache/installed
lock=$(cksum package-lock.json package.json web/package.json | cksum)
if [ ! -x node_modules/.bin/node ] || [ "$(cat "$installed" 2>/dev/null)" != "$lock" ]; then
  echo "Installing dependencies ..." >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  echo "$lock" > "$installed"
fi

built=.cache/web-built
sources=$(find web -path web/dist -prune -o -path web/node_modules -prune -o -type f -print0 | sort -z | xargs -0 cksum | cksum)
if [ ! -f web/dist/index.html ] || [ "$(cat "$built" 2>/dev/null)" != "$sources" ]; then
  echo "Building the web app ..." >&2
  PATH="$PWD/node_modules/.bin:$PATH" npm run -s build -w web >&2
  echo "$sources" > "$built"
fi
