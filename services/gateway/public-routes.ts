/** What needs no key: health, metrics, the documentation, the web app and its session. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import { openApiDocument } from '../../lib/contracts/openapi.ts';
import { PORTAL_PAGES } from '../../lib/contracts/openapi-paths.ts';
import { findTenant } from '../../lib/contracts/platform.contracts.ts';
import { ERRORS, TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';
import type { GatewayPorts } from './gateway.service.ts';

const WEB = join(import.meta.dirname, '../../web/dist');
const SWAGGER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** Pages of the web app beside its first. */
const PAGES = ['widget-demo'];
const VERSION = '1.0.0';

const APP_POLICY =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/** Swagger UI sets style attributes; its scripts are our own files. */
const DOCS_POLICY = `${APP_POLICY}; style-src 'self' 'unsafe-inline'`;

export const DEMO_TENANT = 'Kettlemoor';

export async function addPublicRoutes(
  server: FastifyInstance,
  broker: ServiceBroker,
  ports: GatewayPorts,
): Promise<void> {
  server.get('/health/live', async () => ({ status: 'live' }));
  server.get('/health/ready', async (_request, reply) => {
    const why = await ports.ready();
    return reply
      .code(why === undefined ? 200 : 503)
      .send(why === undefined ? { status: 'ready' } : { status: 'not-ready', why });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(ports.metrics.contentType).send(await ports.metrics.metrics()),
  );

  const document = openApiDocument(VERSION);
  server.get('/openapi.json', async () => document);
  server.get('/docs/errors', async (_request, reply) =>
    reply.header('content-security-policy', DOCS_POLICY).type('text/html').send(errorPage()),
  );
  server.get('/docs', async (_request, reply) => page(reply, DOCS_HTML));
  server.get('/docs/start.js', async (_request, reply) => reply.type('text/javascript').send(DOCS_SCRIPT));
  await server.register(fastifyStatic, {
    root: SWAGGER,
    prefix: '/docs/assets/',
    decorateReply: false,
    index: false,
  });

  server.get('/web/session', async () => await session(broker));
  if (existsSync(join(WEB, 'index.html'))) {
    await server.register(fastifyStatic, {
      root: WEB,
      prefix: '/',
      setHeaders(response) {
        response.header('content-security-policy', APP_POLICY);
      },
    });
    for (const name of PAGES) server.get(`/${name}`, (_request, reply) => reply.sendFile(`${name}.html`));
    for (const name of PORTAL_PAGES)
      server.get(`/${name}`, (_request, reply) => reply.sendFile('portal.html'));
  } else {
    server.get('/', async (_request, reply) =>
      page(reply, '<p>The web app is not built: run <code>npm run build -w web</code>.'),
    );
  }
}

function page(reply: FastifyReply, html: string): FastifyReply {
  return reply.header('content-security-policy', DOCS_POLICY).type('text/html; charset=utf-8').send(html);
}

/** What the chat page needs to begin: the demo tenant's public key, with which a page asks for its customer's token. */
async function session(broker: ServiceBroker): Promise<Record<string, unknown>> {
  const { tenantId, settings } = await call(broker, findTenant, { name: DEMO_TENANT });
  const { webChat } = settings as { webChat?: { publicKey: string } };
  if (!tenantId || !webChat)
    throw new TroupeError('not-found', 'No tenant offers a chat page here; `./start.sh` seeds a demo tenant');
  return { publicKey: webChat.publicKey };
}

const DOCS_HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Troupe API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="api"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

const DOCS_SCRIPT = `window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, docExpansion: 'none' });`;

function errorPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, title, retryable }]) =>
      `<tr id="${code}"><td><code>${code}</code><td>${status}<td>${title}<td>${retryable ? 'later' : 'after a change'}`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Troupe errors</title><style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}td,th{padding:.3rem .8rem;text-align:left;border-bottom:1px solid #ddd}</style>
<h1>Error codes</h1><table><tr><th>code<th>status<th>meaning<th>try again${rows.join('')}</table></html>`;
}
