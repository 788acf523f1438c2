/**
 * Many simulated schedules of crashes, pauses, partitions and repeated deliveries on the real actor runtime.
 * `--seeds N` (default 2000) or `--minutes M` bounds them, `--from S` is the first seed, `--mutation NAME` breaks the
 * platform on purpose. One seed alone prints its history. Exits 1 at the first violation, with its seed.
 */
import { parseArgs } from 'node:util';
import { isMutation, MUTATIONS } from '../test/simulation/mutations.ts';
import { reportOf } from '../test/simulation/report.ts';
import { simulate } from '../test/simulation/world.ts';

const SECONDS_BETWEEN_LINES = 10;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    mutation: { type: 'string' },
  },
});
const number = (name: string, text: string) => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} needs a number, not ${text}`);
  return value;
};
const { mutation } = values;
if (mutation !== undefined && !isMutation(mutation))
  throw new Error(`Unknown mutation ${mutation}. There are: ${Object.keys(MUTATIONS).join(', ')}`);

const from = number('from', values.from);
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : number('minutes', values.minutes);
const unbounded = values.seeds === undefined && values.minutes !== undefined;
const seeds = unbounded ? Number.POSITIVE_INFINITY : number('seeds', values.seeds ?? '2000');

const began = performance.now();
const seconds = () => (performance.now() - began) / 1000;
const states = new Set<number>();
let schedules = 0;
let steps = 0;
let slowestHealing = { seed: from, ms: 0 };
let toldAt = 0;

const tell = () =>
  console.log(
    `${schedules} schedules, ${steps} steps, ${states.size} distinct states, ${seconds().toFixed(1)} s; ` +
      `slowest to heal: seed ${slowestHealing.seed}, ${(slowestHealing.ms / 1000).toFixed(1)} s`,
  );

for (let seed = from; schedules < seeds && seconds() < minutes * 60; seed++) {
  const outcome = await simulate(seed, mutation);
  schedules++;
  steps += outcome.steps;
  for (const state of outcome.states) states.add(state);
  if (outcome.healingMs > slowestHealing.ms) slowestHealing = { seed, ms: outcome.healingMs };
  if (outcome.violation !== undefined) {
    console.error(reportOf(outcome));
    process.exitCode = 1;
    break;
  }
  if (seeds === 1) console.log(reportOf(outcome, outcome.history.length));
  if (seconds() - toldAt >= SECONDS_BETWEEN_LINES) {
    toldAt = seconds();
    tell();
  }
}
tell();
