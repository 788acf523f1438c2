// Guarantee: the demo shop's data agree with each other, with the help articles and with the policy in code.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import agent from '../../../../demo/shop/agent.json' with { type: 'json' };
import customers from '../../../../demo/shop/customers.json' with { type: 'json' };
import shop from '../../../../demo/shop/orders.json' with { type: 'json' };
import { countryOfAddress, RETURN_DAYS } from '../../../../lib/core/shop/policy.ts';
import { rebaseOrders } from '../../../../lib/core/shop/rebase.ts';
import type { CustomerRow, OrderRow } from '../../../../lib/core/shop/rows.ts';
import { SHOP_TOOLS } from '../../../../lib/core/shop/tools.ts';

const folder = new URL('../../../../demo/shop/articles/', import.meta.url);
const articles = readdirSync(folder).map(name => {
  const [, head = '', body = ''] = readFileSync(new URL(name, folder), 'utf8').split(/^---$/m);
  const { title, language } = parse(head) as { title: string; language: string };
  return { name, title, language, body };
});
const orders = shop.orders as OrderRow[];
const people = customers as CustomerRow[];
const article = (name: string) => articles.find(each => each.name === `${name}.md`)?.body ?? '';

describe("the demo shop's data", () => {
  it('has about forty articles of readable length, some in Vietnamese', () => {
    expect(articles.length).to.be.within(40, 50);
    expect(articles.filter(each => each.language === 'vi').length).to.be.at.least(6);
    for (const { name, title, language, body } of articles) {
      expect(language, name).to.be.oneOf(['en', 'vi']);
      expect(body.trim().startsWith(`# ${title}\n`), name).to.equal(true);
      expect(body.match(/[\p{L}\p{N}]+/gu)?.length, name).to.be.within(120, 400);
    }
  });

  it('promises one return period everywhere', () => {
    for (const { name, body } of articles) {
      for (const [, days] of body.matchAll(/within (\d+) days of delivery/g)) {
        const limit = name === 'damaged-or-wrong-item.md' ? 7 : name === 'ember-points.md' ? 60 : RETURN_DAYS;
        expect(Number(days), name).to.equal(limit);
      }
    }
    expect(article('doi-tra-hang')).to.contain(`trong vòng ${RETURN_DAYS} ngày`);
  });

  it('has customers with addresses of their own country and e-mails that go nowhere', () => {
    expect(people.length).to.be.within(20, 30);
    expect(new Set(people.map(each => each.email)).size).to.equal(people.length);
    for (const each of people) {
      expect(each.email).to.match(/@example\.com$/);
      expect(countryOfAddress(each.address), each.id).to.equal(each.country);
    }
  });

  it('has orders whose sums are right', () => {
    expect(orders.length).to.be.within(55, 70);
    expect(new Set(orders.map(each => each.id)).size).to.equal(orders.length);
    for (const each of orders) {
      const goods = each.items.reduce((sum, item) => sum + item.quantity * item.unitPriceMicroUsd, 0);
      expect(each.goodsMicroUsd, each.id).to.equal(goods);
      expect(each.totalMicroUsd, each.id).to.equal(goods - each.discountMicroUsd + each.shippingMicroUsd);
      expect(each.refundedMicroUsd, each.id).to.be.at.most(each.totalMicroUsd);
      expect(each.customerId).to.be.oneOf(people.map(person => person.id));
    }
  });

  it('ships at the prices of the article', () => {
    const rows = [...article('shipping-zones-and-prices').matchAll(/^\| (\d) .*$/gm)].map(([row]) => {
      const [, zone, , standard, express, free] = row.split('|').map(cell => cell.trim());
      const micro = (text = '') => Math.round(Number(text.replace('$', '')) * 1_000_000);
      return { zone, standard: micro(standard), express: micro(express), free: micro(free), row };
    });
    for (const each of orders) {
      const zone = rows.find(({ row }) => row.includes(each.country)) ?? rows[3];
      const paid = each.goodsMicroUsd - each.discountMicroUsd;
      const standard = paid >= (zone?.free ?? 0) ? 0 : zone?.standard;
      expect(each.shippingMicroUsd, each.id).to.equal(
        each.shippingMethod === 'express' ? zone?.express : standard,
      );
    }
  });

  it('has times in their order, that fit the status, in 2026', () => {
    for (const each of orders) {
      const times = [each.placedAt, each.packedAt, each.shippedAt, each.deliveredAt].filter(
        time => time !== null,
      );
      expect(times, each.id).to.deep.equal(times.toSorted());
      expect(
        times.every(time => time.startsWith('2026-') && time <= shop.referenceTime),
        each.id,
      ).to.equal(true);
      expect(each.packedAt !== null, each.id).to.equal(!['placed', 'cancelled'].includes(each.status));
      expect(each.trackingNumber !== null, each.id).to.equal(each.shippedAt !== null);
      expect(each.deliveredAt !== null, each.id).to.equal(['delivered', 'returned'].includes(each.status));
    }
  });

  it('gives the customer of the quick questions an order in each state of interest', () => {
    const own = orders.filter(each => each.customerId === 'cus-001').map(each => each.status);
    expect(own).to.include.members(['placed', 'shipped', 'delivered']);
    expect(orders.find(each => each.id === 'KM-10234')).to.include({
      customerId: 'cus-001',
      status: 'shipped',
    });
  });

  it('moves in time as a whole', () => {
    const now = Date.parse('2027-03-01T10:30:00Z');
    const moved = rebaseOrders(orders, shop.referenceTime, now);
    const shift = Date.parse(moved[0]?.placedAt ?? '') - Date.parse(orders[0]?.placedAt ?? '');
    expect(now - Date.parse(shop.referenceTime) - shift).to.be.within(0, 3_599_999);
    for (const [i, each] of moved.entries()) {
      expect(each.items).to.equal(orders[i]?.items);
      expect(each.deliveredAt === null).to.equal(orders[i]?.deliveredAt === null);
      expect(Date.parse(each.placedAt)).to.be.at.most(now);
    }
  });

  it('has an agent with the tools that exist and four quick questions a language', () => {
    expect(agent.tools).to.have.members(['search_knowledge', ...SHOP_TOOLS.map(tool => tool.name)]);
    expect(agent.suggestions).to.have.length(4);
    expect(agent.translations.vi.suggestions).to.have.length(4);
  });
});
