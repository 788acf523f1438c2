/** A route for each contract that declares one: who calls is settled before the body is read, then the action is called. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallingOptions, ServiceBroker } from 'moleculer';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { startIngestion } from '../../lib/contracts/ingestion.contracts.ts';
import { ingestDocument } from '../../lib/contracts/knowledge.contracts.ts';
import { chatMessage } from '../../lib/contracts/platform.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import type { Fields } from '../../lib/contracts/schema.ts';
import { findWidget, openWidget } from '../../lib/contracts/widget.contracts.ts';
import { entityTag, namesTag, type Precondition } from '../../lib/core/http/entity-tag.ts';
import type { Database } from '../../lib/io/database.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { idOfDigest } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { checkAuthorized } from '../../mixins/authorization.middleware.ts';
import { checkParams } from '../../mixins/validation.middleware.ts';
import type { Attachments } from './attachments.ts';
import { callOptions, customerOf, subjectOf } from './authentication.ts';
import { type ChatPorts, chatRoute } from './chat-route.ts';
import type { CrossOrigin } from './cross-origin.ts';
import { addDocumentBodies, withFileRead, withFilesKept } from './document-upload.ts';
import { guard, identityOf } from './guard.ts';
import { type Idempotency, idempotencyKey } from './idempotency.ts';
import type { DoorPorts } from './let-in.ts';
import { asProblem } from './problem.ts';

export interface RoutePorts extends DoorPorts {
  readonly server: FastifyInstance;
  readonly broker: ServiceBroker;
  readonly chat: ChatPorts;
  readonly origins: CrossOrigin;
  readonly idempotency: Idempotency;
  readonly database: Database;
  readonly attachments: Attachments;
}

export function addContractRoutes(ports: RoutePorts): void {
  addDocumentBodies(ports.server);
  for (const contract of CONTRACTS) if (contract.http) addContractRoute(ports, contract);
}

function addContractRoute(ports: RoutePorts, contract: AnyContract): void {
  const { server, broker, chat } = ports;
  const { method, path, status = 200, scope, etag, reads, secret, bodyBytes, namedByKey } = contract.http!;
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  // What is recorded for a key must hold no secret that is shown only once, and belong to somebody.
  const takesKey = method === 'POST' && !reads && !secret && scope !== 'public';
  // Whatever the gateway itself does with parameters waits for their check; what it only hands on is checked there.
  const local = ports.attachments.localOf(contract);
  const takesFiles = contract === ingestDocument || contract === startIngestion;
  const usedHere = local || takesFiles || contract === chatMessage || contract === openWidget;
  server.route({
    method,
    url: `/api/v1${path}`,
    ...(bodyBytes ? { bodyLimit: bodyBytes } : {}),
    onRequest: guard(ports, contract),
    async handler(request, reply) {
      const identity = identityOf(request);
      const body = method === 'POST' || method === 'PUT' ? (request.body ?? {}) : {};
      if (typeof body !== 'object' || Array.isArray(body))
        throw new TroupeError('validation-failed', 'The body must be a JSON object');
      const query =
        method === 'GET' || method === 'DELETE'
          ? fromQuery(request.query as Record<string, unknown>, fields)
          : {};
      const params: Record<string, unknown> = { ...body, ...query, ...(request.params as object) };
      leaveOutNulls(params, fields);
      const key = takesKey ? idempotencyKey(request.headers['idempotency-key']) : undefined;
      if (key !== undefined && namedByKey && params[namedByKey.field] === undefined) {
        const place = `${identity.tenantId} ${subjectOf(identity)} ${contract.name} ${key}`;
        params[namedByKey.field] = idOfDigest(namedByKey.kind, createHash('sha256').update(place).digest());
      }
      if (usedHere || key !== undefined) checkParams(contract, params);
      if (contract === chatMessage) {
        checkAuthorized(contract, { scopes: identity.scopes, customerId: customerOf(identity) }, params);
        await ports.limits.message(identity);
        return await chatRoute(chat, identity, params as never, request, reply);
      }
      if (contract === openWidget) await admitPage(ports, params as { publicKey: string }, request, reply);
      const options = callOptions(identity, request);
      if (etag && method !== 'GET') addPrecondition(options, request);
      const act = async () => {
        if (local) return await local(params as never, identity);
        const given = takesFiles
          ? await withDocuments(ports.database, contract, identity.tenantId, params, body)
          : params;
        return contract.policy.placement
          ? await persistentCall(broker, contract, given, options, chat.clock, chat.limitMs)
          : await call(broker, contract, given, options);
      };

      if (key !== undefined) {
        const answer = await ports.idempotency.once(
          { tenantId: identity.tenantId, subject: subjectOf(identity), contract, key, params },
          async () => ({ status, body: JSON.stringify(await act()) }),
          error => asAnswer(error, request.id),
        );
        if (answer.replayed) reply.header('idempotency-replayed', 'true');
        const type = answer.status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json';
        return reply.code(answer.status).type(type).send(answer.body);
      }
      const result = await act();
      if (etag && method === 'GET') {
        const tag = entityTag(result);
        reply.header('etag', tag).header('cache-control', 'private, no-cache');
        const known = request.headers['if-none-match'];
        if (known !== undefined && namesTag(known, tag, true)) return reply.code(304).send();
      }
      return reply.code(status).send(result);
    },
  });
}

/** Files that came with the request are read, or kept, here. */
async function withDocuments(
  database: Database,
  contract: AnyContract,
  tenantId: string,
  params: object,
  body: object,
): Promise<object> {
  if (contract === ingestDocument) return await withFileRead(database, tenantId, params as never, body);
  if (contract === startIngestion) return await withFilesKept(database, tenantId, params as never, body);
  return params;
}

/** A token is given to pages of an allowed origin only, and a browser always says whose page asks. */
async function admitPage(
  { broker, origins }: RoutePorts,
  { publicKey }: { publicKey: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { tenantId } = await call(broker, findWidget, { publicKey });
  if (request.headers.origin === undefined)
    throw new TroupeError('origin-refused', 'Only a page gets a token for its customer');
  await origins.admit(request, reply, tenantId);
}

/** What the request says about the state that it expects, for the action to check where it changes it. */
function addPrecondition(options: CallingOptions, request: FastifyRequest): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const precondition: Precondition = {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
  options.meta = { ...options.meta, precondition };
}

function asAnswer(raw: unknown, requestId: string) {
  const { error, problem } = asProblem(raw, requestId);
  return { error, status: problem.status, body: JSON.stringify(problem) };
}

/** Null for a field that may be left out is the same as leaving it out, unless null means something there. */
function leaveOutNulls(params: Record<string, unknown>, fields: Fields): void {
  for (const name of Object.keys(params)) {
    if (params[name] !== null || !Object.hasOwn(fields, name)) continue;
    const { optional, nullable } = fields[name]!.rule;
    if (optional && !nullable) delete params[name];
  }
}

/** Query strings carry text; numbers and flags become what the contract says. Names may be anything. */
function fromQuery(query: Record<string, unknown>, fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const type = Object.hasOwn(fields, name) ? fields[name]!.rule.type : undefined;
      if (type === 'number' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
        return [name, Number(value)];
      if (type === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}
