/** ServeGen client traces: arrival process per client and window (csv), token lengths as quantiles (jsonl). */
import type { Random } from '../../../lib/kernel/clock.ts';
import { csvRecords, readText } from './intents.ts';

export interface ClientWindow {
  readonly client: string;
  readonly startS: number;
  readonly ratePerS: number;
  readonly distribution: string;
  readonly shape: number;
}

export interface Quantiles {
  /** Ascending probabilities and their values. */
  readonly at: readonly number[];
  readonly values: readonly number[];
}

export interface TokenLengths {
  readonly input: Quantiles;
  readonly output: Quantiles;
}

/** Where no lengths are known: the conversation service of the Azure 2023 trace, roughly. */
export const FALLBACK_LENGTHS: TokenLengths = {
  input: { at: [0.01, 0.25, 0.5, 0.75, 0.9, 0.99], values: [20, 300, 1_000, 1_500, 2_500, 4_000] },
  output: { at: [0.01, 0.25, 0.5, 0.75, 0.9, 0.99], values: [5, 60, 129, 300, 420, 700] },
};

export function readWindows(path: string): ClientWindow[] {
  const [header, ...rows] = csvRecords(readText(path));
  const column = (name: string) => header!.indexOf(name);
  const [client, start, rate, distribution, shape] = [
    column('client_id'),
    column('window_start_s'),
    column('rate_rps'),
    column('distribution'),
    column('param1'),
  ];
  return rows.map(row => ({
    client: row[client!]!,
    startS: Number(row[start!]),
    ratePerS: Number(row[rate!]),
    distribution: row[distribution!]!,
    shape: Number(row[shape!]) || 1,
  }));
}

/** Per client the lengths of the window nearest to `atS`. */
export function readLengths(path: string, atS: number): Map<string, TokenLengths> {
  interface Line {
    client_id: number;
    window_start_s: number;
    input_tokens: { quantiles: Record<string, number> };
    output_tokens: { quantiles: Record<string, number> };
  }
  const nearest = new Map<string, { distance: number; lengths: TokenLengths }>();
  for (const text of readText(path).split('\n')) {
    if (!text.trim()) continue;
    const line = JSON.parse(text) as Line;
    const distance = Math.abs(line.window_start_s - atS);
    const key = String(line.client_id);
    if ((nearest.get(key)?.distance ?? Number.POSITIVE_INFINITY) <= distance) continue;
    const lengths = {
      input: quantiles(line.input_tokens.quantiles),
      output: quantiles(line.output_tokens.quantiles),
    };
    nearest.set(key, { distance, lengths });
  }
  return new Map([...nearest].map(([key, { lengths }]) => [key, lengths]));
}

function quantiles(table: Record<string, number>): Quantiles {
  const at = Object.keys(table)
    .map(Number)
    .sort((a, b) => a - b);
  return { at, values: at.map(p => table[String(p)]!) };
}

/** A draw by linear interpolation between quantiles, at least 1. */
export function drawLength({ at, values }: Quantiles, random: Random): number {
  const u = random();
  const above = at.findIndex(p => p >= u);
  if (above < 0) return Math.max(1, Math.round(values.at(-1)!));
  if (above === 0) return Math.max(1, Math.round(values[0]!));
  const [p0, p1] = [at[above - 1]!, at[above]!];
  const share = (u - p0) / (p1 - p0);
  return Math.max(1, Math.round(values[above - 1]! + share * (values[above]! - values[above - 1]!)));
}

/** Arrival times in [0, seconds): inter-arrivals of the window's distribution, rescaled to `ratePerS`. */
export function drawArrivals(
  window: ClientWindow,
  ratePerS: number,
  seconds: number,
  random: Random,
): number[] {
  const times: number[] = [];
  const weibull = window.distribution.toLowerCase().startsWith('w');
  const mean = weibull ? gammaFunction(1 + 1 / window.shape) : window.shape;
  let at = (random() / ratePerS) * 0.999;
  while (at < seconds && times.length < 500_000) {
    times.push(at);
    const draw = weibull ? (-Math.log(1 - random())) ** (1 / window.shape) : drawGamma(window.shape, random);
    at += draw / mean / ratePerS;
  }
  return times;
}

/** Marsaglia and Tsang, 2000; unit scale. */
function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Lanczos approximation, for x > 0.5. */
function gammaFunction(x: number): number {
  const g = 7;
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const t = z + g + 0.5;
  const sum = c.slice(1).reduce((s, ck, k) => s + ck / (z + k + 1), c[0]!);
  return Math.sqrt(2 * Math.PI) * t ** (z + 0.5) * Math.exp(-t) * sum;
}
