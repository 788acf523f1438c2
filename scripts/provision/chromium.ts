/** How tests launch Chromium, and a launcher for an unpacked one. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** For `chromium.launch({ executablePath: provided('chromium'), args: CHROMIUM_FLAGS })`: runs as root, calls nobody. */
export const CHROMIUM_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

/** Finds libraries and fonts beside itself, wherever the folder lies. */
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
for folder in "$here"/usr/lib/*-linux-gnu* "$here"/lib/*-linux-gnu* "$here"/usr/lib/*-linux-gnu*/pulseaudio; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/usr/lib/chromium/chromium" "$@"
`;

const FONTS = `<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Makes `chromium` in the unpacked folder. */
export async function writeChromiumLauncher(tree: string): Promise<void> {
  const launcher = join(tree, 'chromium');
  writeFileSync(launcher, LAUNCHER);
  chmodSync(launcher, 0o755);
  writeFileSync(join(tree, 'fonts.conf'), FONTS);
}
