// Protects: the OpenAPI document is whole, valid and true: every route is in it, and every example is answered as it says.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { openApiDocument } from '../../lib/contracts/openapi.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { operationsOf, requestOf, send } from '../suites/isolation/routes.ts';

type Json = Record<string, unknown>;
const document = openApiDocument('1.0.0') as Json;
const operations = operationsOf(document);

const ajv = new Ajv2020.Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');
const pointerPart = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Checks a value against a schema of the document, where references are found. */
function validatorAt(...pointer: readonly string[]) {
  return ajv.compile({ $ref: `openapi#/${pointer.map(pointerPart).join('/')}` });
}

/** Files of pages, what is answered for every path alike, and methods of MCP that a stateless server refuses. */
const NOT_TOLD = [
  /^(HEAD|OPTIONS) /,
  /^GET \/docs\/(assets|start)/,
  /^GET \/(\*|(?!openapi)[\w./-]+\.\w+|)$/,
  /^(GET|DELETE) \/mcp$/,
  /^GET \/account\/(confirm|password)$/,
];

interface Response {
  readonly content?: Record<string, { schema: Json; example?: unknown; examples?: Json }>;
  readonly headers?: Json;
}

describe('the OpenAPI document', function () {
  this.timeout(60_000);
  let node: TestNode;
  let apiKey: string;
  let tenantId: string;
  before(async () => {
    node = await startEmbeddedNode();
    ({ apiKey, tenantId } = await node.makeTenant('examples', {
      agents: [{ name: 'returns', instructions: 'Help.' }],
    } as never));
  });
  after(() => node?.stop());

  it('is clean by the rules that Redocly recommends', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    ).to.deep.equal([]);
    const broken = {
      ...document,
      paths: { ...(document.paths as Json), '/x/{id}': { get: { responses: {} } } },
    };
    expect(
      await lintFromString({ source: JSON.stringify(broken), config }),
      'the rules are on',
    ).to.not.deep.equal([]);
  });

  it('has every route that the server has, and no other', async () => {
    const { server } = node.broker.getLocalService('gateway') as unknown as { server: FastifyInstance };
    const routes = (server as unknown as { routesServed: readonly string[] }).routesServed;
    const own = routes
      .filter(route => !NOT_TOLD.some(each => each.test(route)))
      .map(route => route.replace(/:(\w+)/g, '{$1}'));
    const told = operations
      .filter(({ path }) => !path.startsWith('/v1/'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(own.toSorted()).to.deep.equal(told.toSorted());
  });

  it('gives every operation an id, a tag that is explained, a summary, a success and refusals with examples', () => {
    const tags = (document.tags as { name: string }[]).map(({ name }) => name);
    const paths = document.paths as Record<string, Record<string, Json>>;
    for (const [path, methods] of Object.entries(paths))
      for (const [method, operation] of Object.entries(methods)) {
        const where = `${method} ${path}`;
        expect(operation, where).to.include.keys('operationId', 'tags', 'summary', 'responses');
        expect(tags, where).to.include.members(operation.tags as string[]);
        const responses = operation.responses as Record<string, Response>;
        expect(
          Object.keys(responses).some(status => status.startsWith('2')),
          where,
        ).to.equal(true);
        for (const [status, { content }] of Object.entries(responses))
          for (const [type, { example, examples }] of Object.entries(content ?? {}))
            if (type !== 'application/json' || Number(status) < 400)
              expect(example ?? examples, `${where} ${status} ${type} has an example`).to.not.equal(
                undefined,
              );
      }
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('has examples that are as their schemas say', () => {
    for (const { path, method, body, responses } of operations) {
      const at = ['paths', path, method.toLowerCase()];
      if (body) {
        const validate = validatorAt(...at, 'requestBody', 'content', 'application/json', 'schema');
        expect(validate(body.example), `${method} ${path}: ${ajv.errorsText(validate.errors)}`).to.equal(
          true,
        );
      }
      for (const [status, { content = {} }] of Object.entries(responses as Record<string, Response>))
        for (const [type, { example }] of Object.entries(content)) {
          if (example === undefined) continue;
          const validate = validatorAt(...at, 'responses', status, 'content', type, 'schema');
          expect(
            validate(example),
            `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}`,
          ).to.equal(true);
        }
    }
  });

  it('is kept by the running server: every example is answered with a status and a body that it declares', async () => {
    const example = operations
      .flatMap(({ parameters }) => parameters)
      .find(({ name }) => name === 'conversationId')!.example as string;
    await call(node.broker, sendMessage, { conversationId: example, messageId: 'example', text: 'hello' }, {
      meta: { tenantId },
    } as never);
    const order = (method: string) => ['PUT', 'POST', 'GET', 'DELETE'].indexOf(method);
    const refused: string[] = [];
    for (const operation of operations.toSorted((a, b) => order(a.method) - order(b.method))) {
      const { method, path, open } = operation;
      const { status, text, type } = await answerOf(
        requestOf(node.url, operation, open ? undefined : apiKey),
      );
      const where = `${method} ${path} answered ${status} ${text.slice(0, 300)}`;
      const responses = operation.responses as Record<string, Response>;
      const kind = [String(status), `${String(status)[0]}XX`].find(each => responses[each]);
      expect(kind, where).to.not.equal(undefined);
      const [media] = Object.keys(responses[kind!]!.content ?? {}).filter(each => type.startsWith(each));
      expect(media, `${where} (${type})`).to.not.equal(undefined);
      if (media!.endsWith('json')) {
        const validate = validatorAt(
          'paths',
          path,
          method.toLowerCase(),
          'responses',
          kind!,
          'content',
          media!,
          'schema',
        );
        expect(validate(JSON.parse(text)), `${where}: ${ajv.errorsText(validate.errors)}`).to.equal(true);
      }
      // A webhook's example carries no signature: that it is refused is right. An erasure wants the tenant's own id.
      // No example is a password or a link that opens something, an issuer's page is the platform's own, and no key
      // makes an owner.
      if (
        status >= 400 &&
        !/\/webhook|\/erasure$|\/widget\/sessions$|\/auth\/(?!me$)|\/tenants\/(confirm|members)$/.test(path)
      )
        refused.push(`${method} ${path} ${(JSON.parse(text) as { code?: string }).code ?? status}`);
    }
    // What an example names may not exist; but most are answered.
    expect(
      refused.filter(each => /internal|validation-failed|unauthenticated|forbidden/.test(each)),
    ).to.deep.equal([]);
    expect(refused.length, refused.join('; ')).to.be.below(operations.length / 2);
  });

  async function answerOf(request: ReturnType<typeof requestOf>) {
    const { url, ...init } = request;
    const response = await fetch(url, { ...init, method: init.method, signal: AbortSignal.timeout(15_000) });
    const type = response.headers.get('content-type') ?? '';
    if (type.includes('event-stream')) {
      await response.body!.cancel();
      return { status: response.status, text: '', type };
    }
    return { status: response.status, text: await response.text(), type };
  }

  it('is served as it is written', async () => {
    const { text } = await send({ method: 'GET', url: `${node.url}/openapi.json`, headers: {} });
    expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(document)));
  });
});
