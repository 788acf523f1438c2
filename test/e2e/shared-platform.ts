/** One platform for the tests of pages: each looks at conversations of its own. Started when the first needs it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Platform, startPlatform } from './platform.ts';

let started: Promise<Platform> | undefined;

export function sharedPlatform(): Promise<Platform> {
  started ??= startPlatform();
  return started;
}

/** Of the demo tenant's owner. */
export const OWNER = 'owner@kettlemoor.example';
export function ownerPassword({ dataDir }: Platform): string {
  return readFileSync(join(dataDir, 'demo-password'), 'utf8').trim();
}

after(async () => {
  await (await started)?.stop();
});
