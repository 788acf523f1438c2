#!/usr/bin/env bash
# From a fresh clone to a running platform: installs what is missing (Node itself included), builds the web app,
# migrates, seeds a demo tenant, and runs until Ctrl-C. Settings: .env.example.
set -euo pipefail
cd "$(dirname "$0")"

command -v npm >/dev/null || { echo "Troupe needs Node 20 or later with npm to install itself: https://nodejs.org" >&2; exit 1; }
if [ -f .env ]; then set -a; . ./.env; set +a; fi
scripts/install.sh
# The young generation begins at its full size (MB): what lives for one turn is not copied into the old one meanwhile.
exec node_modules/.bin/node --min-semi-space-size=16 --disable-proto=delete --disable-warning=ExperimentalWarning scripts/start.ts
