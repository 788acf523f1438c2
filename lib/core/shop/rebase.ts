/** Moves the demo orders in time, so that on the day of seeding there are parcels on their way and returns to ask for. */
import type { OrderRow } from './rows.ts';

const TIMES = [
  'placedAt',
  'packedAt',
  'shippedAt',
  'expectedAt',
  'deliveredAt',
  'cancelledAt',
  'refundRequestedAt',
] as const satisfies readonly (keyof OrderRow)[];

const HOUR_MS = 3_600_000;

/** The orders with all times moved by whole hours, so that `referenceTime` becomes `nowMs`. */
export function rebaseOrders(
  orders: readonly OrderRow[],
  referenceTime: string,
  nowMs: number,
): readonly OrderRow[] {
  const shiftMs = Math.floor((nowMs - Date.parse(referenceTime)) / HOUR_MS) * HOUR_MS;
  const move = (iso: string) => new Date(Date.parse(iso) + shiftMs).toISOString();
  return orders.map(order => {
    const moved = Object.fromEntries(
      TIMES.map(name => [name, order[name] === null ? null : move(order[name])]),
    );
    return {
      ...order,
      ...moved,
      trackingEvents: order.trackingEvents.map(event => ({ ...event, at: move(event.at) })),
    };
  });
}
