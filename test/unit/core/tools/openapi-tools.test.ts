// Protects: an operation of an OpenAPI document becomes a tool whose arguments are those of the operation, whatever the document refers to.
import { expect } from 'chai';
import { CLOSED, enter, leave } from '../../../../lib/core/tools/breaker.ts';
import { openApiTools } from '../../../../lib/core/tools/openapi-tools.ts';
import { misfit } from '../../../../lib/core/tools/tool-schema.ts';

const document = {
  paths: {
    '/orders/{id}': {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      put: {
        operationId: 'putOrder',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
        },
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
        },
      },
    },
  },
  components: {
    parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
    schemas: {
      Order: {
        type: 'object',
        required: ['lines'],
        properties: {
          lines: { type: 'array', items: { type: 'string' } },
          note: { type: 'string', nullable: true },
          parent: { $ref: '#/components/schemas/Order' },
        },
      },
    },
  },
};

describe('tools of an OpenAPI document', () => {
  const [tool] = openApiTools(document);

  it('take parameters and body as one object', () => {
    expect(tool!.name).to.equal('putOrder');
    expect(misfit(tool!.parameters, { id: 'a', lines: ['x'], note: null })).to.equal(undefined);
    for (const wrong of [
      { lines: [] },
      { id: 'a' },
      { id: 'a', lines: [1] },
      { id: 'a', lines: [], other: 1 },
    ])
      expect(misfit(tool!.parameters, wrong), JSON.stringify(wrong)).to.be.a('string');
  });

  it('follow references, also in a circle, to an end', () => {
    expect(misfit(tool!.output!, { lines: ['x'], parent: { lines: [] } })).to.equal(undefined);
    expect(misfit(tool!.output!, { lines: ['x'], parent: { lines: 5 } })).to.be.a('string');
    expect(JSON.stringify(tool).length).to.be.below(20_000);
  });

  it('are none in what is no such document', () => {
    for (const odd of [{}, { paths: null }, { paths: { '/a': 5 } }, { paths: { '/a': { get: {} } } }])
      expect(openApiTools(odd)).to.deep.equal([]);
  });
});

describe('a circuit breaker', () => {
  it('opens after five failures in a row, lets one through after its rest, and closes when that succeeds', () => {
    let breaker = CLOSED;
    for (let n = 0; n < 4; n++) breaker = leave(breaker, false, n);
    expect(enter(breaker, 4)).to.equal(breaker);
    breaker = leave(breaker, false, 4);
    expect(enter(breaker, 5)).to.equal(29_999);
    const probing = enter(breaker, 30_004);
    if (typeof probing === 'number') throw new Error('one call is let through');
    expect(enter(probing, 30_005), 'only one').to.be.a('number');
    expect(enter(leave(probing, false, 30_006), 30_007), 'rests again').to.be.a('number');
    expect(leave(probing, true, 30_006)).to.equal(CLOSED);
  });
});
