/**
 * The demo shop's books. Entries are only ever added, each under the key of the call that made it: the same call again
 * finds what it did. A refused call writes nothing.
 */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../lib/contracts/shop.contracts.ts';
import type { Database, Transaction } from '../lib/io/database.ts';
import { addEntry, entryOf, lockBooks, sumOfAccount, sumOfReference } from '../lib/io/sql/shop-books.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action, type Call } from '../lib/moleculer/action.ts';

const DECLINED_CARD = /0002$/;
const REFUSED_ADDRESS = /nowhere/i;

export function shopService(database: Database): ServiceSchema {
  /** Runs once for a key: what it gives is kept with the entry. */
  async function once<R extends object>(
    ctx: Call<{ readonly idempotencyKey: string }>,
    work: (tx: Transaction, tenantId: string) => Promise<{ entry: Omit<Entry, 'key' | 'result'>; result: R }>,
  ): Promise<R> {
    const tenantId = ctx.meta.tenantId!;
    const key = ctx.params.idempotencyKey;
    return await database.withTenant(tenantId, async tx => {
      await lockBooks(tx, tenantId);
      const made = await entryOf(tx, key);
      if (made !== undefined) return JSON.parse(made) as R;
      const { entry, result } = await work(tx, tenantId);
      await addEntry(tx, tenantId, { ...entry, key, result: JSON.stringify(result) });
      return result;
    });
  }

  return {
    name: 'shop',
    actions: {
      receiveStock: action(contracts.receiveStock, ctx =>
        once(ctx, async tx => {
          const { sku, quantity } = ctx.params;
          const there = await sumOfAccount(tx, 'stock', sku);
          return {
            entry: { book: 'stock', reference: 'supply', account: sku, amount: quantity },
            result: { sku, quantity: there + quantity },
          };
        }),
      ),
      reserveStock: action(contracts.reserveStock, ctx =>
        once(ctx, async tx => {
          const { order, sku, quantity } = ctx.params;
          const there = await sumOfAccount(tx, 'stock', sku);
          if (there < quantity)
            throw new TroupeError('conflict', `There are ${there} of "${sku}", not ${quantity}`);
          return {
            entry: { book: 'stock', reference: order, account: sku, amount: -quantity },
            result: { order, sku, quantity },
          };
        }),
      ),
      releaseStock: action(contracts.releaseStock, ctx =>
        once(ctx, async tx => {
          const { order, sku } = ctx.params;
          const held = 0 - (await sumOfReference(tx, 'stock', order, sku));
          return {
            entry: { book: 'stock', reference: order, account: sku, amount: held },
            result: { order, sku, quantity: held },
          };
        }),
      ),
      chargePayment: action(contracts.chargePayment, ctx =>
        once(ctx, async () => {
          const { order, amount, card } = ctx.params;
          if (DECLINED_CARD.test(card)) throw new TroupeError('conflict', 'The card was declined');
          return {
            entry: { book: 'payment', reference: order, account: 'card', amount },
            result: { order, amount },
          };
        }),
      ),
      refundPayment: action(contracts.refundPayment, ctx =>
        once(ctx, async tx => {
          const { order } = ctx.params;
          const paid = await sumOfReference(tx, 'payment', order);
          return {
            entry: { book: 'payment', reference: order, account: 'card', amount: 0 - paid },
            result: { order, amount: paid },
          };
        }),
      ),
      shipOrder: action(contracts.shipOrder, ctx =>
        once(ctx, async () => {
          const { order, address } = ctx.params;
          if (REFUSED_ADDRESS.test(address))
            throw new TroupeError('conflict', 'The carrier does not go there');
          return {
            entry: { book: 'shipment', reference: order, account: 'carrier', amount: 1 },
            result: { order, trackingNumber: `TR-${order}` },
          };
        }),
      ),
      cancelShipment: action(contracts.cancelShipment, ctx =>
        once(ctx, async tx => {
          const { order } = ctx.params;
          const sent = await sumOfReference(tx, 'shipment', order);
          return {
            entry: { book: 'shipment', reference: order, account: 'carrier', amount: 0 - sent },
            result: { order, cancelled: sent },
          };
        }),
      ),
      books: action(contracts.readBooks, ctx =>
        database.withTenant(ctx.meta.tenantId!, async tx => {
          const { order } = ctx.params;
          const paid = await sumOfReference(tx, 'payment', order);
          const reserved = 0 - (await sumOfReference(tx, 'stock', order));
          const shipments = await sumOfReference(tx, 'shipment', order);
          const all = [paid, reserved, shipments];
          const state = all.every(each => each > 0)
            ? 'complete'
            : all.every(each => each === 0)
              ? 'none'
              : 'partial';
          return { order, paid, reserved, shipments, state: state as 'none' | 'partial' | 'complete' };
        }),
      ),
    },
  };
}

interface Entry {
  readonly key: string;
  readonly book: 'payment' | 'stock' | 'shipment';
  readonly reference: string;
  readonly account: string;
  readonly amount: number;
  readonly result: string;
}
