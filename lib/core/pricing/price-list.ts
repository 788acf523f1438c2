/**
 * What a call costs: prices by model and time, in whole micro-units of the currency (one millionth), so sums
 * are exact. Prices are per million tokens, which makes `tokens * price / 1e6` micro-units; each part of a
 * call is rounded up once, so that no call is ever free by rounding.
 */
import { invariant, TroupeError } from '../../kernel/errors.ts';

export interface ModelPrice {
  readonly model: string;
  /** Valid from this moment (inclusive) ... */
  readonly fromMs: number;
  /** ... until this one (exclusive); null while no successor is known. */
  readonly untilMs: number | null;
  /** Micro-units per million tokens. */
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number;
  readonly outputPerMillion: number;
  /** Micro-units per call, whatever its size. */
  readonly perCall: number;
}

export interface TokenUsage {
  /** All input tokens, the cached ones included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

export interface CallCost {
  readonly totalMicro: number;
  readonly inputMicro: number;
  readonly cachedInputMicro: number;
  readonly outputMicro: number;
  readonly perCallMicro: number;
  /** The price that was applied, for the invoice line. */
  readonly price: ModelPrice;
}

/** Sorted by model and time; refuses overlaps, gaps are allowed (a model may be withdrawn and return). */
export class PriceList {
  private readonly byModel = new Map<string, ModelPrice[]>();

  constructor(prices: readonly ModelPrice[]) {
    for (const price of prices) {
      assertPrice(price);
      const own = this.byModel.get(price.model);
      if (own) own.push(price);
      else this.byModel.set(price.model, [price]);
    }
    for (const [model, own] of this.byModel) {
      own.sort((a, b) => a.fromMs - b.fromMs);
      own.forEach((price, i) => {
        const next = own[i + 1];
        if (next && (price.untilMs === null || price.untilMs > next.fromMs))
          throw new TroupeError('validation-failed', 'two prices of one model overlap in time', {
            data: { model },
          });
      });
    }
  }

  /** The price valid at that moment, or null: a model without a price must not be called on a budget. */
  at(model: string, atMs: number): ModelPrice | null {
    const own = this.byModel.get(model) ?? [];
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (own[middle]!.fromMs <= atMs) low = middle + 1;
      else high = middle;
    }
    const price = own[low - 1];
    return price && (price.untilMs === null || atMs < price.untilMs) ? price : null;
  }
}

export function costOf(price: ModelPrice, usage: TokenUsage): CallCost {
  for (const tokens of [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens])
    invariant(Number.isSafeInteger(tokens) && tokens >= 0, 'token counts are whole and not negative');
  invariant(usage.cachedInputTokens <= usage.inputTokens, 'cached tokens are part of the input');
  const inputMicro = part(usage.inputTokens - usage.cachedInputTokens, price.inputPerMillion);
  const cachedInputMicro = part(usage.cachedInputTokens, price.cachedInputPerMillion);
  const outputMicro = part(usage.outputTokens, price.outputPerMillion);
  const totalMicro = inputMicro + cachedInputMicro + outputMicro + price.perCall;
  return { totalMicro, inputMicro, cachedInputMicro, outputMicro, perCallMicro: price.perCall, price };
}

/** The most that a call may cost: what a reservation must cover. One more for the cached part's own rounding. */
export function worstCostOf(price: ModelPrice, inputTokens: number, maxOutputTokens: number): number {
  const dearest = { ...price, inputPerMillion: Math.max(price.inputPerMillion, price.cachedInputPerMillion) };
  return costOf(dearest, { inputTokens, cachedInputTokens: 0, outputTokens: maxOutputTokens }).totalMicro + 1;
}

/** Rounded up. Exact beyond 2^53 too: 1e9 tokens at 1e9 micro-units per million would not fit a double. */
function part(tokens: number, perMillion: number): number {
  const product = tokens * perMillion;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.ceil(product / 1_000_000);
  return Number((BigInt(tokens) * BigInt(perMillion) + 999_999n) / 1_000_000n);
}

function assertPrice(price: ModelPrice): void {
  const amounts = [price.inputPerMillion, price.cachedInputPerMillion, price.outputPerMillion, price.perCall];
  if (!amounts.every(amount => Number.isSafeInteger(amount) && amount >= 0))
    throw new TroupeError('validation-failed', 'a price is a whole, non-negative number of micro-units', {
      data: { model: price.model },
    });
  if (price.untilMs !== null && price.untilMs <= price.fromMs)
    throw new TroupeError('validation-failed', 'a price ends after it begins', {
      data: { model: price.model },
    });
}
