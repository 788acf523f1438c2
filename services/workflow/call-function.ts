/**
 * `call: <name>` of a document. A name with a dot is an action by contract (`knowledge.search`, `shop.shipOrder`);
 * `agent` asks a tenant's agent; any other name is a registered tool.
 */
import type { EffectContext } from '../../actors/runtime/actor-type.ts';
import type { AnyContract, Contract } from '../../lib/contracts/contract.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import { callTool, listTools, lookUpTool } from '../../lib/contracts/platform.contracts.ts';
import { contractOf } from '../../lib/contracts/registry.ts';
import { notifyCustomer } from '../../lib/contracts/saying.contracts.ts';
import type { Fields } from '../../lib/contracts/schema.ts';
import { SHOP_ACTIONS } from '../../lib/contracts/shop.contracts.ts';
import { isObject, type Json } from '../../lib/core/workflow/jq/value.ts';
import type { Effect } from '../../lib/core/workflow/messages.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import type { WorkflowPorts } from './ports.ts';
import { shortHash } from './short-hash.ts';

type CallFunction = Extract<Effect, { type: 'CallFunction' }>;

const OWN_ACTIONS: ReadonlySet<AnyContract> = new Set<AnyContract>([
  ...SHOP_ACTIONS,
  searchKnowledge,
  notifyCustomer,
]);

/** Actions that documents may call: those made for it, and what a tenant may read over HTTP. */
function callable(name: string): AnyContract | undefined {
  const contract = contractOf(name);
  if (contract?.tenant !== 'required') return undefined;
  return OWN_ACTIONS.has(contract) || contract.http?.method === 'GET' ? contract : undefined;
}

export async function callFunction(
  ports: WorkflowPorts,
  { name, with: given }: CallFunction,
  context: EffectContext,
): Promise<Json> {
  if (name === 'agent') return await askAgent(ports, given, context);
  if (!name.includes('.')) return await useTool(ports, name, given, context);
  const contract = callable(name);
  if (!contract)
    throw new Fault(problem('configuration', `There is no function "${name}" that workflows may call`));
  if (!isObject(given)) throw new Fault(problem('validation', `"${name}" takes an object`));
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  const key = 'idempotencyKey' in fields ? { idempotencyKey: context.idempotencyKey } : {};
  return (await persist(ports, contract, { ...given, ...key }, context)) as Json;
}

/** `{message, agent?, conversationId?}`: one turn of a conversation; the same step again is the same message. */
async function askAgent(ports: WorkflowPorts, given: Json, context: EffectContext): Promise<Json> {
  const { message, agent, conversationId } = isObject(given) ? given : {};
  if (typeof message !== 'string' || message === '')
    throw new Fault(problem('validation', '`agent` needs a `message`'));
  const params = {
    conversationId:
      typeof conversationId === 'string' ? conversationId : `cnv_${shortHash(context.address.key)}`,
    messageId: `msg_${shortHash(context.idempotencyKey)}`,
    text: message,
    ...(typeof agent === 'string' ? { agent } : {}),
  };
  const answer = await persist(ports, sendMessage, params, context);
  if (answer.status === 'failed')
    throw new Fault(problem('runtime', `The agent could not answer (${answer.failure ?? 'unknown'})`));
  const { status, turn, message: reply } = answer;
  const citations = reply?.citations.map(each => ({ ...each })) ?? [];
  return { conversationId: params.conversationId, turn, status, text: reply?.text ?? '', citations };
}

async function useTool(
  ports: WorkflowPorts,
  name: string,
  given: Json,
  context: EffectContext,
): Promise<Json> {
  const { idempotencyKey, recovered } = context;
  if (recovered) {
    const { tools } = await persist(ports, listTools, { agent: null }, context);
    const effect = tools.find(tool => tool.name === name)?.effect;
    if (effect === 'once') {
      const earlier = await persist(ports, lookUpTool, { name, idempotencyKey }, context);
      if (earlier.outcome === 'done') return resultOf(name, earlier.content, false);
      if (earlier.outcome === 'unknown')
        throw new Fault(
          problem('runtime', `Whether "${name}" acted before a crash is not known`, {
            title: 'outcome-unknown',
          }),
        );
    }
  }
  const params = { name, arguments: JSON.stringify(given ?? {}), idempotencyKey };
  const { content, failed } = await persist(ports, callTool, params, context);
  return resultOf(name, content, failed);
}

/** What a tool says is its result or its refusal. */
function resultOf(name: string, content: string, failed: boolean): Json {
  let value: Json;
  try {
    value = JSON.parse(content) as Json;
  } catch {
    value = content;
  }
  const refused = isObject(value) && value.ok === false ? value : undefined;
  if (failed || refused)
    throw new Fault(
      problem('runtime', `The tool "${name}" refused: ${String(refused?.message ?? content)}`, {
        status: 422,
        title: String(refused?.code ?? 'tool-failed'),
      }),
    );
  return isObject(value) && value.ok === true && value.result !== undefined ? value.result : value;
}

function persist<P, R>(
  ports: WorkflowPorts,
  contract: Contract<P, R>,
  params: P,
  context: EffectContext,
): Promise<R> {
  const { tenantId } = context.address;
  const { timeoutMs } = contract.policy;
  return persistentCall(
    ports.broker,
    contract,
    params,
    { meta: { tenantId } },
    ports.clock,
    timeoutMs,
    context.signal,
  );
}
