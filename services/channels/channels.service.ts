/**
 * The unit `channels`: connected accounts, what their platforms bring, and what goes back. Follows the journal:
 * every answer in a conversation of a channel becomes parts of the outbound ledger, once.
 */
import type { ServiceBroker, ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/channels.contracts.ts';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import { abandonOutbound } from '../../lib/io/sql/channel-outbox.ts';
import * as sql from '../../lib/io/sql/channels.ts';
import { type Clock, untilLook } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { action } from '../../lib/moleculer/action.ts';
import type { Following } from '../../lib/moleculer/following.ts';
import { accountActions } from './account-actions.ts';
import { healthActions } from './health-actions.ts';
import { identityActions } from './identity-actions.ts';
import { workInbound } from './inbound-worker.ts';
import { mediaActions } from './media-actions.ts';
import { workMedia } from './media-worker.ts';
import { type OutboundPorts, workOutbound } from './outbound-worker.ts';
import { receive } from './receive.ts';

export interface ChannelsPorts {
  readonly broker: ServiceBroker;
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly coordination: Coordination;
  readonly outbound: SafeFetch;
  readonly sendMail: OutboundPorts['sendMail'];
  readonly clock: Clock;
  readonly log: Log;
  readonly bases: OutboundPorts['bases'];
  readonly mergeWindowMs: number;
  /** Follows the journal; tells when it has taken something in. */
  readonly following: (delivered: () => void) => Following;
}

/** Between two looks at what is due while nothing is; what is accepted here is taken up at once. */
const POLL_MS = 500;
/** A sender that has said nothing for so long has died; what it has left is looked for less often. */
const ABANDONED_MS = 120_000;
const ABANDONED_POLL_MS = 10_000;
const DEFAULT_LIMIT = 50;

export function channelsService(ports: ChannelsPorts): ServiceSchema {
  const { database, sealer, log, clock } = ports;
  let running = true;
  const loops: Promise<void>[] = [];
  const nudges = new Set<() => void>();
  const nudge = () => {
    for (const wake of nudges) wake();
  };
  const following = ports.following(nudge);

  async function loop(work: () => Promise<boolean>, pollMs = POLL_MS): Promise<void> {
    while (running) {
      const busy = await work().catch((error: unknown) => {
        log.warn('channels.work-failed', describeError(error));
        return false;
      });
      if (busy || !running) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      nudges.add(resolve);
      const timer = clock.after(untilLook(clock, pollMs), resolve);
      await promise;
      timer.cancel();
      nudges.delete(resolve);
    }
  }

  /** What a dead sender was sending is for a person to settle. */
  async function giveUpAbandoned(): Promise<boolean> {
    const parts = await abandonOutbound(database, ABANDONED_MS);
    if (parts > 0) log.warn('channels.outcome-unknown', { parts });
    return false;
  }

  return {
    name: 'channels',
    async started() {
      await following.started();
      loops.push(
        loop(() => workInbound({ ...ports, fetch: ports.outbound })),
        loop(() => workOutbound({ ...ports, fetch: ports.outbound })),
        loop(() => workMedia({ ...ports, fetch: ports.outbound })),
        loop(giveUpAbandoned, ABANDONED_POLL_MS),
      );
    },
    async stopped() {
      running = false;
      nudge();
      await following.stopped();
      await Promise.all(loops);
    },
    actions: {
      ...identityActions(database),
      ...mediaActions(database),
      ...healthActions(database),
      ...accountActions(database, sealer),
      receive: action(contracts.receiveWebhook, async ctx => {
        const received = await receive(ports, ctx.params);
        if (received.events > 0) nudge();
        return received;
      }),
      undelivered: action(contracts.listUndelivered, async ctx => {
        const found = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.undelivered(tx, ctx.params.limit ?? DEFAULT_LIMIT),
        );
        return { undelivered: found.map(each => ({ ...each, at: each.at.toISOString() })) };
      }),
      settle: action(contracts.settleUndelivered, async ctx => {
        const { kind, id, decision } = ctx.params;
        if (
          !(await database.withTenant(ctx.meta.tenantId!, tx =>
            sql.settleUndelivered(tx, kind, id, decision),
          ))
        )
          throw new TroupeError('not-found', 'Nothing undelivered has that id');
        nudge();
        return { settled: true };
      }),
    },
  };
}
