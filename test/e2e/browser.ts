/** The Chromium of tests and of screenshots. */
import { type Browser, chromium } from 'playwright-core';

/** From `make test`; else where Debian installs it. */
const EXECUTABLE = process.env.TROUPE_TEST_CHROMIUM || '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}
