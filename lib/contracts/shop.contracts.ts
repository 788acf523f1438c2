/** The demo shop's books: payments, stock, shipments. Every change is kept under the key of its call, so repeating it changes nothing. */
import { contract } from './contract.ts';
import { integer, object, oneOf, text } from './schema.ts';

const order = text({ min: 1, max: 100, doc: 'What the entry is for', example: 'KM-10042' });
const idempotencyKey = text({ min: 1, max: 400 });
const policy = { timeoutMs: 10_000, retries: 2 };
const sku = text({ min: 1, max: 100, doc: 'Article', example: 'kettle-blue' });
const quantity = integer({ min: 1, max: 10_000 });
const cents = integer({ min: 0, max: 100_000_000, doc: 'Cents' });

const change = <const N extends string>(name: N, doc: string) => ({ name: `shop.${name}`, doc, policy });

export const receiveStock = contract({
  ...change('receiveStock', 'Adds articles to the stock.'),
  params: object({ sku, quantity, idempotencyKey }),
  result: object({ sku, quantity: integer({ doc: 'In stock now' }) }),
  errors: [],
});

export const reserveStock = contract({
  ...change('reserveStock', 'Takes articles out of the stock for an order.'),
  params: object({ order, sku, quantity, idempotencyKey }),
  result: object({ order, sku, quantity: integer() }),
  errors: ['conflict'],
});

export const releaseStock = contract({
  ...change('releaseStock', 'Puts back what an order still holds of an article.'),
  params: object({ order, sku, idempotencyKey }),
  result: object({ order, sku, quantity: integer({ doc: 'Put back' }) }),
  errors: [],
});

export const chargePayment = contract({
  ...change('chargePayment', 'Charges a card for an order. Cards that end in 0002 are declined.'),
  params: object({
    order,
    amount: integer({ min: 1, max: 100_000_000, doc: 'Cents' }),
    card: text({ min: 4, max: 40, doc: 'Token of a card' }),
    idempotencyKey,
  }),
  result: object({ order, amount: cents }),
  errors: ['conflict'],
});

export const refundPayment = contract({
  ...change('refundPayment', 'Pays back what an order has been charged and not refunded yet.'),
  params: object({ order, idempotencyKey }),
  result: object({ order, amount: cents }),
  errors: [],
});

export const shipOrder = contract({
  ...change('shipOrder', 'Hands an order to the carrier. Addresses that say "nowhere" are refused.'),
  params: object({ order, address: text({ min: 1, max: 300 }), idempotencyKey }),
  result: object({ order, trackingNumber: text({ max: 100 }) }),
  errors: ['conflict'],
});

export const cancelShipment = contract({
  ...change('cancelShipment', 'Calls a shipment back before it has left.'),
  params: object({ order, idempotencyKey }),
  result: object({ order, cancelled: integer({ doc: 'Shipments called back' }) }),
  errors: [],
});

export const readBooks = contract({
  name: 'shop.books',
  doc: 'What the books say of an order: sums that a balanced order has at zero, or all together.',
  params: object({ order }),
  result: object({
    order,
    paid: integer({ doc: 'Cents charged less those refunded' }),
    reserved: integer({ doc: 'Articles out of the stock' }),
    shipments: integer(),
    state: oneOf(['none', 'partial', 'complete']),
  }),
  errors: [],
  policy,
});

/** What workflows may call of the shop. */
export const SHOP_ACTIONS = [
  reserveStock,
  releaseStock,
  chargePayment,
  refundPayment,
  shipOrder,
  cancelShipment,
  readBooks,
] as const;
