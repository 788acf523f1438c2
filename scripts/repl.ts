/**
 * `make repl`: a console that joins a running platform and calls its actions live. In a cluster it is a node that
 * hosts nothing; beside an embedded platform it speaks through the control socket of the data folder. Calls carry the
 * tenant chosen by `tenant <name>` or `--tenant`.
 */
import { parseArgs } from 'node:util';
import { ServiceBroker as Broker, type ServiceBroker, type ServiceSchema } from 'moleculer';
import { SCOPES } from '../lib/contracts/contract.ts';
import { conversationHistory, inspectConversation } from '../lib/contracts/conversation.contracts.ts';
import { findTenant } from '../lib/contracts/platform.contracts.ts';
import { CONTRACTS, contractOf } from '../lib/contracts/registry.ts';
import { toJsonSchema } from '../lib/contracts/schema.ts';
import { type Config, processConfig } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { call } from '../lib/moleculer/action.ts';
import { startNode } from '../moleculer.config.ts';
import { askRunningNode } from './control-socket.ts';

const OPERATOR = 'repl';
let tenantId: string | undefined;

/** Adds the chosen tenant to every call that does not name one: an operator may do whatever the tenant may. */
const tenancy = {
  name: 'ReplTenancy',
  call:
    (next: (name: string, params: unknown, options: { meta?: object }) => unknown) =>
    (name: string, params: unknown, options: { meta?: object } = {}) =>
      next(name, params, {
        ...options,
        meta: { ...(tenantId ? { tenantId, keyId: OPERATOR, scopes: SCOPES } : {}), ...options.meta },
      }),
};

/** A broker whose services only pass calls on to the embedded platform. */
async function besideEmbedded(config: Config): Promise<ServiceBroker> {
  await askRunningNode(config.TROUPE_DATA_DIR, { action: '$actions', params: {}, meta: {} });
  const broker = new Broker({
    nodeID: 'repl',
    logLevel: 'warn',
    validator: false,
    middlewares: [tenancy as never],
  });
  for (const [service, contracts] of Map.groupBy(CONTRACTS, contract => contract.name.split('.')[0]!)) {
    const actions = contracts
      .filter(contract => contract.name !== 'chat.message')
      .map(contract => [
        contract.name.slice(service.length + 1),
        {
          description: contract.doc,
          handler: (ctx: { params: unknown; meta: Record<string, unknown> }) =>
            askRunningNode(config.TROUPE_DATA_DIR, {
              action: contract.name,
              params: ctx.params,
              meta: ctx.meta,
            }),
        },
      ]);
    if (actions.length > 0)
      broker.createService({ name: service, actions: Object.fromEntries(actions) } as ServiceSchema);
  }
  await broker.start();
  return broker;
}

async function joinCluster(config: Config): Promise<ServiceBroker> {
  const node = await startNode({
    ...config,
    TROUPE_UNITS: ['none'],
    TROUPE_MIGRATION_URL: '',
    TROUPE_NODE_ID: `repl-${process.pid}`,
  });
  node.broker.call = tenancy.call(node.broker.call.bind(node.broker) as never) as never;
  return node.broker;
}

async function choose(broker: ServiceBroker, name: string): Promise<void> {
  const found = name.startsWith('ten_') ? name : (await call(broker, findTenant, { name })).tenantId;
  if (!found) {
    console.log(`There is no tenant "${name}".`);
    return;
  }
  tenantId = found;
  console.log(`Calls are now made for ${name} (${found}).`);
}

function showContract(name: string | undefined): void {
  const contract = name && contractOf(name);
  if (!contract) {
    for (const each of CONTRACTS) console.log(`  ${each.name.padEnd(26)} ${each.doc.split('.')[0]}`);
    return;
  }
  console.log(
    `\n${contract.name}: ${contract.doc}\n\ntakes  ${JSON.stringify(toJsonSchema(contract.params), null, 2)}\n\ngives  ${JSON.stringify(toJsonSchema(contract.result), null, 2)}`,
  );
  console.log(
    `\nfails with  ${contract.errors.join(', ') || 'nothing of its own'}\npolicy  ${JSON.stringify(contract.policy)}\n`,
  );
}

async function showConversation(broker: ServiceBroker, conversationId: string): Promise<void> {
  const { nodeId, seq, mailbox, running, state } = await call(broker, inspectConversation, {
    conversationId,
  });
  const { rows } = await call(broker, conversationHistory, {
    conversationId,
    fromSeq: Math.max(1, seq - 19),
  });
  for (const row of rows) {
    const events = row.events as { type: string }[];
    console.log(
      `${String(row.seq).padStart(5)}  ${new Date(row.at).toISOString()}  epoch ${row.epoch}  ${events.map(event => event.type).join(', ') || '(taken over)'}`,
    );
  }
  const { status, turns } = state as { status: string; turns: number };
  console.log(
    `on ${nodeId}; ${status}; ${turns} turns; mailbox ${mailbox}; at work: ${running.join(', ') || 'nothing'}`,
  );
}

const guarded =
  <A>(work: (args: A) => Promise<void> | void) =>
  async (_broker: ServiceBroker, args: A) => {
    try {
      await work(args);
    } catch (error) {
      console.log(error instanceof Error ? error.message : error);
    }
  };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { tenant: { type: 'string' } }, allowPositionals: true });
  const config = processConfig();
  const broker = config.TROUPE_MODE === 'embedded' ? await besideEmbedded(config) : await joinCluster(config);
  if (config.TROUPE_MODE === 'cluster') await broker.waitForServices(['tenants'], 10_000, 100);
  await choose(broker, values.tenant ?? process.env.TENANT ?? 'Kettlemoor');
  console.log(`
  tenant <name>          calls are made for that tenant
  contract [action]      what an action takes and gives
  conv <conversationId>  a conversation's journal and where it lives
  call <action> ...      e.g. call conversation.inspect --conversationId cnv_...
  help                   everything else; Tab completes
`);
  // Completion and the framework's own commands are moleculer-repl's.
  (broker.options as { replOptions: unknown }).replOptions = {
    delimiter: 'troupe $',
    customCommands: [
      {
        command: 'tenant <name>',
        description: 'Makes calls for that tenant',
        action: guarded<{ name: string }>(args => choose(broker, args.name)),
      },
      {
        command: 'contract [action]',
        description: 'Shows what an action takes and gives',
        action: guarded<{ action?: string }>(args => showContract(args.action)),
      },
      {
        command: 'conv <id>',
        description: 'Shows a conversation: journal, node, what it is doing',
        action: guarded<{ id: string }>(args => showConversation(broker, args.id)),
      },
    ],
  };
  broker.repl();
}

try {
  await main();
} catch (error) {
  console.error(error instanceof TroupeError ? error.message : error);
  process.exit(1);
}
