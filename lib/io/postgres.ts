/** The database port on PostgreSQL through `pg`: one small pool per role, the role fixed when a connection opens. */
import pg from 'pg';
import { readerSettings } from '../core/knowledge/access.ts';
import { invariant, TroupeError } from '../kernel/errors.ts';
import type { Database, JobRole, OwnerTransaction, Transaction } from './database.ts';
import { encodeArray } from './postgres-arrays.ts';

export interface PostgresOptions {
  readonly url: string;
  /** The schema owner's address; the same as `url` if that user owns the schema. */
  readonly ownerUrl?: string;
  /** Connections for tenants' transactions. */
  readonly appConnections?: number;
  /** Connections of each job role. The journal's writer uses two, or four while they carry little. */
  readonly jobConnections?: number;
  /** Longest statement, milliseconds. */
  readonly statementTimeoutMs?: number;
  /** Called when an idle connection breaks; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void;
}

/** int8 as a number: sequences and micro-units stay below 2^53. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === 20 && format !== 'binary') return Number;
    return pg.types.getTypeParser(oid, format);
  },
} as unknown as pg.CustomTypesConfig;

export function openPostgres(options: PostgresOptions): Database {
  const pools = new Map<string, pg.Pool>();
  const onLost = options.onConnectionLost ?? (() => {});

  function poolOf(role: string, max: number): pg.Pool {
    let pool = pools.get(role);
    if (!pool) {
      pool = new pg.Pool({
        connectionString: options.url,
        max,
        types,
        connectionTimeoutMillis: 10_000,
        idleTimeoutMillis: 30_000,
        application_name: role,
        options: `-c role=${role} -c statement_timeout=${options.statementTimeoutMs ?? 30_000} -c idle_in_transaction_session_timeout=60000`,
      });
      pool.on('error', onLost);
      pools.set(role, pool);
    }
    return pool;
  }

  async function transaction<T>(
    pool: pg.Pool,
    begin: string,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const client = await pool.connect().catch(refuse);
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query(begin);
      const result = await work(transactionOn(client));
      await commit(client);
      return result;
    } catch (error) {
      if (!broken) await client.query('rollback').catch((e: Error) => (broken = e));
      return refuse(error);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  const jobPool = (role: JobRole) => poolOf(role, options.jobConnections ?? 4);

  return {
    kind: 'postgres',
    async withTenant(tenantId, work, reader) {
      if (!tenantId)
        throw new TroupeError('tenant-missing', 'No tenant was given for a transaction on tenant data');
      const settings = [['app.tenant_id', tenantId], ...(reader ? readerSettings(reader) : [])]
        .map(([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value!)}, true)`)
        .join(', ');
      const begin = `begin; select ${settings}`;
      return await transaction(poolOf('troupe_app', options.appConnections ?? 8), begin, work);
    },
    asJob: (role, work) => transaction(jobPool(role), 'begin', work),
    async statement<Row extends object>(
      role: JobRole,
      name: string,
      text: string,
      values: readonly unknown[],
    ) {
      const encoded = values.map(value => (Array.isArray(value) ? encodeArray(value) : value));
      const { rows } = await jobPool(role).query<Row>({ name, text, values: encoded }).catch(refuse);
      return rows;
    },
    async asOwner(work) {
      const client = new pg.Client({ connectionString: options.ownerUrl || options.url, types });
      await client.connect();
      try {
        await client.query('begin');
        const tx: OwnerTransaction = {
          ...transactionOn(client),
          script: async text => {
            await client.query(text);
          },
        };
        const result = await work(tx);
        await commit(client);
        return result;
      } finally {
        await client.end();
      }
    },
    async close() {
      await Promise.all([...pools.values()].map(pool => pool.end()));
      pools.clear();
    },
  };
}

/** Connection errors, a server that goes down or comes up, too many connections: classes of PostgreSQL's errors. */
const AWAY =
  /^(08...|53[34]00|57P0[1-5]|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
/** What `pg` says without a code. */
const AWAY_IN_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** A server that cannot be reached is no fault of the request, which may be made again; other errors stay as they are. */
function refuse(error: unknown): never {
  if (error instanceof TroupeError || !(error instanceof Error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!AWAY.test(code) && !AWAY_IN_WORDS.test(error.message)) throw error;
  throw new TroupeError('unavailable', 'The database cannot be reached now', { cause: error, retryAfter: 1 });
}

/** After a failed statement PostgreSQL answers `commit` by rolling back, and calls that a success. */
async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query('commit');
  invariant(command === 'COMMIT', 'a transaction in which a statement failed is not resolved');
}

function transactionOn(client: pg.ClientBase): Transaction {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      return (await client.query<Row & pg.QueryResultRow>(text, [...values])).rows as Row[];
    },
  };
}
