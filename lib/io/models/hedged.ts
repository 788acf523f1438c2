/**
 * An attempt that is made a second time at another endpoint when it is late on its route. The first of both that has
 * something to say wins, and the other is cancelled at once, down to its socket.
 */
import type { HedgeClock } from '../../core/models/hedging.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { AdmittedCall } from './admitted-call.ts';

export interface HedgePorts {
  readonly admitted: Pick<AdmittedCall, 'worstMicro' | 'hasChoice' | 'others'>;
  /** What the route usually takes until something is said, and what is left to spend on second calls. */
  readonly hedge: HedgeClock;
  /** A second call beside a slow one does no harm: it only reads. */
  readonly mayHedge: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Which of several attempts at once is the one whose answer counts. */
export interface Race {
  /** An answer is there, or its beginning: true for the first that says so. */
  readonly claim: () => boolean;
  readonly lost: () => boolean;
}

export const overtaken = () => new TroupeError('unavailable', 'Another attempt was faster');

/** Runs an attempt, and perhaps a second one. Throws what the winner threw, or the first where none won. */
export async function hedged<T extends object>(
  { admitted, hedge, mayHedge, clock, signal }: HedgePorts,
  run: (signal: AbortSignal, race: Race) => Promise<T>,
): Promise<T> {
  hedge.began(admitted.worstMicro);
  const began = clock.monotonic();
  let won: number | undefined;
  const running: AbortController[] = [];
  const raceOf = (index: number): Race => ({
    claim() {
      if (won === undefined) {
        won = index;
        hedge.answered(clock.monotonic() - began, index > 0);
        running.forEach((each, at) => {
          if (at !== index) each.abort(overtaken());
        });
      }
      return won === index;
    },
    lost: () => won !== undefined && won !== index,
  });
  if (!mayHedge || hedge.delayMs === undefined || !admitted.hasChoice) return await run(signal, raceOf(0));
  const start = () => {
    const own = new AbortController();
    const index = running.push(own) - 1;
    return run(AbortSignal.any([signal, own.signal]), raceOf(index));
  };
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = clock.after(hedge.delayMs, () => resolve('late'));
  const first = start();
  try {
    const early = await Promise.race([first, late]);
    if (early !== 'late') return early;
  } finally {
    timer.cancel();
  }
  if (won !== undefined || !admitted.others || !hedge.take(admitted.worstMicro)) return await first;
  return await Promise.any([first, start()]).catch((error: AggregateError) => {
    throw error.errors[won ?? 0];
  });
}
