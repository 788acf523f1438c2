/** What identity does beside its calls: rolls old secrets forward once, and forgets what is no longer needed. Any number of nodes may. */
import { type Forgotten, forgetSpent } from '../../lib/io/sql/identity-upkeep.ts';
import type { Timer } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import type { IdentityPorts } from './identity-ports.ts';

const EVERY_MS = 600_000;
const FIRST_MS = 10_000;

export interface Upkeep {
  start(): Promise<void>;
  stop(): void;
}

export function createUpkeep(
  { database, clock, reseal }: Pick<IdentityPorts, 'database' | 'clock' | 'reseal'>,
  log: Log,
): Upkeep {
  let timer: Timer | undefined;
  let stopped = false;
  const next = (ms: number) => {
    if (!stopped) timer = clock.after(ms, () => void sweep());
  };

  async function sweep(): Promise<void> {
    try {
      const forgotten: Forgotten = await forgetSpent(database);
      if (Object.values(forgotten).some(count => count > 0))
        log.debug('identity.forgotten', { ...forgotten });
    } catch (error) {
      log.warn('identity.sweep-failed', describeError(error));
    }
    next(EVERY_MS);
  }

  return {
    async start() {
      const resealed = await reseal();
      if (resealed > 0) log.info('identity.secrets-resealed', { resealed });
      next(FIRST_MS);
    },
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
