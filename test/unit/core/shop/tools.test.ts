// Guarantee: a tool of the shop accepts exactly the arguments it declares, and its declaration is plain data.
import { expect } from 'chai';
import FastestValidator from 'fastest-validator';
import { SHOP_REFUSALS } from '../../../../lib/core/shop/refusals.ts';
import { SHOP_TOOLS, type ShopToolName } from '../../../../lib/core/shop/tools.ts';

// The package's types describe an ES module, but what runs is CommonJS.
const Validator = FastestValidator as unknown as typeof FastestValidator.default;
const validator = new Validator();

function accepts(name: ShopToolName, args: unknown): boolean {
  const tool = SHOP_TOOLS.find(each => each.name === name);
  if (!tool) throw new Error(name);
  return validator.compile(structuredClone<object>(tool.params))(args) === true;
}

const who = { orderId: 'KM-10234', email: 'linh.tran@example.com' };
const address = '5 Bach Dang, Da Nang 50200, Vietnam';

describe("the shop's tools", () => {
  it('accept their arguments', () => {
    for (const name of ['look_up_order', 'track_parcel', 'cancel_order'] as const) {
      expect(accepts(name, { ...who })).to.equal(true);
    }
    expect(accepts('list_orders', { email: who.email })).to.equal(true);
    expect(accepts('change_address', { ...who, address })).to.equal(true);
    expect(accepts('request_refund', { ...who, reason: 'too small' })).to.equal(true);
    expect(accepts('request_refund', { ...who, reason: 'too small', amount: '12.50' })).to.equal(true);
    expect(accepts('look_up_order', { ...who, orderId: 'km-10234' })).to.equal(true);
  });

  it('refuse what they do not know', () => {
    for (const { name } of SHOP_TOOLS) {
      expect(accepts(name, { ...who, address, reason: 'too small', tenantId: 'ten_1' }), name).to.equal(
        false,
      );
      expect(accepts(name, {}), name).to.equal(false);
    }
  });

  it('refuse malformed arguments', () => {
    for (const orderId of ['10234', 'KM-1', 'KM-102345', "KM-10234' or 1=1", 'KM-1023４', 7, null]) {
      expect(accepts('look_up_order', { ...who, orderId }), String(orderId)).to.equal(false);
    }
    expect(accepts('look_up_order', { ...who, email: 'nobody' })).to.equal(false);
    expect(accepts('change_address', { ...who, address: 'x'.repeat(301) })).to.equal(false);
    for (const amount of ['-1', '1e3', '1.999', '12,50', 12.5]) {
      expect(accepts('request_refund', { ...who, reason: 'too small', amount }), String(amount)).to.equal(
        false,
      );
    }
  });

  it('are plain data that survives being stored', () => {
    expect(JSON.parse(JSON.stringify(SHOP_TOOLS))).to.deep.equal(SHOP_TOOLS);
  });

  it('have hints for slots that are parameters, and a slot for each required parameter', () => {
    for (const tool of SHOP_TOOLS) {
      const { $$strict, ...params } = tool.params as Record<string, unknown>;
      expect($$strict).to.equal(true);
      expect(Object.keys(tool.hints.slots)).to.have.members(Object.keys(params));
      for (const slot of Object.values(tool.hints.slots)) {
        if (slot.unknownTool) expect(SHOP_TOOLS.map(each => each.name)).to.include(slot.unknownTool);
      }
    }
  });

  it('say each refusal in both languages with the same placeholders', () => {
    const fields = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted();
    for (const [code, { en, vi }] of Object.entries(SHOP_REFUSALS)) {
      expect(fields(vi), code).to.deep.equal(fields(en));
    }
  });
});
