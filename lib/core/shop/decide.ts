/**
 * What the shop's tools answer and what they change, as pure decisions over rows.
 * - The e-mail must be that of the order's customer. A wrong e-mail and an unknown order get the same refusal,
 *   so that nobody can find out which order numbers exist.
 * - A repeated call of an idempotent tool answers the same and changes nothing.
 */
import { invariant } from '../../kernel/errors.ts';
import {
  countryOfAddress,
  formatUsd,
  parseUsd,
  REFUND_TIMES,
  RETURN_DAYS,
  refundableMicroUsd,
  shopDate,
  shopDaysBetween,
} from './policy.ts';
import { refuse, type ShopRefusal } from './refusals.ts';
import type { CustomerRow, OrderRow, ShopChange } from './rows.ts';

/** `changes` is empty for reads and for repeated calls. The row must be locked until they are written. */
export type ShopDecision<Result> =
  | { readonly ok: true; readonly result: Result; readonly changes: readonly ShopChange[] }
  | ShopRefusal;

export interface OrderArgs {
  readonly orderId: string;
  readonly email: string;
}

export interface ChangeAddressArgs extends OrderArgs {
  readonly address: string;
}

export interface RequestRefundArgs extends OrderArgs {
  readonly reason: string;
  /** Decimal US dollars, e.g. "12.50"; all goods when missing. */
  readonly amount?: string;
}

interface Found {
  readonly order: OrderRow;
}

/** The form in which order numbers are stored. */
export function normalizeOrderId(orderId: string): string {
  return orderId.trim().toUpperCase();
}

/** The form in which e-mail addresses are compared. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

function find(
  order: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: OrderArgs,
): Found | ShopRefusal {
  if (!order || !customer || normalizeEmail(customer.email) !== normalizeEmail(args.email)) {
    return refuse('order-not-found');
  }
  invariant(order.customerId === customer.id, 'the customer is that of the order');
  invariant(order.id === normalizeOrderId(args.orderId), 'the order is the one that was asked for');
  return { order };
}

const done = <Result>(result: Result, changes: readonly ShopChange[] = []): ShopDecision<Result> => ({
  ok: true,
  result,
  changes,
});

export function decideChangeAddress(
  row: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: ChangeAddressArgs,
): ShopDecision<{ orderId: string; address: string }> {
  const found = find(row, customer, args);
  if ('ok' in found) return found;
  const { order } = found;
  const address = args.address.replace(/\s+/g, ' ').trim();
  const orderId = order.id;
  if (address === order.address) return done({ orderId, address });
  if (order.status === 'cancelled' || order.status === 'returned')
    return refuse('order-cancelled', { orderId });
  if (order.status === 'shipped' || order.status === 'delivered')
    return refuse('already-shipped', { orderId });
  if (address.length < 10 || !/\d/.test(address) || !/\s/.test(address)) return refuse('address-incomplete');
  const country = countryOfAddress(address);
  if (country !== undefined && country !== order.country) {
    return refuse('other-country', { orderId, country: order.country });
  }
  return done({ orderId, address }, [{ type: 'set-address', orderId, address }]);
}

export function decideCancelOrder(
  row: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: OrderArgs,
  nowMs: number,
): ShopDecision<{ orderId: string; refund?: string; arrives?: string }> {
  const found = find(row, customer, args);
  if ('ok' in found) return found;
  const { order } = found;
  const orderId = order.id;
  const paid = order.paymentMethod === 'cash_on_delivery' ? 0 : order.totalMicroUsd;
  const result = {
    orderId,
    ...(paid > 0 ? { refund: formatUsd(paid), arrives: REFUND_TIMES[order.paymentMethod] } : {}),
  };
  if (order.status === 'cancelled') return done(result);
  if (order.status !== 'placed') return refuse('too-late-to-cancel', { orderId });
  return done(result, [
    { type: 'cancel', orderId, cancelledAt: new Date(nowMs).toISOString(), refundedMicroUsd: paid },
  ]);
}

export function decideRequestRefund(
  row: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: RequestRefundArgs,
  nowMs: number,
): ShopDecision<{ orderId: string; refund: string; arrives: string }> {
  const found = find(row, customer, args);
  if ('ok' in found) return found;
  const { order } = found;
  const orderId = order.id;
  if (order.refundRequestedAt !== null) {
    return refuse('refund-exists', {
      orderId,
      requestedOn: shopDate(order.refundRequestedAt),
      refunded: formatUsd(order.refundedMicroUsd),
    });
  }
  if (order.status === 'cancelled') return refuse('order-cancelled', { orderId });
  if (order.status !== 'delivered' || order.deliveredAt === null) return refuse('not-delivered', { orderId });
  if (shopDaysBetween(Date.parse(order.deliveredAt), nowMs) > RETURN_DAYS) {
    return refuse('return-period-over', {
      orderId,
      deliveredOn: shopDate(order.deliveredAt),
      returnDays: RETURN_DAYS,
    });
  }
  const refundable = refundableMicroUsd(order);
  const amount = args.amount === undefined ? refundable : parseUsd(args.amount);
  if (amount === undefined || amount <= 0) return refuse('amount-invalid');
  if (amount > refundable) return refuse('amount-above-paid', { orderId, refundable: formatUsd(refundable) });
  return done({ orderId, refund: formatUsd(amount), arrives: REFUND_TIMES[order.paymentMethod] }, [
    {
      type: 'request-refund',
      orderId,
      requestedAt: new Date(nowMs).toISOString(),
      refundedMicroUsd: amount,
      reason: args.reason.trim(),
    },
  ]);
}

export interface OrderView {
  readonly orderId: string;
  readonly status: string;
  readonly placedOn: string;
  readonly items: string;
  readonly total: string;
  readonly address: string;
  readonly carrier?: string;
  readonly trackingNumber?: string;
  readonly expectedOn?: string;
  readonly deliveredOn?: string;
  readonly cancelledOn?: string;
  readonly refund?: string;
  readonly refundRequestedOn?: string;
}

/** What a customer may see of an order. Keys without a value are left out. */
export function viewOrder(order: OrderRow): OrderView {
  const on = <Key extends string>(key: Key, iso: string | null) =>
    iso === null ? {} : ({ [key]: shopDate(iso) } as Record<Key, string>);
  return {
    orderId: order.id,
    status: order.status,
    placedOn: shopDate(order.placedAt),
    items: order.items.map(item => `${item.quantity} × ${item.name}`).join(', '),
    total: formatUsd(order.totalMicroUsd),
    address: order.address,
    ...(order.carrier === null ? {} : { carrier: order.carrier }),
    ...(order.trackingNumber === null ? {} : { trackingNumber: order.trackingNumber }),
    ...(order.deliveredAt === null ? on('expectedOn', order.expectedAt) : {}),
    ...on('deliveredOn', order.deliveredAt),
    ...on('cancelledOn', order.cancelledAt),
    ...(order.refundedMicroUsd > 0 ? { refund: formatUsd(order.refundedMicroUsd) } : {}),
    ...on('refundRequestedOn', order.refundRequestedAt),
  };
}

export function decideLookUpOrder(
  row: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: OrderArgs,
): ShopDecision<OrderView> {
  const found = find(row, customer, args);
  return 'ok' in found ? found : done(viewOrder(found.order));
}

export interface TrackingView {
  readonly orderId: string;
  readonly status: string;
  readonly carrier?: string;
  readonly trackingNumber?: string;
  readonly expectedOn?: string;
  readonly deliveredOn?: string;
  readonly lastEvent?: string;
  readonly lastPlace?: string;
  readonly lastOn?: string;
}

export function decideTrackParcel(
  row: OrderRow | undefined,
  customer: CustomerRow | undefined,
  args: OrderArgs,
): ShopDecision<TrackingView> {
  const found = find(row, customer, args);
  if ('ok' in found) return found;
  const { orderId, status, carrier, trackingNumber, expectedOn, deliveredOn } = viewOrder(found.order);
  const last = found.order.trackingEvents.at(-1);
  return done({
    orderId,
    status,
    ...(carrier === undefined ? {} : { carrier }),
    ...(trackingNumber === undefined ? {} : { trackingNumber }),
    ...(expectedOn === undefined ? {} : { expectedOn }),
    ...(deliveredOn === undefined ? {} : { deliveredOn }),
    ...(last ? { lastEvent: last.text, lastPlace: last.place, lastOn: shopDate(last.at) } : {}),
  });
}

export interface OrderList {
  readonly count: number;
  /** The newest first, at most ten. */
  readonly orders: readonly Pick<OrderView, 'orderId' | 'status' | 'placedOn' | 'total'>[];
}

/**
 * The orders of one e-mail address. Anyone can type an address, so the list is given only to a caller whose
 * address was verified by other means (signed-in widget, signed identity); else together with an order number
 * of the list it would open every order of that customer.
 */
export function decideListOrders(
  customer: CustomerRow | undefined,
  orders: readonly OrderRow[],
  args: { readonly email: string },
  caller: { readonly verifiedEmail?: string },
): ShopDecision<OrderList> {
  const email = normalizeEmail(args.email);
  if (caller.verifiedEmail === undefined || normalizeEmail(caller.verifiedEmail) !== email) {
    return refuse('not-verified');
  }
  invariant(!customer || normalizeEmail(customer.email) === email, 'the customer has the asked address');
  const own = orders.filter(order => order.customerId === customer?.id);
  const newest = own.toSorted((a, b) => Date.parse(b.placedAt) - Date.parse(a.placedAt)).slice(0, 10);
  return done({
    count: own.length,
    orders: newest.map(order => {
      const { orderId, status, placedOn, total } = viewOrder(order);
      return { orderId, status, placedOn, total };
    }),
  });
}
