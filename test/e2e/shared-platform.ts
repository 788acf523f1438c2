/** One platform for the tests of pages: each looks at conversations of its own. Started when the first needs it. */
import { type Platform, startPlatform } from './platform.ts';

let started: Promise<Platform> | undefined;

export function sharedPlatform(): Promise<Platform> {
  started ??= startPlatform();
  return started;
}

after(async () => {
  await (await started)?.stop();
});
