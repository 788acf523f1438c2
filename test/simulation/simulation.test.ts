/**
 * Guarantee: whatever crashes, pauses, is cut off or arrives twice, nothing acknowledged is lost, nothing is answered
 * or done twice, and everything that was begun ends. SEED=<n> replays one schedule with its history.
 */
import { expect } from 'chai';
import { MUTATIONS, type Mutation } from './mutations.ts';
import { reportOf } from './report.ts';
import { simulate } from './world.ts';

const SCHEDULES = 400;
/** A broken platform is noticed within so many schedules. */
const SCHEDULES_PER_MUTATION = 400;

const replayed = process.env.SEED;

describe('the actor runtime, simulated', () => {
  if (replayed !== undefined) {
    it(`holds its invariants under seed ${replayed}`, async () => {
      const outcome = await simulate(Number(replayed));
      console.log(reportOf(outcome, outcome.history.length));
      if (outcome.violation !== undefined) throw new Error(reportOf(outcome));
    });
    return;
  }

  it(`holds its invariants under ${SCHEDULES} schedules`, async () => {
    let steps = 0;
    const states = new Set<number>();
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const outcome = await simulate(seed);
      if (outcome.violation !== undefined) throw new Error(reportOf(outcome));
      steps += outcome.steps;
      for (const state of outcome.states) states.add(state);
    }
    console.log(`      ${SCHEDULES} schedules, ${steps} steps, ${states.size} distinct states`);
    expect(states.size).to.be.greaterThan(SCHEDULES);
  });

  it('repeats the identical history from the same seed', async () => {
    for (const seed of [1, 12, 77]) {
      const [first, again] = [await simulate(seed), await simulate(seed)];
      expect(again.historyHash).to.equal(first.historyHash);
      expect(again.steps).to.equal(first.steps);
      expect(again.history).to.deep.equal(first.history);
    }
    expect((await simulate(1)).historyHash).not.to.equal((await simulate(2)).historyHash);
  });

  for (const [name, meaning] of Object.entries(MUTATIONS))
    it(`notices when ${meaning} (${name})`, async () => {
      for (let seed = 1; seed <= SCHEDULES_PER_MUTATION; seed++) {
        const { violation, steps } = await simulate(seed, name as Mutation);
        if (violation === undefined) continue;
        console.log(`      seed ${seed}, step ${steps}: ${violation}`);
        return;
      }
      throw new Error(`None of ${SCHEDULES_PER_MUTATION} schedules noticed`);
    });
});
