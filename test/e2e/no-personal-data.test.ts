// Protects: personal data in messages, headers, paths, tool results and errors is in no log line, trace, metric or body of an error; with private prompts, in no prompt either.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';
import { until } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';

const MAIL = 'planted.person@example.org';
const CARD = '4012888888881881';
const PHONE = '+49 1512 3456789';
const IBAN = 'DE89370400440532013000';
const NAME = 'Zyxwalda Plantedson';
const PLANTED = [MAIL, CARD, PHONE, '15123456789', IBAN, 'Plantedson', 'planted.person'];

const found = (text: string) =>
  PLANTED.filter(each => text.includes(each) || text.includes(encodeURIComponent(each)));

describe('personal data planted everywhere', function () {
  this.timeout(120_000);
  let platform: Platform;
  let model: OpenAiServer;
  let collector: Server;
  /** What a tenant's tool says, when it works and when it does not. */
  let crm: Server;
  let logs = '';
  let traces = '';
  const problems: string[] = [];

  before(async () => {
    collector = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => {
        traces += chunk.toString('latin1');
      });
      request.on('end', () => response.end('{}'));
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    crm = createServer((request, response) => {
      response.writeHead(request.url === '/broken' ? 422 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ customer: NAME, mail: MAIL, card: CARD, phone: PHONE, iban: IBAN }));
    }).listen(0, '127.0.0.1');
    await once(crm, 'listening');
    // A FAKE model, by the real protocol: asks for a search first, then fails and quotes everything that it was told.
    model = await startOpenAiServer({
      script: ({ body }, index) =>
        index === 0
          ? {
              kind: 'tools',
              calls: [
                { id: 'c1', name: 'search_knowledge', arguments: JSON.stringify({ query: `mail ${MAIL}` }) },
                { id: 'c2', name: 'crm_find', arguments: JSON.stringify({ mail: MAIL }) },
                { id: 'c3', name: 'crm_broken', arguments: '{}' },
              ],
            }
          : { kind: 'error', status: 400, message: JSON.stringify(body) },
    });
    platform = await startPlatform({
      env: {
        TROUPE_LOG_LEVEL: 'debug',
        TROUPE_OTEL_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
        TROUPE_OTEL_SAMPLE_PERCENT: '100',
        TROUPE_MODEL_BASE_URL: model.url,
        TROUPE_MODEL_API_KEY: 'k',
        TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
      },
    });
    for (const stream of [platform.process.stdout!, platform.process.stderr!])
      stream.on('data', (chunk: Buffer | string) => {
        logs += chunk.toString();
      });
  });
  after(async () => {
    await platform?.stop();
    await model?.close();
    collector?.close();
    crm?.close();
  });

  const send = async (
    path: string,
    init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const answer = await fetch(platform.url + path, {
      method: init.method ?? 'POST',
      headers: {
        authorization: `Bearer ${platform.apiKey}`,
        'content-type': 'application/json',
        'x-customer': `${MAIL} ${CARD}`,
        'user-agent': NAME,
        ...init.headers,
      },
      ...(init.method === 'GET'
        ? {}
        : { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) problems.push(text);
    return answer.status;
  };

  it('is in no log line, trace, metric or problem of the run', async () => {
    const message = `I am ${NAME}, ${MAIL}, ${PHONE}, card ${CARD}, account ${IBAN}.`;
    const document = { title: 'Planted', text: `Returns go to ${MAIL}, account ${IBAN}, ${NAME}.` };
    expect(await send('/api/v1/ingestion/documents', { body: document })).to.equal(201);
    expect(
      await send('/api/v1/control/configs/default/privacy', {
        method: 'PUT',
        body: { value: { prompts: 'tokenize' } },
      }),
    ).to.equal(200);
    expect(
      await send('/api/v1/control/configs/default/contact', { method: 'PUT', body: { value: message } }),
    ).to.equal(200);
    const parameter = { name: 'mail', in: 'query', schema: { type: 'string' } };
    const source = {
      kind: 'openapi',
      url: `http://127.0.0.1:${(crm.address() as AddressInfo).port}`,
      document: {
        openapi: '3.1.0',
        paths: {
          '/find': { get: { operationId: 'find', parameters: [parameter], responses: {} } },
          '/broken': { get: { operationId: 'broken', responses: {} } },
        },
      },
      credential: { header: 'Authorization', value: `Bearer ${CARD}` },
      allow: [
        { name: 'find', effect: 'read' },
        { name: 'broken', effect: 'read' },
      ],
    };
    expect(await send('/api/v1/control/tools/crm', { method: 'PUT', body: source })).to.equal(200);
    const agent = 'planted';
    expect(
      await send(`/api/v1/control/agents/${agent}`, {
        method: 'PUT',
        body: { instructions: 'Use all tools.' },
      }),
    ).to.equal(200);
    expect(await send('/api/v1/chat/messages', { body: { message, agent } })).to.be.at.least(400);
    expect(await send('/api/v1/chat/messages', { body: { message, [MAIL]: 1 } })).to.equal(422);
    expect(await send('/api/v1/chat/messages', { body: `{"message": "${MAIL}` })).to.equal(400);
    expect(
      await send(`/api/v1/chat/conversations/${encodeURIComponent(MAIL)}`, { method: 'GET' }),
    ).to.be.at.least(400);
    expect(await send(`/nowhere/${MAIL}/${CARD}`, { method: 'GET' })).to.equal(404);
    expect(
      await send('/api/v1/control/flags', { method: 'GET', headers: { authorization: `Bearer ${MAIL}` } }),
    ).to.equal(401);
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    const audit = await (
      await fetch(`${platform.url}/api/v1/control/audit`, {
        headers: { authorization: `Bearer ${platform.apiKey}` },
      })
    ).text();
    // The exporter sends what it has every five seconds.
    await until(
      async () => traces.length,
      length => length > 0,
    );
    await platform.stop();
    expect(model.requests.length).to.be.at.least(2);
    const prompted = JSON.stringify(model.requests.map(({ body }) => body));
    expect(prompted, 'the tools were called').to.include('Data of the tool').and.include('tool-refused');
    expect(logs, 'it logs at all').to.include('"level"');
    expect(traces, 'it traces at all').to.include('model.complete');
    expect(metrics).to.include('troupe_dlp_redactions_total');
    const places = {
      logs,
      traces,
      metrics,
      audit,
      problems: problems.join('\n'),
      prompts: prompted,
    };
    console.log(
      `      looked through: ${Object.entries(places)
        .map(([place, text]) => `${place} ${text.length}`)
        .join(', ')} characters`,
    );
    expect(
      Object.fromEntries(Object.entries(places).map(([place, text]) => [place, found(text)])),
    ).to.deep.equal({
      logs: [],
      traces: [],
      metrics: [],
      audit: [],
      problems: [],
      prompts: [],
    });
  });
});
