/**
 * Whether how long the refusal of a key takes tells anything of the keys that live: wrong keys that share all but their
 * last letter with a living one, that share half of it, and that share nothing, asked in random order over the whole
 * way from the key to its refusal. Compared by ranks (Mann and Whitney 1947), which outliers of a busy machine do not
 * move; from |z| = 4.5 on a difference counts as found, as with dudect (Reparaz, Balasch, Verbauwhede 2017). That one
 * would be found shows a control: keys that share nothing, each refusal made longer by CONTROL_US.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { authenticateKeys } from '../../lib/contracts/platform.contracts.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { createAuthenticator } from '../../services/gateway/authenticator.ts';
import type { TestNode } from './embedded-node.ts';

export const FOUND = 4.5;
export const CONTROL = 'shares nothing and takes longer (the control)';
export const CONTROL_US = 100;
const WARM = 50;

export interface Timing {
  readonly kind: string;
  readonly count: number;
  readonly medianUs: number;
  /** Against keys that share nothing: standard deviations from what chance gives. */
  readonly z: number;
}

const letter = () => randomBytes(1).toString('base64url')[0]!;
const unlike = (key: string): string => {
  const last = letter();
  return last === key.at(-1) ? unlike(key) : key.slice(0, -1) + last;
};

export async function measureKeyTiming(
  node: TestNode,
  apiKey: string,
  each: number,
): Promise<readonly Timing[]> {
  const { key: refuse } = createAuthenticator(node.broker, systemClock, silentLog);
  const strange = () => `tk_live_${randomBytes(32).toString('base64url')}`;
  const half = Math.ceil(apiKey.length / 2);
  const kinds: Readonly<Record<string, () => string>> = {
    'shares nothing': strange,
    'shares the first half': () => apiKey.slice(0, half) + strange().slice(half),
    'shares all but the last letter': () => unlike(apiKey),
    [CONTROL]: strange,
  };
  const names = Object.keys(kinds);
  const times = new Map<string, number[]>(names.map(name => [name, []]));
  for (let i = 0; i < WARM + each * names.length; i++) {
    const name = names[randomInt(names.length)]!;
    const wrong = kinds[name]!();
    const began = process.hrtime.bigint();
    const refused = await refuse(wrong).then(
      () => false,
      () => true,
    );
    if (name === CONTROL) spend(CONTROL_US);
    const took = Number(process.hrtime.bigint() - began) / 1_000;
    if (!refused) throw new Error(`a key was let in by ${authenticateKeys.name} that nobody has`);
    if (i >= WARM) times.get(name)!.push(took);
  }
  const nothing = times.get('shares nothing')!;
  return names.map(kind => {
    const own = times.get(kind)!.toSorted((a, b) => a - b);
    return {
      kind,
      count: own.length,
      medianUs: round(own[Math.floor(own.length / 2)]!),
      z: kind === 'shares nothing' ? 0 : round(rankDifference(own, nothing)),
    };
  });
}

/** Mann and Whitney's U as standard deviations from what it is when both have one distribution. */
function rankDifference(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map(value => ({ value, own: true })), ...b.map(value => ({ value, own: false }))].sort(
    (x, y) => x.value - y.value,
  );
  let ranks = 0;
  for (const [at, { own }] of all.entries()) if (own) ranks += at + 1;
  const u = ranks - (a.length * (a.length + 1)) / 2;
  return (u - (a.length * b.length) / 2) / Math.sqrt((a.length * b.length * (all.length + 1)) / 12);
}

function spend(microseconds: number): void {
  const end = process.hrtime.bigint() + BigInt(microseconds) * 1_000n;
  while (process.hrtime.bigint() < end);
}

const round = (value: number) => Math.round(value * 100) / 100;
