/**
 * The demo shop's tools as declarations: what a model is told, what arguments are allowed, and what repeating a
 * call means. The decisions are in `decide.ts`, the words by which customers mean
 * a tool in `hints.ts` and `change-hints.ts`.
 */
import type { ToolDeclaration } from '../offline/declaration.ts';
import { CANCEL_ORDER_HINTS, CHANGE_ADDRESS_HINTS, REQUEST_REFUND_HINTS } from './change-hints.ts';
import { LIST_ORDERS_HINTS, LOOK_UP_ORDER_HINTS, TRACK_PARCEL_HINTS } from './hints.ts';

const orderId = {
  type: 'string',
  trim: true,
  pattern: '^KM-[0-9]{5}$',
  patternFlags: 'i',
  description: 'Order number: KM- and five digits.',
};

const email = { type: 'email', max: 254, description: 'E-mail address of the order.' };

export const SHOP_TOOLS = [
  {
    name: 'look_up_order',
    description: 'What was ordered, its status, total, delivery address and refund. Needs number and e-mail.',
    params: { $$strict: true, orderId, email },
    effect: 'read',
    hints: LOOK_UP_ORDER_HINTS,
  },
  {
    name: 'track_parcel',
    description: 'Where the parcel of an order is and when it is expected. Needs number and e-mail.',
    params: { $$strict: true, orderId, email },
    effect: 'read',
    hints: TRACK_PARCEL_HINTS,
  },
  {
    name: 'list_orders',
    description: 'The latest orders of a signed-in customer. Refused when the e-mail is not verified.',
    params: { $$strict: true, email },
    effect: 'read',
    hints: LIST_ORDERS_HINTS,
  },
  {
    name: 'change_address',
    description: 'Changes the delivery address of an order that has not been shipped, within its country.',
    params: {
      $$strict: true,
      orderId,
      email,
      address: {
        type: 'string',
        trim: true,
        min: 10,
        max: 300,
        description: 'Complete new address in one line: street and number, city, postal code, country.',
      },
    },
    effect: 'idempotent',
    hints: CHANGE_ADDRESS_HINTS,
  },
  {
    name: 'cancel_order',
    description: 'Cancels a whole order that has not been packed and refunds everything that was paid.',
    params: { $$strict: true, orderId, email },
    effect: 'idempotent',
    hints: CANCEL_ORDER_HINTS,
  },
  {
    name: 'request_refund',
    description:
      'Starts the return of a delivered order within 30 days, once per order. Without an amount all goods.',
    params: {
      $$strict: true,
      orderId,
      email,
      reason: {
        type: 'string',
        trim: true,
        min: 3,
        max: 500,
        description: 'Why, in the words of the customer.',
      },
      amount: {
        type: 'string',
        optional: true,
        pattern: '^[0-9]{1,6}(\\.[0-9]{1,2})?$',
        description: 'US dollars for a partial refund, e.g. "12.50".',
      },
    },
    effect: 'once',
    hints: REQUEST_REFUND_HINTS,
  },
] as const satisfies readonly ToolDeclaration[];

export type ShopToolName = (typeof SHOP_TOOLS)[number]['name'];
