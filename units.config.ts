/**
 * The units that a node may host, one entry each, in the order in which they start; a node picks among them by
 * `TROUPE_UNITS`. An entry says what the unit needs of the node's ports and makes its service of them.
 */
import type { Redis } from 'ioredis';
import type { ServiceBroker, ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import { conversationActor } from './actors/conversation/conversation.actor.ts';
import {
  type HostedActors,
  type HostedType,
  type HostedTypes,
  placedReminders,
} from './actors/host-actors.ts';
import type { AnyEffectHandler } from './actors/runtime/actor-type.ts';
import { workflowRunActor } from './actors/workflow-run/workflow-run.actor.ts';
import { wakeActor } from './lib/contracts/conversation.contracts.ts';
import type { Events, JournalMessage } from './lib/contracts/events.ts';
import { wakeRun } from './lib/contracts/workflow.contracts.ts';
import { basesOf } from './lib/core/channels/bases.ts';
import { conversationChanges } from './lib/core/outbox/conversation-list.ts';
import type { AuditLog } from './lib/io/audit-log.ts';
import { type AnyConsumer, Consumer } from './lib/io/consumer.ts';
import type { Coordination } from './lib/io/coordination.ts';
import type { Database } from './lib/io/database.ts';
import type { FieldSealer } from './lib/io/field-sealer.ts';
import type { Models } from './lib/io/models/open-models.ts';
import type { Control } from './lib/io/open-feature.ts';
import type { SafeFetch } from './lib/io/safe-fetch.ts';
import { openSmtp } from './lib/io/smtp.ts';
import type { Clock } from './lib/kernel/clock.ts';
import type { Config } from './lib/kernel/config.ts';
import { TroupeError } from './lib/kernel/errors.ts';
import type { Log } from './lib/kernel/log.ts';
import { call } from './lib/moleculer/action.ts';
import { following } from './lib/moleculer/following.ts';
import type { StreamRegistry } from './lib/moleculer/streams.ts';
import { agentsService } from './services/agents.service.ts';
import { auditService } from './services/audit.service.ts';
import { billingService } from './services/billing.service.ts';
import { channelAnswerKeeper } from './services/channels/answer-keeper.ts';
import { channelsService } from './services/channels/channels.service.ts';
import { chatService, conversationListKeeper } from './services/chat.service.ts';
import { configActions } from './services/control/configs.ts';
import { flagActions } from './services/control/flags.ts';
import { stageActions } from './services/control/stages.ts';
import { conversationService } from './services/conversation/conversation.service.ts';
import { conversationEffects } from './services/conversation/effects.ts';
import { createLoopCounters } from './services/conversation/loop-metrics.ts';
import { conversationTermsKeeper, deskService } from './services/desk.service.ts';
import { eventsService } from './services/events.service.ts';
import { gatewayService } from './services/gateway/gateway.service.ts';
import { identityPorts } from './services/identity/identity-ports.ts';
import { keysService } from './services/identity/keys.service.ts';
import { membersService } from './services/identity/members.service.ts';
import { oidcService } from './services/identity/oidc.service.ts';
import { widgetsService } from './services/identity/widgets.service.ts';
import { identityService } from './services/identity.service.ts';
import { ingestionService } from './services/knowledge/ingestion.service.ts';
import { knowledgeService } from './services/knowledge.service.ts';
import { memoryService } from './services/memory.service.ts';
import { meteringService, usageKeeper } from './services/metering.service.ts';
import { modelService } from './services/model.service.ts';
import { modelEndpointsService } from './services/model-endpoints.service.ts';
import { orchestratorService } from './services/orchestrator/orchestrator.service.ts';
import { runsKeeper } from './services/orchestrator/runs-keeper.ts';
import { originsService } from './services/origins.service.ts';
import { privacyService } from './services/privacy.service.ts';
import { routeOutcomeKeeper } from './services/router/outcome-keeper.ts';
import { routerService } from './services/router/router.service.ts';
import { shopService } from './services/shop.service.ts';
import { tenantsService } from './services/tenants.service.ts';
import { toolsService } from './services/tools.service.ts';
import { workflowEffects } from './services/workflow/effects.ts';
import { workflowService } from './services/workflow/workflow.service.ts';

/** What a node has opened, for its units to stand on. */
export interface NodePorts {
  readonly config: Config;
  readonly nodeId: string;
  readonly broker: ServiceBroker;
  readonly database: Database;
  readonly clock: Clock;
  readonly streams: StreamRegistry;
  readonly metrics: Registry;
  /** In a cluster. */
  readonly redis: Redis | undefined;
  /** Limits, tokens, news between nodes. */
  readonly coordination: Coordination;
  /** Calls addresses that others choose: never the platform's own network. */
  readonly outbound: SafeFetch;
  readonly models: Models;
  /** Seals fields by tenants' keys: tokens, provider keys, signing secrets. */
  readonly sealer: FieldSealer;
  readonly audit: AuditLog;
  /** Flags and configs as this node remembers them. */
  readonly control: Control;
  /** A log whose lines carry that name. */
  readonly log: (name: string) => Log;
  /** Open on nodes whose units follow the journal or hand it on. */
  readonly events: Events | undefined;
  /** Open on nodes that host actors. */
  readonly actors: HostedActors | undefined;
  /** The consumers of all units, also of those that other nodes host. */
  readonly consumers: Readonly<Record<string, AnyConsumer>>;
  /** Whether this node can serve now, and if not why. */
  readonly ready: () => Promise<string | undefined>;
  /** Told the gateway's address once it listens. */
  readonly onListening: (url: string) => void;
}

interface UnitEntry {
  /** Answers a customer: without it a gateway is not ready. */
  readonly essential?: true;
  /** Hosts actors of this type: the node takes a lease and adopts what others leave. */
  readonly hosts?: HostedType & {
    effects(
      ports: Pick<NodePorts, 'broker' | 'clock' | 'config' | 'database' | 'metrics' | 'outbound' | 'streams'>,
    ): Readonly<Record<string, AnyEffectHandler>>;
  };
  /** Follows the journal's events, or (`relay`) hands them on. */
  readonly events?: true;
  /** What it does with events, each counted once. Kept under the unit's name. */
  readonly consumer?: (database: Database, log: Log, models: Models) => AnyConsumer;
  readonly create: (ports: NodePorts) => ServiceSchema;
}

const follow = (
  { events, consumers }: NodePorts,
  unit: string,
  delivered?: (batch: readonly JournalMessage[]) => void,
) => following(events!, consumers[unit]!, delivered);

const ENTRIES = {
  conversation: {
    essential: true,
    hosts: {
      actor: conversationActor,
      wake: (broker, { tenantId, key }) =>
        call(broker, wakeActor, { conversationId: key }, { meta: { tenantId } }),
      effects: ({ broker, database, streams, clock, metrics }) =>
        conversationEffects(broker, streams, clock, createLoopCounters(metrics), database),
    },
    create: ({ actors, clock, database, streams }) =>
      conversationService({ ...actors!, clock, database, streams }),
  },
  workflow: {
    hosts: {
      actor: workflowRunActor,
      wake: (broker, { tenantId, key }) => call(broker, wakeRun, { runId: key }, { meta: { tenantId } }),
      effects: workflowEffects,
    },
    create: ({ actors, clock, config }) => workflowService({ ...actors!, clock, config }),
  },
  model: { essential: true, create: modelService },
  router: {
    events: true,
    consumer: (database, log, { router }) => new Consumer(database, routeOutcomeKeeper(router), log),
    create: ports =>
      routerService({ ...ports, log: ports.log('router'), following: follow(ports, 'router') }),
  },
  tools: { essential: true, create: toolsService },
  agents: { essential: true, create: ({ database }) => agentsService(database) },
  memory: { create: ({ database, clock }) => memoryService(database, clock) },
  knowledge: {
    essential: true,
    create: ports =>
      knowledgeService({ ...ports, log: ports.log('knowledge'), embedder: ports.models.embedder }),
  },
  ingestion: {
    create: ports =>
      ingestionService({ ...ports, log: ports.log('ingestion'), embedder: ports.models.embedder }),
  },
  shop: { create: ({ database }) => shopService(database) },
  origins: { create: ({ database }) => originsService(database) },
  tenants: {
    essential: true,
    create: ({ database, config }) => tenantsService(database, config.TROUPE_REGION || undefined),
  },
  flags: {
    create: ({ database, control }) => flagActions(database, control.plane, control.features),
  },
  configs: {
    create: ({ database, control, sealer }) => configActions(database, control.plane, sealer),
  },
  stages: { create: ({ database, control }) => stageActions(database, control.plane) },
  privacy: {
    events: true,
    create: ports =>
      privacyService({
        ...ports,
        forget: tenantId => ports.control.plane.forget(tenantId),
        log: ports.log('privacy'),
      }),
  },
  audit: { create: ({ database, audit }) => auditService(database, audit) },
  identity: { create: ports => identityService(identityPorts(ports)) },
  members: { create: ports => membersService(identityPorts(ports)) },
  keys: { create: ports => keysService(identityPorts(ports)) },
  oidc: { create: ports => oidcService(identityPorts(ports)) },
  widgets: { create: ports => widgetsService(identityPorts(ports)) },
  relay: {
    events: true,
    create({ broker, database, clock, log, consumers }) {
      const reminders = placedReminders(broker, HOSTED_TYPES, database, clock, log('reminders'));
      return eventsService(database, Object.values(consumers), reminders);
    },
  },
  metering: {
    events: true,
    consumer: (database, log) => new Consumer(database, usageKeeper, log),
    create: ports => meteringService(ports.database, ports.clock, follow(ports, 'metering')),
  },
  chat: {
    events: true,
    consumer: (database, log) => new Consumer(database, conversationListKeeper, log),
    create: ports =>
      chatService(
        ports.database,
        follow(ports, 'chat', batch => {
          for (const change of conversationChanges(batch))
            void ports.broker.broadcast('conversations.changed', change, ['gateway']);
        }),
      ),
  },
  desk: {
    events: true,
    consumer: (database, log) => new Consumer(database, conversationTermsKeeper, log),
    create: ports => deskService(ports.database, follow(ports, 'desk')),
  },
  orchestrator: {
    events: true,
    consumer: (database, log) => new Consumer(database, runsKeeper, log),
    create: ports =>
      orchestratorService({
        database: ports.database,
        clock: ports.clock,
        log: ports.log('orchestrator'),
        following: follow(ports, 'orchestrator'),
      }),
  },
  models: { create: modelEndpointsService },
  billing: { create: billingService },
  channels: {
    events: true,
    consumer: (database, log) => new Consumer(database, channelAnswerKeeper, log),
    create: ports =>
      channelsService({
        ...ports,
        log: ports.log('channels'),
        bases: basesOf(ports.config.TROUPE_CHANNEL_BASES),
        sendMail: openSmtp(ports.config.TROUPE_OUTBOUND_ALLOW),
        mergeWindowMs: ports.config.TROUPE_CHANNEL_MERGE_WINDOW_MS,
        following: delivered => follow(ports, 'channels', delivered),
      }),
  },
  // The gateway comes last and leaves first: it must find the others.
  gateway: { create: ports => gatewayService({ ...ports, log: ports.log('gateway') }) },
} as const satisfies Readonly<Record<string, UnitEntry>>;

export type Unit = keyof typeof ENTRIES;
export const UNITS: Readonly<Record<Unit, UnitEntry>> = ENTRIES;
const NAMES = Object.keys(ENTRIES) as readonly Unit[];
export const ESSENTIAL: readonly Unit[] = NAMES.filter(name => UNITS[name].essential);

/** Every type of actors by its name, with the unit that hosts it. */
export const HOSTED_TYPES: HostedTypes = Object.fromEntries(
  NAMES.flatMap(name => {
    const { hosts } = UNITS[name];
    return hosts ? [[hosts.actor.name, hosts]] : [];
  }),
);

/** The units that the settings ask for, in the order in which they start. */
export function chosenUnits(config: Config): readonly Unit[] {
  const asked = config.TROUPE_UNITS;
  if (asked.includes('all')) return NAMES;
  if (asked.length === 1 && asked[0] === 'none') return [];
  const unknown = asked.filter(unit => !(NAMES as readonly string[]).includes(unit));
  if (unknown.length > 0)
    throw new TroupeError(
      'config-invalid',
      `TROUPE_UNITS names unknown units: ${unknown.join(', ')}. There are: ${NAMES.join(', ')}`,
    );
  return NAMES.filter(name => asked.includes(name));
}

/** The consumers of all units by the unit's name. */
export function consumersOf(
  database: Database,
  log: (name: string) => Log,
  models: Models,
): Readonly<Record<string, AnyConsumer>> {
  return Object.fromEntries(
    Object.entries(UNITS).flatMap(([name, { consumer }]) =>
      consumer ? [[name, consumer(database, log(name), models)]] : [],
    ),
  );
}
