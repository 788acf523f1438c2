/**
 * What one node may spend of accounts that many nodes share, without asking for each call: it holds an allotment of
 * each account, reserves from it, and tells from time to time what was spent and what it no longer needs. The sum of
 * what all nodes hold and have spent never exceeds the limit (the database sees to that), so neither can what is spent,
 * as long as no call costs more than was reserved for it.
 */
import { invariant } from '../../kernel/errors.ts';

/** An account of somebody. `id` is unlike that of any other: both names together. */
export interface AccountName {
  readonly id: string;
  readonly tenantId: string;
  readonly account: string;
}

interface Holding extends AccountName {
  /** Granted, neither reserved nor spent. */
  free: number;
  reserved: number;
  /** Granted and given up: to be told as returned. */
  lost: number;
  /** Spent and not yet told. */
  spent: number;
  /** Most that was reserved at once since it was last told: what is worth keeping. */
  peak: number;
}

export interface ToSettle {
  readonly tenantId: string;
  readonly account: string;
  readonly spent: number;
  readonly returned: number;
}

export class Allotments {
  readonly #holdings = new Map<string, Holding>();

  /** Missing to reserve so much on that account; 0 when it can be reserved now. */
  missing({ id }: AccountName, micro: number): number {
    return Math.max(0, micro - (this.#holdings.get(id)?.free ?? 0));
  }

  granted(name: AccountName, micro: number): void {
    this.#of(name).free += micro;
  }

  /** Only after `missing` said 0, in the same step. */
  reserve(name: AccountName, micro: number): void {
    const holding = this.#of(name);
    invariant(holding.free >= micro, 'what is reserved was granted');
    holding.free -= micro;
    holding.reserved += micro;
    holding.peak = Math.max(holding.peak, holding.reserved);
  }

  /** Ends a reservation by what the call cost; the rest is free again. What cost more is spent all the same. */
  settle(name: AccountName, reserved: number, spent: number): void {
    const holding = this.#of(name);
    holding.reserved -= reserved;
    holding.free += Math.max(0, reserved - spent);
    holding.spent += spent;
  }

  /**
   * What to tell, and forget: spending, and whatever is free beyond what lately was needed at once. `told` marks it
   * as told; `untold` takes it back when it could not be. With `renew` also what is merely reserved, so that it does
   * not expire under a long call.
   */
  toSettle(renew: boolean): readonly ToSettle[] {
    const told: ToSettle[] = [];
    for (const [key, holding] of this.#holdings) {
      const keep = Math.max(0, holding.peak - holding.reserved);
      const unused = Math.max(0, holding.free - keep);
      const returned = unused + holding.lost;
      const { tenantId, account, spent } = holding;
      holding.peak = holding.reserved;
      if (spent === 0 && returned === 0) {
        if (holding.free === 0 && holding.reserved === 0) this.#holdings.delete(key);
        if (!renew || holding.reserved === 0) continue;
      }
      told.push({ tenantId, account, spent, returned });
      holding.spent = 0;
      holding.free -= unused;
      holding.lost = 0;
    }
    return told;
  }

  /** What is free may have expired: nothing more is reserved from it. What is reserved or spent stays so. */
  giveUp(): void {
    for (const holding of this.#holdings.values()) {
      holding.lost += holding.free;
      holding.free = 0;
    }
  }

  /** It could not be told: it is still to be. */
  untold(rows: readonly ToSettle[]): void {
    for (const { tenantId, account, spent, returned } of rows) {
      const holding = this.#of(accountName(tenantId, account));
      holding.spent += spent;
      holding.lost += returned;
    }
  }

  #of(name: AccountName): Holding {
    let holding = this.#holdings.get(name.id);
    if (!holding) {
      holding = { ...name, free: 0, reserved: 0, lost: 0, spent: 0, peak: 0 };
      this.#holdings.set(name.id, holding);
    }
    return holding;
  }
}

export function accountName(tenantId: string, account: string): AccountName {
  return { id: `${tenantId} ${account}`, tenantId, account };
}
