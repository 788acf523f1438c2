/**
 * How long nodes of a cluster go on as before after something was changed on one of them, under load, seen from
 * outside: a key revoked, a flag flipped, a version of tools promoted, a data key rotated. Each gateway is asked
 * without pause for what changes, and by other callers for things that must not fail meanwhile.
 */
import { ask } from './identity-client.ts';

export interface Obedience {
  readonly change: string;
  /** From the moment that the change was asked for to the last answer by the old state, of each node; milliseconds. */
  readonly lateMs: readonly number[];
  /** Until whoever asked for the change was told that it is made. */
  readonly toldMs: number;
  /** Answers that had to do with the change, and of other callers. */
  readonly asked: number;
  readonly others: number;
  readonly failed: readonly string[];
}

export interface ObedienceOptions {
  /** Of each node's gateway; the first is told of the change. */
  readonly urls: readonly string[];
  /** Of a tenant with a plan that the load stays within. */
  readonly apiKey: string;
  /** What a secret of the tenant is sealed as, by the version of its config. */
  readonly sealedConfigs: () => Promise<
    readonly { readonly key: string; readonly version: number; readonly value: string }[]
  >;
}

/** What one question told: the state it was answered by, or why it failed. */
type Told = { readonly state: 'old' | 'new' } | { readonly failed: string };

interface Change {
  readonly change: string;
  readonly probe: (url: string, node: number) => Promise<Told>;
  readonly make: () => Promise<unknown>;
}

const BEFORE = 10;
const OTHERS_PER_NODE = 3;
/** Answers in a row by the new state before a node is believed: another node may answer for it. */
const AFTER = 10;
/** A revoked key is tried fewer times: wrong credentials of an address are limited. */
const AFTER_REVOKED = 5;
const PROBE = { kind: 'action', allow: [{ name: 'knowledge.search', effect: 'read' }] };
const SEALED = {
  kind: 'openapi',
  url: 'https://api.example',
  document: { openapi: '3.1.0', paths: { '/find': { get: { operationId: 'find', responses: {} } } } },
  credential: { header: 'Authorization', value: 'Bearer planted' },
  allow: [{ name: 'find', effect: 'read' }],
};

export async function measureObedience({
  urls,
  apiKey,
  sealedConfigs,
}: ObedienceOptions): Promise<readonly Obedience[]> {
  const [first] = urls as [string];
  const api = async (method: string, path: string, body?: unknown, url = first, key = apiKey) =>
    await ask(url, method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
  const must = async (...args: Parameters<typeof api>) => {
    const answer = await api(...args);
    if (answer.status >= 300) throw new Error(`${args[0]} ${args[1]}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const told = ({ status }: { status: number }, state: 'old' | 'new', good = 200): Told =>
    status === good ? { state } : { failed: String(status) };

  const { keyId, apiKey: doomed } = (
    await must('POST', '/tenants/keys', { name: 'to be revoked', scopes: ['view'] })
  ).body;
  const flag = (on: boolean) => ({
    enabled: true,
    variants: { on: true, off: false },
    defaultVariant: on ? 'on' : 'off',
  });
  await must('PUT', '/control/flags/obeyed', flag(false));
  await must('PUT', '/control/tools/obeyed', PROBE);
  await must('PUT', '/control/tools/obeyed/stages/production', { version: 1 });
  const { headers } = await must('GET', '/control/tools/obeyed');
  await ask(first, 'PUT', '/api/v1/control/tools/obeyed', {
    key: apiKey,
    body: { ...PROBE, allow: [{ name: 'knowledge.gaps', effect: 'read' }] },
    headers: { 'if-match': headers.get('etag')! },
  });
  await must('PUT', '/control/tools/sealed', SEALED);

  /** Things that must go on: who one is, a search, and a declaration for which a sealed credential is opened. */
  const others: readonly ((url: string) => Promise<{ status: number }>)[] = [
    url => api('GET', '/auth/me', undefined, url),
    url => api('POST', '/ingestion/search', { query: 'returns' }, url),
    url => api('PUT', '/control/tools/sealed', SEALED, url),
  ];

  const written: {
    readonly at: number;
    readonly node: number;
    readonly key: string;
    readonly version: number;
  }[] = [];
  let newKey = '';
  const results: (Obedience & { readonly changedAt: number })[] = [];
  for (const change of [
    {
      change: 'a key revoked',
      probe: async url => {
        const { status } = await api('GET', '/auth/me', undefined, url, doomed);
        return status === 401 ? { state: 'new' } : told({ status }, 'old');
      },
      make: () => must('DELETE', `/tenants/keys/${keyId}`),
    },
    {
      change: 'a flag flipped',
      probe: async url => {
        const path = '/ofrep/v1/evaluate/flags/obeyed';
        const answer = await ask(url, 'POST', path, {
          key: apiKey,
          body: { context: { targetingKey: 'c' } },
        });
        return told(answer, answer.body?.value === true ? 'new' : 'old');
      },
      make: () => must('PUT', '/control/flags/obeyed', flag(true)),
    },
    {
      change: 'a version of tools promoted',
      probe: async url => {
        const answer = await api('GET', '/control/tools', undefined, url);
        const source = answer.body?.sources?.find((each: { name: string }) => each.name === 'obeyed');
        return told(answer, source?.version === 2 ? 'new' : 'old');
      },
      make: () => must('PUT', '/control/tools/obeyed/stages/production', { version: 2 }),
    },
    {
      change: 'a data key rotated',
      // By which key it was sealed stands in the database only: looked up when all is written.
      probe: async (url, node) => {
        const key = `obeyed-${node}`;
        const body = { value: 'x', secret: true };
        const answer = await api('PUT', `/control/configs/production/${key}`, body, url);
        if (answer.status === 200)
          written.push({ at: performance.now(), node, key, version: answer.body.version });
        return told(answer, newKey ? 'new' : 'old');
      },
      make: async () => {
        newKey = (await must('POST', '/control/keys/rotate')).body.keyId;
      },
    },
  ] satisfies readonly Change[] as readonly Change[])
    results.push(
      await underLoad(urls, change, others, change.change === 'a key revoked' ? AFTER_REVOKED : AFTER),
    );

  const rotation = results.pop()!;
  const sealed = new Map((await sealedConfigs()).map(row => [`${row.key} ${row.version}`, row.value]));
  const byOldKey = written.filter(({ key, version }) => !sealed.get(`${key} ${version}`)?.includes(newKey));
  return [...results, { ...rotation, lateMs: lateness(urls.length, rotation.changedAt, byOldKey) }].map(
    ({ changedAt: _, ...result }) => result,
  );
}

/** What was sealed before the change is sealed anew by it: only what came later can be late. */
function lateness(
  nodes: number,
  changedAt: number,
  late: readonly { readonly at: number; readonly node: number }[],
): readonly number[] {
  return Array.from({ length: nodes }, (_, node) =>
    Math.max(0, ...late.flatMap(each => (each.node === node ? [each.at - changedAt] : []))),
  );
}

async function underLoad(
  urls: readonly string[],
  { change, probe, make }: Change,
  others: readonly ((url: string) => Promise<{ status: number }>)[],
  after: number,
): Promise<Obedience & { readonly changedAt: number }> {
  let changedAt = Number.POSITIVE_INFINITY;
  let toldMs: number | undefined;
  let asked = 0;
  let otherAnswers = 0;
  const failed: string[] = [];
  const old: { at: number; node: number }[] = [];
  const obeying = urls.map(() => 0);
  const seen = urls.map(() => 0);
  const over = () => toldMs !== undefined && obeying.every(count => count >= after);

  const probing = urls.map(async (url, node) => {
    while (!over()) {
      if (obeying[node]! >= after) {
        await new Promise(setImmediate);
        continue;
      }
      const answer = await probe(url, node);
      asked++;
      seen[node]!++;
      if ('failed' in answer) failed.push(`${change}: ${answer.failed}`);
      else if (answer.state === 'old') {
        old.push({ at: performance.now(), node });
        obeying[node] = 0;
      } else obeying[node]!++;
    }
  });
  const load = urls.flatMap(url =>
    Array.from({ length: OTHERS_PER_NODE }, async (_, at) => {
      while (!over()) {
        const { status } = await others[at % others.length]!(url);
        otherAnswers++;
        if (status !== 200) failed.push(`while ${change}: ${status}`);
      }
    }),
  );
  const changing = (async () => {
    while (seen.some(count => count < BEFORE)) await new Promise(setImmediate);
    changedAt = performance.now();
    await make();
    toldMs = performance.now() - changedAt;
  })();
  await Promise.all([...probing, ...load, changing]);
  return {
    change,
    lateMs: lateness(urls.length, changedAt, old),
    toldMs: toldMs!,
    asked,
    others: otherAnswers,
    failed,
    changedAt,
  };
}
