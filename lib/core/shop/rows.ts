/** Rows of the demo shop. Money is integer micro-units, times are ISO 8601 in UTC. */

export type OrderStatus = 'placed' | 'packed' | 'shipped' | 'delivered' | 'cancelled' | 'returned';

export type PaymentMethod = 'card' | 'bank_transfer' | 'cash_on_delivery' | 'gift_card';

export interface OrderItem {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceMicroUsd: number;
}

export interface TrackingEvent {
  readonly at: string;
  readonly place: string;
  readonly text: string;
}

export interface OrderRow {
  readonly id: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly currency: 'USD';
  readonly goodsMicroUsd: number;
  readonly discountMicroUsd: number;
  readonly shippingMicroUsd: number;
  /** What the customer pays: goods - discount + shipping. */
  readonly totalMicroUsd: number;
  readonly refundedMicroUsd: number;
  readonly refundRequestedAt: string | null;
  readonly paymentMethod: PaymentMethod;
  readonly shippingMethod: 'standard' | 'express';
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly address: string;
  readonly country: string;
  readonly placedAt: string;
  readonly packedAt: string | null;
  readonly shippedAt: string | null;
  readonly expectedAt: string | null;
  readonly deliveredAt: string | null;
  readonly cancelledAt: string | null;
  readonly trackingEvents: readonly TrackingEvent[];
}

export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly language: 'en' | 'vi';
  readonly country: string;
  readonly address: string;
  readonly createdAt: string;
  readonly emberPoints: number;
}

/** What a decision writes. Each is one statement on the row of `orderId`. */
export type ShopChange =
  | { readonly type: 'set-address'; readonly orderId: string; readonly address: string }
  | {
      readonly type: 'cancel';
      readonly orderId: string;
      readonly cancelledAt: string;
      readonly refundedMicroUsd: number;
    }
  | {
      readonly type: 'request-refund';
      readonly orderId: string;
      readonly requestedAt: string;
      /** The new value of the column, not the difference. */
      readonly refundedMicroUsd: number;
      readonly reason: string;
    };
