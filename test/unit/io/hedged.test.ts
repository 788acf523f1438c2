// Guarantee: a call late to speak is asked once more; the first to speak wins and the other is cancelled at once; what has begun to speak is never asked again.
import { expect } from 'chai';
import { HedgeClock } from '../../../lib/core/models/hedging.ts';
import { type HedgePorts, hedged, overtaken, type Race } from '../../../lib/io/models/hedged.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { rejection } from '../../suites/rejection.ts';

const USUAL_MS = 10;

/** A route that has been quick for long, and a clock whose timers run when told. */
function route(settings: Partial<Pick<HedgePorts, 'mayHedge'>> & { others?: boolean } = {}) {
  const hedge = new HedgeClock();
  for (let n = 0; n < 100; n++) {
    hedge.began(1);
    hedge.answered(USUAL_MS + n / 100);
  }
  const timers = new Set<() => void>();
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    after(_: number, task: () => void) {
      timers.add(task);
      return { cancel: () => timers.delete(task) };
    },
  };
  const caller = new AbortController();
  const { others = true, mayHedge = true } = settings;
  const ports: HedgePorts = {
    admitted: { worstMicro: 1, hasChoice: true, others },
    hedge,
    mayHedge,
    clock,
    signal: caller.signal,
  };
  const runs: { signal: AbortSignal; race: Race; end: PromiseWithResolvers<{ by: number }> }[] = [];
  const result = hedged(ports, (signal, race) => {
    const end = Promise.withResolvers<{ by: number }>();
    signal.addEventListener('abort', () => end.reject(signal.reason));
    runs.push({ signal, race, end });
    return end.promise;
  });
  const late = async () => {
    for (const task of timers) task();
    await new Promise(setImmediate);
  };
  return { runs, result, late, timers, caller };
}

describe('a hedged attempt', () => {
  it('is made a second time when late; the first to speak wins, the other is cancelled before the answer is whole', async () => {
    const { runs, result, late } = route();
    expect(runs.length).to.equal(1);
    await late();
    expect(runs.length).to.equal(2);
    expect(runs[1]!.race.claim()).to.equal(true);
    expect(runs[0]!.signal.aborted).to.equal(true);
    expect([runs[0]!.race.lost(), runs[0]!.race.claim(), runs[1]!.race.lost()]).to.deep.equal([
      true,
      false,
      false,
    ]);
    runs[1]!.end.resolve({ by: 1 });
    expect(await result).to.deep.equal({ by: 1 });
  });

  it('is not made again once it speaks, when nothing else is there to ask, or when it must not be', async () => {
    const speaking = route();
    speaking.runs[0]!.race.claim();
    await speaking.late();
    const alone = route({ others: false });
    await alone.late();
    const forbidden = route({ mayHedge: false });
    await forbidden.late();
    for (const { runs, result } of [speaking, alone, forbidden]) {
      expect(runs.length).to.equal(1);
      runs[0]!.end.resolve({ by: 0 });
      expect(await result).to.deep.equal({ by: 0 });
    }
  });

  it('fails as its winner does, as the first where nobody won, and leaves no timer', async () => {
    const broken = () => new TroupeError('model-failed', 'broke off');
    const won = route();
    await won.late();
    won.runs[1]!.race.claim();
    won.runs[1]!.end.reject(broken());
    expect((await rejection(won.result)).message).to.equal('broke off');
    const nobody = route();
    await nobody.late();
    nobody.runs[1]!.end.reject(overtaken());
    nobody.runs[0]!.end.reject(broken());
    expect((await rejection(nobody.result)).message).to.equal('broke off');
    const soon = route();
    soon.runs[0]!.end.reject(broken());
    expect((await rejection(soon.result)).message).to.equal('broke off');
    expect(soon.timers.size).to.equal(0);
  });

  it('ends both when the caller goes', async () => {
    const { runs, result, late, caller } = route();
    await late();
    caller.abort(new TroupeError('unavailable', 'gone'));
    expect((await rejection(result)).message).to.equal('gone');
    expect(runs.map(({ signal }) => signal.aborted)).to.deep.equal([true, true]);
  });
});
