/** Random requests on every operation of an OpenAPI document, and what must never come back. */
import fc from 'fast-check';
import type { TestNode } from '../embedded-node.ts';
import { fillTenant, idsOf, type Operation, operationsOf, requestOf, send } from '../isolation/routes.ts';
import { tablesOf } from '../isolation/tables.ts';
import { fitting, unfitting } from './values.ts';

type Json = Record<string, unknown>;

export interface FuzzReport {
  readonly requests: number;
  readonly seed: number;
  readonly operations: number;
  readonly seconds: number;
  /** Answers by the first digit of their status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly slowestMs: number;
  /** The operation that it was. */
  readonly slowest: string;
  /** Megabytes in use after a collection: when a quarter of the requests was done, and at the end. */
  readonly memoryMb: readonly [number, number];
  readonly memoryFlat: boolean;
}

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

const MARK = 'planted-7f3c';
const AT_ONCE = 8;
/** What the journal's hot actors and caches may still take up, megabytes. */
const GROWTH_MB = 60;
const MOST_FAULTS = 20;
/** A node that says it is busy, or that a model is not there, has not failed. */
const PASSING = [502, 503, 504];

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['idempotency-key', ['k1', 'k2', 'k3', 'a b', '']],
  ['if-match', ['*', '"x"', 'W/"x"', ',,,']],
  ['if-none-match', ['*', '"x"']],
  ['last-event-id', ['0', '-1', '1e9', 'x']],
  ['accept', ['text/event-stream', '*/*', 'application/xml']],
  ['origin', ['https://shop.example', 'null', 'x']],
  ['x-request-id', ['12345678', '<x>']],
  ['traceparent', ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0']],
  ['content-type', ['application/json', 'text/plain', 'application/json; charset=utf-16']],
];

const headers = fc
  .array(
    fc
      .constantFrom(...HEADERS)
      .chain(([name, values]) => fc.constantFrom(...values).map(value => [name, value] as const)),
    { maxLength: 3 },
  )
  .map(pairs => Object.fromEntries(pairs) as Record<string, string>);

function requests(base: string, operation: Operation, key: string, names: readonly string[]) {
  const inPath = fc.oneof(fc.constantFrom(...names), fc.string({ minLength: 1, maxLength: 30 }));
  const asked = operation.parameters.filter(each => each.in === 'query');
  const query = (good: boolean) =>
    fc.record(
      Object.fromEntries(
        asked.map(each => [each.name, good ? fitting(each.schema, names) : unfitting(each.schema, names)]),
      ),
      { requiredKeys: [] },
    );
  const bodyOf = (good: boolean) =>
    operation.body ? (good ? fitting : unfitting)(operation.body.schema, names) : fc.constant(undefined);
  return fc
    .boolean()
    .chain(good => fc.record({ inPath, query: query(good), body: bodyOf(good), headers, withKey: fc.nat(9) }))
    .map(({ withKey, headers: more, ...places }) => {
      const request = requestOf(base, operation, withKey === 0 ? undefined : key, {
        ...places,
        inPath: () => places.inPath,
        query: places.query as Json,
      });
      return { ...request, headers: { ...request.headers, ...more } };
    });
}

const usedMb = () => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1_048_576);
};

/** Fills a neighbour, then asks as another tenant. */
export async function fuzz(
  node: TestNode,
  document: unknown,
  { requests: wanted, seed, say = () => {} }: FuzzOptions,
): Promise<FuzzReport> {
  const operations = operationsOf(document);
  const their = await node.makeTenant('neighbour');
  const our = await node.makeTenant('fuzzer');
  await fillTenant(node.url, operations, their.apiKey, MARK);
  await fillTenant(node.url, operations, our.apiKey, 'own');
  const tables = await tablesOf(node.database);
  const names = [
    ...new Set(
      (await Promise.all([their, our].map(({ tenantId }) => idsOf(node.database, tables, tenantId)))).flatMap(
        ids => [...ids.values()].flat(),
      ),
    ),
  ].filter(name => name.length <= 100);

  const each = Math.ceil(wanted / operations.length);
  const faults: string[] = [];
  const answers: Record<string, number> = {};
  let slowestMs = 0;
  let slowest = '';
  let done = 0;
  let early = 0;
  const began = performance.now();
  const kinds = operations.map(operation => ({
    operation,
    kind: requests(node.url, operation, our.apiKey, names),
  }));
  // Operations in turns, so that each meets what the others have left behind; made as they are needed.
  const queue = (function* () {
    for (let round = 0; round < each; round++)
      for (const [at, { operation, kind }] of kinds.entries()) {
        const [request] = fc.sample(kind, { numRuns: 1, seed: seed + round * kinds.length + at });
        yield { operation, request: request! };
      }
  })();
  async function worker(): Promise<void> {
    for (const { operation, request } of queue) {
      if (faults.length >= MOST_FAULTS) return;
      const start = performance.now();
      const where = `${operation.method} ${operation.path}`;
      const told = () => `${where} ${JSON.stringify(request).slice(0, 600)}`;
      try {
        const { status, text } = await send(request);
        answers[`${Math.floor(status / 100)}xx`] = (answers[`${Math.floor(status / 100)}xx`] ?? 0) + 1;
        if (status >= 500 && !PASSING.includes(status))
          faults.push(`${status}: ${told()} ${text.slice(0, 200)}`);
        if (text.includes(MARK) && !JSON.stringify(request).includes(MARK))
          faults.push(`tells the neighbour's text: ${told()}`);
        if (text.includes(their.tenantId)) faults.push(`names the neighbour: ${told()}`);
      } catch (error) {
        // What no client library would send is not asked.
        if ((error as Error).name === 'TimeoutError') faults.push(`no answer: ${told()}`);
        else if (!/Invalid|ByteString|fetch failed/.test(String(error))) throw error;
        else if (/fetch failed/.test(String(error)))
          faults.push(`broken off: ${told()} ${String((error as Error).cause)}`);
      }
      const tookMs = performance.now() - start;
      if (tookMs > slowestMs) {
        slowestMs = tookMs;
        slowest = where;
      }
      if (++done === Math.floor((each * operations.length) / 4)) early = usedMb();
      if (done % 2_000 === 0) say(`${done} requests, ${faults.length} faults, ${usedMb()} MB`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const memoryMb = [early, usedMb()] as const;
  return {
    requests: done,
    seed,
    operations: operations.length,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    answers,
    faults,
    slowestMs: Math.round(slowestMs),
    slowest,
    memoryMb,
    memoryFlat: memoryMb[1] - memoryMb[0] <= GROWTH_MB,
  };
}
