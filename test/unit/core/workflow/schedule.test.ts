// Guarantees: a schedule says when the next run begins, whatever the clock says now.
import { expect } from 'chai';
import { openapiRequest } from '../../../../lib/core/workflow/openapi-request.ts';
import {
  cronError,
  gatherStart,
  NOTHING_GATHERED,
  nextStartMs,
} from '../../../../lib/core/workflow/schedule.ts';

const at = (text: string) => Date.parse(text);

describe('a schedule', () => {
  it('of cron comes true at its minutes, in UTC or a zone', () => {
    const nowMs = at('2026-01-01T10:00:00Z');
    expect(nextStartMs({ cron: '0 0 * * *' }, { nowMs })).to.equal(at('2026-01-02T00:00:00Z'));
    expect(nextStartMs({ cron: '0 0 * * *' }, { nowMs, zone: 'Asia/Ho_Chi_Minh' })).to.equal(
      at('2026-01-01T17:00:00Z'),
    );
    expect(cronError('61 * * * *')).to.be.a('string');
  });

  it('of every keeps its beat and does not make up for missed ones', () => {
    const every = { every: { minutes: 10 } };
    expect(nextStartMs(every, { nowMs: 5_000 })).to.equal(5_000);
    expect(nextStartMs(every, { nowMs: 60_000, lastStartMs: 0 })).to.equal(600_000);
    expect(nextStartMs(every, { nowMs: 1_500_000, lastStartMs: 0 })).to.equal(1_800_000);
  });

  it('of after waits for the end of the last run', () => {
    const after = { after: 'PT1M' };
    expect(nextStartMs(after, { nowMs: 0 })).to.equal(0);
    expect(nextStartMs(after, { nowMs: 5_000, lastStartMs: 0 })).to.equal(null);
    expect(nextStartMs(after, { nowMs: 5_000, lastStartMs: 0, lastEndMs: 4_000 })).to.equal(64_000);
  });

  it('of events begins with those that it waited for', () => {
    const schedule = { on: { all: [{ with: { type: 'a' } }, { with: { type: 'b' } }] } };
    const event = (type: string) => ({ id: type, source: 's', type, data: { of: type } });
    const first = gatherStart(schedule, NOTHING_GATHERED, event('b'), 0);
    expect(first.start).to.equal(null);
    expect(gatherStart(schedule, first.gathered, event('c'), 0).gathered).to.equal(first.gathered);
    const second = gatherStart(schedule, first.gathered, event('a'), 0);
    expect(second.start).to.deep.equal([event('b'), event('a')]);
    expect(second.gathered).to.equal(NOTHING_GATHERED);
  });
});

describe('the request of an OpenAPI operation', () => {
  it('puts parameters in their places (OpenAPI 3)', () => {
    const document = {
      openapi: '3.1.0',
      servers: [{ url: '/api' }],
      paths: {
        '/orders/{id}': {
          parameters: [{ $ref: '#/components/parameters/id' }],
          put: { operationId: 'change', parameters: [{ name: 'dry', in: 'query' }], requestBody: {} },
        },
      },
      components: { parameters: { id: { name: 'id', in: 'path', required: true } } },
    };
    const request = openapiRequest(
      document,
      'change',
      { id: 'a/b', dry: true, note: 'x' },
      'https://e.com/openapi.json',
    );
    expect(request).to.deep.equal({
      method: 'PUT',
      uri: 'https://e.com/api/orders/a%2Fb',
      headers: {},
      query: { dry: true },
      body: { note: 'x' },
    });
    expect(() => openapiRequest(document, 'nothing', {}, 'https://e.com')).to.throw('no operation');
    expect(() => openapiRequest(document, 'change', {}, 'https://e.com')).to.throw(
      'needs the parameter "id"',
    );
  });
});
