// Guarantee: the bandit's regret grows slower than time, its stated probabilities are those it draws by, and
// late or shuffled rewards teach it the same.
import { expect } from 'chai';
import {
  BANDIT,
  type BanditState,
  chooseArm,
  emptyBandit,
  fromPrior,
  learnReward,
  rewardOf,
} from '../../../../lib/core/routing/tier-bandit.ts';
import { type Random, seededRandom } from '../../../../lib/kernel/clock.ts';

const ARMS = ['SLM_A', 'SLM_B', 'LLM'];
const contextOf = (random: Random) => [1, random(), random()];
/** The small tier does easy things well, the large one is dear but steady. */
const truth: Record<string, (x: readonly number[]) => number> = {
  SLM_A: x => 0.9 - 0.8 * x[1]!,
  SLM_B: x => 0.8 - 0.4 * x[1]! - 0.1 * x[2]!,
  LLM: () => 0.55,
};
const bestOf = (x: readonly number[]) => Math.max(...ARMS.map(arm => truth[arm]!(x)));

interface LoggedDecision {
  readonly context: readonly number[];
  readonly arm: string;
  readonly propensity: number;
  readonly reward: number;
}

/** Value of always choosing one arm, from the log of another policy: doubly robust (Dudik et al. 2011). */
function valueOfAlways(always: string, log: readonly LoggedDecision[], state: BanditState) {
  const random = seededRandom(3);
  const values = log.map(({ context, arm, propensity, reward }) => {
    const guess = chooseArm(state, context, ARMS, random).expected;
    return guess[always]! + (arm === always ? (reward - guess[arm]!) / propensity : 0);
  });
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}

function play(rounds: number, seed: number, delay = 0) {
  const random = seededRandom(seed);
  let state: BanditState = emptyBandit(ARMS, 3);
  let regret = 0;
  const regretAt: number[] = [];
  const log: LoggedDecision[] = [];
  const late: { arm: string; x: number[]; reward: number }[] = [];
  for (let t = 1; t <= rounds; t++) {
    const x = contextOf(random);
    const choice = chooseArm(state, x, ARMS, random, { ...BANDIT, floor: 0.002 });
    const mean = truth[choice.arm]!(x);
    const reward = random() < mean ? 1 : 0;
    regret += bestOf(x) - mean;
    regretAt.push(regret);
    log.push({ context: x, arm: choice.arm, propensity: choice.propensities[choice.arm]!, reward });
    late.push({ arm: choice.arm, x, reward });
    while (late.length > delay) {
      const due = late.shift()!;
      state = learnReward(state, due.arm, due.x, due.reward);
    }
  }
  return { state, regretAt, log };
}

/** Single runs differ by luck: what is claimed is claimed of their mean. */
const SEEDS = [1, 2, 3, 4, 5, 6];

describe('tier bandit', () => {
  it('has regret that grows slower than time, with rewards at once or 100 decisions late', () => {
    for (const delay of [0, 100]) {
      const runs = SEEDS.map(seed => play(6_000, seed, delay).regretAt);
      const mean = (of: (regretAt: readonly number[]) => number) =>
        runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
      const early = mean(run => run[999]!) / 1_000;
      const lately = mean(run => run[5_999]! - run[4_999]!) / 1_000;
      expect(lately, `delay ${delay}`).to.be.below(0.5 * early);
      for (const run of runs) expect(run[5_999]!).to.be.below(0.04 * 6_000);
    }
  });

  it('draws arms as often as it states', () => {
    const { state } = play(30, 5);
    const random = seededRandom(9);
    const x = [1, 0.5, 0.5];
    const stated: Record<string, number> = { SLM_A: 0, SLM_B: 0, LLM: 0 };
    const drawn: Record<string, number> = { SLM_A: 0, SLM_B: 0, LLM: 0 };
    for (let i = 0; i < 4_000; i++) {
      const { arm, propensities } = chooseArm(state, x, ARMS, random);
      drawn[arm]!++;
      for (const each of ARMS) stated[each]! += propensities[each]!;
    }
    for (const arm of ARMS) expect(drawn[arm]! / 4_000).to.be.closeTo(stated[arm]! / 4_000, 0.03);
  });

  it('states probabilities that another policy can be judged by: the estimate holds its true value', () => {
    const { log, state } = play(3_000, 4);
    const random = seededRandom(77);
    const samples = Array.from({ length: 20_000 }, () => truth.SLM_B!(contextOf(random)));
    const value = samples.reduce((a, b) => a + b, 0) / samples.length;
    const { mean, standardError } = valueOfAlways('SLM_B', log, state);
    expect(Math.abs(mean - value)).to.be.below(3 * standardError + 0.01);
  });

  it('learns the same whatever the order of rewards', () => {
    const rewards = [
      [1, 0.2, 0.1],
      [1, 0.9, 0.4],
      [1, 0.5, 0.5],
    ].map((x, i) => ({ x, reward: i / 2 }));
    const fold = (list: typeof rewards) =>
      list.reduce((s, { x, reward }) => learnReward(s, 'LLM', x, reward), emptyBandit(ARMS, 3));
    const [a, b] = [fold(rewards), fold([...rewards].reverse())];
    a.arms.LLM!.covariance.forEach((c, i) => {
      expect(c).to.be.closeTo(b.arms.LLM!.covariance[i]!, 1e-9);
    });
  });

  it('starts a tenant from the shared prior: the same expectation, held less firmly', () => {
    const { state } = play(2_000, 6);
    const own = fromPrior(state, 0.05);
    const x = [1, 0.3, 0.3];
    const expected = (s: BanditState) => chooseArm(s, x, ['SLM_A'], seededRandom(1)).expected.SLM_A!;
    expect(expected(own)).to.be.closeTo(expected(state), 1e-6);
    expect(own.arms.SLM_A!.covariance[0]!).to.be.closeTo(state.arms.SLM_A!.covariance[0]! * 20, 1e-6);
  });

  it('chooses only among the allowed and replays from the same random numbers', () => {
    const state = emptyBandit(ARMS, 3);
    const choose = () => chooseArm(state, [1, 0, 0], ['SLM_B', 'LLM'], seededRandom(2));
    expect(choose()).to.deep.equal(choose());
    expect(Object.keys(choose().propensities)).to.deep.equal(['SLM_B', 'LLM']);
  });

  it('prices cost and latency in points of quality', () => {
    const prices = { microUsdPerPoint: 10_000, msPerPoint: 100_000 };
    expect(rewardOf({ quality: 1, costMicroUsd: 1_000, latencyMs: 5_000 }, prices)).to.be.closeTo(0.85, 1e-9);
  });
});
