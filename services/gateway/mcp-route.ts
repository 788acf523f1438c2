/**
 * Troupe's own actions as an MCP server (streamable HTTP, stateless; protocol 2026-07-28, and 2025-11-25 and older for
 * clients that begin with `initialize`). Who calls is settled as for any request; a caller sees and reaches the actions
 * that the scopes of its key allow, checked by the same contracts, and no others.
 */
import { Readable } from 'node:stream';
import { createMcpHandler, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallingOptions, ServiceBroker } from 'moleculer';
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { chatMessage } from '../../lib/contracts/platform.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { type ContractTool, contractTools, isRead } from '../../lib/core/tools/contract-tools.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { checkParams } from '../../mixins/validation.middleware.ts';
import { callOptions, type Identity } from './authentication.ts';
import { answerOf, failureOf } from './chat-route.ts';
import { type DoorPorts, letIn } from './let-in.ts';
import { asProblem } from './problem.ts';

interface McpPorts {
  readonly broker: ServiceBroker;
  readonly clock: Clock;
  readonly limitMs: number;
}

const ABOUT =
  'Troupe answers the customers of a business. Ask its agents with chat.message, search what the business knows with knowledge.search.';

export function addMcpRoute(server: FastifyInstance, ports: McpPorts, door: DoorPorts): void {
  const identities = new WeakMap<FastifyRequest, Identity>();
  server.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    async onRequest(request, reply) {
      reply.header('cache-control', 'no-store');
      checkOrigin(request);
      identities.set(request, await letIn(door, request.raw, (name, value) => reply.header(name, value)));
    },
    handler: (request, reply) => answer(ports, identities.get(request)!, request, reply),
  });
}

/** A page of another site must not reach a server in the browser's network (MCP, transports, security). */
function checkOrigin({ headers: { origin, host } }: FastifyRequest): void {
  if (origin !== undefined && URL.parse(origin)?.host !== host)
    throw new TroupeError('forbidden', 'Requests of other origins are not taken');
}

async function answer(
  ports: McpPorts,
  identity: Identity,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // What is offered follows from the key alone and does not change: there is nothing to subscribe to.
  const handler = createMcpHandler(() => serverFor(ports, identity, request), { maxSubscriptions: 0 });
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  const hasBody = request.method === 'POST';
  const web = new Request(`http://${request.headers.host ?? 'localhost'}/mcp`, {
    method: request.method,
    headers,
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
  });
  const response = await handler.fetch(web, hasBody ? { parsedBody: request.body } : {});
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  return reply.send(
    response.body === null ? '' : Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
  );
}

function serverFor(ports: McpPorts, identity: Identity, request: FastifyRequest): Server {
  const tools = contractTools(CONTRACTS, identity.scopes);
  const server = new Server(
    { name: 'troupe', version: '1.0.0' },
    { capabilities: { tools: {} }, instructions: ABOUT },
  );
  server.setRequestHandler('tools/list', () => ({ tools: tools.map(declarationOf) as never }));
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: given = {} } }) => {
    const tool = tools.find(each => each.name === name);
    if (!tool)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name.slice(0, 100)}"`);
    try {
      const result = await run(ports, tool, given, callOptions(identity, request));
      const text = JSON.stringify(result ?? null);
      return {
        content: [{ type: 'text', text }],
        structuredContent: JSON.parse(text) as Record<string, unknown>,
      };
    } catch (error) {
      // A refusal is told to the model that called, which can mend its arguments.
      const { code, detail } = asProblem(error, request.id).problem;
      return { content: [{ type: 'text', text: JSON.stringify({ code, detail }) }], isError: true };
    }
  });
  return server;
}

function declarationOf({ name, description, parameters, output, contract }: ContractTool) {
  const isObject = output?.type === 'object';
  return {
    name,
    description,
    inputSchema: { type: 'object', ...parameters },
    ...(isObject ? { outputSchema: output } : {}),
    annotations: {
      readOnlyHint: isRead(contract),
      destructiveHint: contract.http?.method === 'DELETE',
      openWorldHint: false,
    },
  };
}

async function run(
  { broker, clock, limitMs }: McpPorts,
  { contract }: ContractTool,
  given: Record<string, unknown>,
  options: CallingOptions,
): Promise<unknown> {
  checkParams(contract, given);
  if (contract.name !== chatMessage.name)
    return contract.policy.placement
      ? await persistentCall(broker, contract, given, options, clock, limitMs)
      : await call(broker, contract, given, options);
  const { message, conversationId, agent } = given as ParamsOf<typeof chatMessage>;
  const asked = {
    conversationId: conversationId ?? newId('conversation'),
    messageId: newId('message'),
    text: message,
    ...(agent ? { agent } : {}),
  };
  const sent = await persistentCall(
    broker,
    sendMessage,
    asked,
    { ...options, timeout: limitMs },
    clock,
    limitMs,
  );
  if (sent.status === 'failed') throw failureOf(sent);
  return answerOf(sent);
}
