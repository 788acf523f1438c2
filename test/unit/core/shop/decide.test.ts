// Guarantee: the shop's tools act only for the order's customer, only when the policy allows, and never twice.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  decideCancelOrder,
  decideChangeAddress,
  decideListOrders,
  decideLookUpOrder,
  decideRequestRefund,
  decideTrackParcel,
  type ShopDecision,
} from '../../../../lib/core/shop/decide.ts';
import type { CustomerRow, OrderRow, OrderStatus } from '../../../../lib/core/shop/rows.ts';

const NOW = Date.parse('2026-11-20T09:00:00Z');
const DAY = 86_400_000;

const customer: CustomerRow = {
  id: 'cus-1',
  name: 'Linh Tran',
  email: 'linh.tran@example.com',
  language: 'vi',
  country: 'Vietnam',
  address: '14 Hang Than, Hanoi 11100, Vietnam',
  createdAt: '2026-01-03T08:00:00Z',
  emberPoints: 0,
};

function order(changes: Partial<OrderRow> = {}): OrderRow {
  return {
    id: 'KM-10001',
    customerId: 'cus-1',
    status: 'placed',
    items: [{ sku: 'KET-08', name: 'Tarn Kettle 0.8 L', quantity: 1, unitPriceMicroUsd: 46_000_000 }],
    currency: 'USD',
    goodsMicroUsd: 46_000_000,
    discountMicroUsd: 4_600_000,
    shippingMicroUsd: 2_000_000,
    totalMicroUsd: 43_400_000,
    refundedMicroUsd: 0,
    refundRequestedAt: null,
    paymentMethod: 'card',
    shippingMethod: 'standard',
    carrier: null,
    trackingNumber: null,
    address: '14 Hang Than, Hanoi 11100, Vietnam',
    country: 'Vietnam',
    placedAt: '2026-11-19T02:00:00Z',
    packedAt: null,
    shippedAt: null,
    expectedAt: null,
    deliveredAt: null,
    cancelledAt: null,
    trackingEvents: [],
    ...changes,
  };
}

const delivered = (daysAgo: number, changes: Partial<OrderRow> = {}) =>
  order({ status: 'delivered', deliveredAt: new Date(NOW - daysAgo * DAY).toISOString(), ...changes });

const who = { orderId: 'KM-10001', email: 'linh.tran@example.com' };
const codeOf = (decision: ShopDecision<unknown>) => (decision.ok ? 'done' : decision.code);

describe('the shop decides', () => {
  it('refuses an unknown order and a wrong e-mail with the very same words', () => {
    const unknown = decideLookUpOrder(undefined, undefined, who);
    const wrong = decideLookUpOrder(order(), customer, { ...who, email: 'someone@example.com' });
    expect(wrong).to.deep.equal(unknown);
    expect(codeOf(wrong)).to.equal('order-not-found');
  });

  it('compares e-mail addresses and order numbers without case and spaces', () => {
    const decision = decideLookUpOrder(order(), customer, {
      orderId: ' km-10001',
      email: ' Linh.Tran@Example.com ',
    });
    expect(codeOf(decision)).to.equal('done');
  });

  it('shows an order without keys that have no value', () => {
    const decision = decideLookUpOrder(order(), customer, who);
    expect(decision).to.deep.equal({
      ok: true,
      changes: [],
      result: {
        orderId: 'KM-10001',
        status: 'placed',
        placedOn: '2026-11-19',
        items: '1 × Tarn Kettle 0.8 L',
        total: '$43.40',
        address: '14 Hang Than, Hanoi 11100, Vietnam',
      },
    });
  });

  it('tracks with the last event', () => {
    const row = order({
      status: 'shipped',
      carrier: 'Northline Post',
      trackingNumber: 'NLP123456789',
      shippedAt: '2026-11-19T12:00:00Z',
      expectedAt: '2026-11-23T11:00:00Z',
      trackingEvents: [
        { at: '2026-11-19T12:00:00Z', place: 'Da Nang, Vietnam', text: 'Handed to the courier' },
        { at: '2026-11-19T21:00:00Z', place: 'Da Nang, Vietnam', text: 'Sorted' },
      ],
    });
    const decision = decideTrackParcel(row, customer, who);
    expect(decision.ok && decision.result).to.include({ lastEvent: 'Sorted', expectedOn: '2026-11-23' });
  });

  describe('an address', () => {
    const args = { ...who, address: '5 Bach Dang, Hai Chau, Da Nang 50200, Vietnam' };

    it('changes while the order is placed or packed', () => {
      for (const status of ['placed', 'packed'] as const) {
        const decision = decideChangeAddress(order({ status }), customer, args);
        expect(decision.ok && decision.changes).to.deep.equal([
          { type: 'set-address', orderId: 'KM-10001', address: args.address },
        ]);
      }
    });

    const refused: [OrderStatus, string][] = [
      ['shipped', 'already-shipped'],
      ['delivered', 'already-shipped'],
      ['cancelled', 'order-cancelled'],
      ['returned', 'order-cancelled'],
    ];
    for (const [status, code] of refused) {
      it(`does not change when the order is ${status}`, () => {
        expect(codeOf(decideChangeAddress(order({ status }), customer, args))).to.equal(code);
      });
    }

    it('stays in its country', () => {
      for (const address of ['12 Rue des Alpes, 74400 Chamonix, France', '1 High Street, Leeds LS1 4, UK']) {
        expect(codeOf(decideChangeAddress(order(), customer, { ...args, address }))).to.equal(
          'other-country',
        );
      }
      const vietnamese = '5 Bạch Đằng, Đà Nẵng, Việt Nam';
      expect(codeOf(decideChangeAddress(order(), customer, { ...args, address: vietnamese }))).to.equal(
        'done',
      );
    });

    it('has to look like one', () => {
      for (const address of ['somewhere else please', '12345678901', '5 Elm']) {
        expect(codeOf(decideChangeAddress(order(), customer, { ...args, address }))).to.equal(
          'address-incomplete',
        );
      }
    });

    it('that is already there changes nothing', () => {
      const decision = decideChangeAddress(order({ status: 'shipped' }), customer, {
        ...who,
        address: order().address,
      });
      expect(decision).to.include({ ok: true }).and.to.have.property('changes').that.is.empty;
    });
  });

  describe('a cancellation', () => {
    it('gives everything back while the order is placed', () => {
      const decision = decideCancelOrder(order(), customer, who, NOW);
      expect(decision).to.deep.equal({
        ok: true,
        result: { orderId: 'KM-10001', refund: '$43.40', arrives: '3-5 business days' },
        changes: [
          {
            type: 'cancel',
            orderId: 'KM-10001',
            cancelledAt: '2026-11-20T09:00:00.000Z',
            refundedMicroUsd: 43_400_000,
          },
        ],
      });
    });

    it('gives nothing back when nothing was paid', () => {
      const decision = decideCancelOrder(order({ paymentMethod: 'cash_on_delivery' }), customer, who, NOW);
      expect(decision.ok && decision.result).to.deep.equal({ orderId: 'KM-10001' });
    });

    it('repeated answers the same and changes nothing', () => {
      const first = decideCancelOrder(order(), customer, who, NOW);
      const again = decideCancelOrder(order({ status: 'cancelled' }), customer, who, NOW);
      expect(again).to.deep.equal({ ...first, changes: [] });
    });

    it('comes too late once the order is packed', () => {
      for (const status of ['packed', 'shipped', 'delivered', 'returned'] as const) {
        expect(codeOf(decideCancelOrder(order({ status }), customer, who, NOW))).to.equal(
          'too-late-to-cancel',
        );
      }
    });
  });

  describe('a refund', () => {
    const args = { ...who, reason: 'too small' };

    it('gives the goods back without the shipping', () => {
      const decision = decideRequestRefund(delivered(3), customer, args, NOW);
      expect(decision.ok && decision.result.refund).to.equal('$41.40');
      expect(decision.ok && decision.changes).to.deep.equal([
        {
          type: 'request-refund',
          orderId: 'KM-10001',
          requestedAt: '2026-11-20T09:00:00.000Z',
          refundedMicroUsd: 41_400_000,
          reason: 'too small',
        },
      ]);
    });

    it('is possible on day 30 and not on day 31', () => {
      expect(codeOf(decideRequestRefund(delivered(30), customer, args, NOW))).to.equal('done');
      expect(codeOf(decideRequestRefund(delivered(31), customer, args, NOW))).to.equal('return-period-over');
    });

    it('counts days where the shop is', () => {
      // 17:30 UTC is half past midnight in Vietnam: the next day.
      const row = delivered(0, { deliveredAt: '2026-10-20T17:30:00Z' });
      expect(codeOf(decideRequestRefund(row, customer, args, NOW))).to.equal('done');
      const dayBefore = delivered(0, { deliveredAt: '2026-10-20T16:30:00Z' });
      expect(codeOf(decideRequestRefund(dayBefore, customer, args, NOW))).to.equal('return-period-over');
    });

    it('waits for the delivery', () => {
      for (const status of ['placed', 'packed', 'shipped'] as const) {
        expect(codeOf(decideRequestRefund(order({ status }), customer, args, NOW))).to.equal('not-delivered');
      }
    });

    it('happens once', () => {
      const row = delivered(3, { refundRequestedAt: '2026-11-18T09:00:00Z', refundedMicroUsd: 41_400_000 });
      expect(codeOf(decideRequestRefund(row, customer, args, NOW))).to.equal('refund-exists');
    });

    it('never gives more than was paid for the goods', () => {
      expect(codeOf(decideRequestRefund(delivered(3), customer, { ...args, amount: '41.40' }, NOW))).to.equal(
        'done',
      );
      expect(codeOf(decideRequestRefund(delivered(3), customer, { ...args, amount: '41.41' }, NOW))).to.equal(
        'amount-above-paid',
      );
    });

    it('needs an amount that is one', () => {
      for (const amount of ['0', '0.00', '-1', '1e3', '1.234', '', 'all']) {
        expect(codeOf(decideRequestRefund(delivered(3), customer, { ...args, amount }, NOW))).to.equal(
          'amount-invalid',
        );
      }
    });

    it('keeps these limits for any order, amount and moment', () => {
      fc.assert(
        fc.property(
          fc.record({ cents: fc.nat(9_999_999), daysAgo: fc.integer({ min: -5, max: 90 }) }),
          fc.constantFrom<OrderStatus>('placed', 'packed', 'shipped', 'delivered', 'cancelled', 'returned'),
          ({ cents, daysAgo }, status) => {
            const row = { ...delivered(daysAgo), status };
            const amount = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
            const decision = decideRequestRefund(row, customer, { ...args, amount }, NOW);
            if (!decision.ok) return;
            expect(status).to.equal('delivered');
            expect(daysAgo).to.be.at.most(30);
            const [change] = decision.changes;
            expect(change?.type === 'request-refund' && change.refundedMicroUsd).to.equal(cents * 10_000);
            expect(cents * 10_000).to.be.within(1, row.goodsMicroUsd - row.discountMicroUsd);
          },
        ),
      );
    });
  });

  describe('a list of orders', () => {
    const rows = Array.from({ length: 12 }, (_, i) =>
      order({ id: `KM-${10_001 + i}`, placedAt: new Date(NOW - i * DAY).toISOString() }),
    );

    it('is for a verified address only', () => {
      for (const caller of [{}, { verifiedEmail: 'other@example.com' }]) {
        expect(codeOf(decideListOrders(customer, rows, { email: customer.email }, caller))).to.equal(
          'not-verified',
        );
      }
    });

    it('has the newest ten, and never those of another customer', () => {
      const foreign = order({ id: 'KM-99999', customerId: 'cus-2' });
      const decision = decideListOrders(
        customer,
        [...rows.toReversed(), foreign],
        { email: 'LINH.TRAN@example.com' },
        { verifiedEmail: customer.email },
      );
      expect(decision.ok && decision.result.count).to.equal(12);
      expect(decision.ok && decision.result.orders.map(each => each.orderId)).to.deep.equal(
        rows.slice(0, 10).map(each => each.id),
      );
    });
  });
});
