/** A node in this process that can die as a process does: from one statement on it reaches nothing any more. */
import type { ServiceBroker } from 'moleculer';
import type { Database } from '../../../lib/io/database.ts';
import { readConfig } from '../../../lib/kernel/config.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { startNode } from '../../../moleculer.config.ts';

export interface MortalNode {
  readonly broker: ServiceBroker;
  readonly dead: boolean;
  /** Resolves when it has died. */
  readonly death: Promise<void>;
  /** It dies with its next so many statements done, at one of them; undefined lets it live. */
  dieAfter(statements: number | undefined, onDeath?: () => void): void;
  stop(): Promise<void>;
}

/** Units without a gateway and without followers of the journal. */
const UNITS = 'conversation,model,tools,agents,knowledge,tenants';

export async function mortalNode(shared: Database, units = UNITS): Promise<MortalNode> {
  let left: number | undefined;
  let dead = false;
  let onDeath = () => {};
  const { promise: death, resolve } = Promise.withResolvers<void>();

  /** Before a statement the node may die and the statement is not made; after it, and its answer is not heard. */
  async function mortal<T>(work: () => Promise<T>): Promise<T> {
    count();
    const result = await work();
    if (dead) throw gone();
    return result;
  }
  function count(): void {
    if (!dead && left !== undefined && --left < 0) {
      dead = true;
      onDeath();
      resolve();
    }
    if (dead) throw gone();
  }
  const gone = () => new TroupeError('unavailable', 'This node has died');

  const database: Database = {
    kind: shared.kind,
    withTenant: (tenantId, work) => mortal(() => shared.withTenant(tenantId, work)),
    asJob: (role, work) => mortal(() => shared.asJob(role, work)),
    statement: (role, name, text, values) => mortal(() => shared.statement(role, name, text, values)),
    asOwner: work => mortal(() => shared.asOwner(work)),
    async close() {},
  };
  const node = await startNode(readConfig({ TROUPE_UNITS: units, TROUPE_LOG_LEVEL: 'fatal' }), { database });
  return {
    broker: node.broker,
    get dead() {
      return dead;
    },
    death,
    dieAfter(statements, told = () => {}) {
      left = statements;
      onDeath = told;
    },
    stop: () => node.stop(),
  };
}
