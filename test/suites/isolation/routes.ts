/**
 * Walls between tenants, tried by HTTP: for every operation of the OpenAPI document, one tenant with a valid key
 * asks for what is another's, by every id that the other has. What comes back, or changes, is a finding.
 */
import type { Database } from '../../../lib/io/database.ts';
import { digests } from './digests.ts';
import type { Finding, Table } from './tables.ts';

type Json = Record<string, unknown>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Json;
  readonly example?: unknown;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly open: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly schema: Json; readonly example: unknown } | undefined;
  readonly responses: Json;
}

interface RawOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { schema: Json; example: unknown } };
  };
  readonly responses: Json;
}

export function operationsOf(document: unknown): readonly Operation[] {
  const { paths } = document as { paths: Record<string, Record<string, RawOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      method: method.toUpperCase(),
      path,
      operationId: raw.operationId,
      open: raw.security?.length === 0,
      parameters: raw.parameters ?? [],
      body: raw.requestBody?.content['application/json'],
      responses: raw.responses,
    })),
  );
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** A request of the operation with the example's values, or others in their place. */
export function requestOf(
  base: string,
  operation: Operation,
  key: string | undefined,
  { inPath, query = {}, body }: { inPath?: (name: string) => string; query?: Json; body?: unknown } = {},
): Request {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find(each => each.in === 'path' && each.name === name);
    return encodeURIComponent(inPath?.(name) ?? String(parameter?.example ?? 'none'));
  });
  const asked = operation.parameters.filter(each => each.in === 'query' && each.required);
  const all = { ...Object.fromEntries(asked.map(each => [each.name, each.example])), ...query };
  const search = new URLSearchParams(
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, asText(value)])),
  );
  const headers = operation.parameters.filter(each => each.in === 'header' && each.name === 'Accept');
  return {
    method: operation.method,
    url: `${base}${path}${search.size > 0 ? `?${search}` : ''}`,
    headers: {
      ...Object.fromEntries(headers.map(each => [each.name, String(each.example)])),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(operation.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(operation.body ? { body: JSON.stringify(body ?? operation.body.example) } : {}),
  };
}

/** Longest that an answer, or the first part of a stream, is waited for. */
const LIMIT_MS = 15_000;
/** Streams do not end: what comes at once is what would leak. */
const STREAM_MS = 60;

export async function send({ url, ...init }: Request): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.headers.get('content-type')?.includes('event-stream'))
    return { status: response.status, text: await response.text() };
  let text = '';
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => void reader.cancel(), STREAM_MS);
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  clearTimeout(timer);
  return { status: response.status, text };
}

/** The example with the mark in every text that may hold it. */
export function marked(schema: Json, example: unknown, mark: string): unknown {
  if (typeof example === 'string') {
    const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern) : undefined;
    const text = `${example} ${mark}`;
    const fits = text.length <= ((schema.maxLength as number | undefined) ?? 0);
    return !schema.enum && fits && (!pattern || pattern.test(text)) ? text : example;
  }
  if (Array.isArray(example)) return example.map(each => marked((schema.items ?? {}) as Json, each, mark));
  if (typeof example !== 'object' || example === null) return example;
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  return Object.fromEntries(
    Object.entries(example).map(([name, each]) => [name, marked(properties[name] ?? {}, each, mark)]),
  );
}

/** Fills a tenant by the API: every operation with its example, those that make something first. */
export async function fillTenant(
  base: string,
  operations: readonly Operation[],
  key: string,
  mark: string,
): Promise<void> {
  const order = (operation: Operation) => ['PUT', 'POST', 'GET', 'DELETE'].indexOf(operation.method);
  for (const operation of operations.toSorted((a, b) => order(a) - order(b))) {
    if (operation.open || operation.method === 'DELETE') continue;
    const body = operation.body && marked(operation.body.schema, operation.body.example, mark);
    await send(requestOf(base, operation, key, { body }));
  }
}

/** Texts by which rows of a tenant are called, from every column that names something. */
export async function idsOf(
  database: Database,
  tables: readonly Table[],
  tenantId: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>();
  await database.asOwner(async tx => {
    for (const { name, columns } of tables) {
      if (!columns.some(column => column.name === 'tenant_id')) continue;
      for (const column of columns) {
        if (
          column.type !== 'text' ||
          column.name === 'tenant_id' ||
          !/(^|_)(id|name|actor)$/.test(column.name)
        )
          continue;
        const rows = await tx.query<{ id: string }>(
          `select distinct "${column.name}" as id from "${name}" where tenant_id = $1 and "${column.name}" is not null limit 20`,
          [tenantId],
        );
        ids.set(
          `${name}.${column.name}`,
          rows
            .map(({ id }) => id.slice(id.lastIndexOf('/') + 1))
            .filter(id => /^[\w.:@+=-]{1,200}$/.test(id)),
        );
      }
    }
  });
  return ids;
}

export interface Neighbours {
  readonly base: string;
  readonly database: Database;
  readonly tables: readonly Table[];
  readonly operations: readonly Operation[];
  readonly ourKey: string;
  readonly their: { readonly tenantId: string; readonly mark: string };
  /** Awaited before rows are compared: whatever the platform still does for the other tenant has been done. */
  readonly settled: () => Promise<void>;
  /** Ends the search at such a finding: for the proof that there would be one. */
  readonly enough?: (finding: Finding) => boolean;
}

/** Nobody has it, though it has the form of an id. */
const NOBODYS = 'none_01k5x9q3zcf0v8m4h2t7w6y1zz';
const withoutNames = (text: string, id: string) =>
  text
    .replaceAll(id, '')
    .replace(/"instance":"[^"]*"/, '')
    .replaceAll(NOBODYS, '');

/** The kind that an id of ours says by its first letters; none of what is called by a name. */
const kindOf = (id: unknown) => /^(?:\w+:)?([a-z]{3})_[0-9a-z]{26}$/.exec(String(id))?.[1];
/** Of another kind than the place takes: each operation gets some, all of them have their turn. */
const OF_OTHER_KINDS = 4;

/** What to try in a place, by its example: whatever is of its kind or has none, and others in turn. */
function idsFor(ids: readonly string[]): (example: unknown) => readonly string[] {
  let turn = 0;
  return example => {
    const kind = kindOf(example);
    const [fitting, others] = [true, false].map(fits =>
      ids.filter(id => (kindOf(id) === undefined || kindOf(id) === kind) === fits),
    ) as [string[], string[]];
    const some = Array.from(
      { length: Math.min(OF_OTHER_KINDS, others.length) },
      () => others[turn++ % others.length]!,
    );
    return [...fitting, ...some];
  };
}

/** Every operation is tried with ids of the other tenant in each place that takes one. */
export async function routeFindings({
  base,
  database,
  tables,
  operations,
  ourKey,
  their,
  settled,
  enough = () => false,
}: Neighbours): Promise<{ findings: readonly Finding[]; tried: ReadonlyMap<string, number> }> {
  const findings: Finding[] = [];
  const tried = new Map<string, number>();
  const ids = await idsOf(database, tables, their.tenantId);
  const choose = idsFor([...new Set([...ids.values()].flat())]);
  await settled();
  const before = await digests(database, tables, their.tenantId);

  for (const operation of operations) {
    if (findings.some(enough)) return { findings, tried };
    const where = `${operation.method} ${operation.path}`;
    const ask = async (
      what: string,
      key: string | undefined,
      places: Parameters<typeof requestOf>[3] = {},
    ) => {
      tried.set(where, (tried.get(where) ?? 0) + 1);
      const answer = await send(requestOf(base, operation, key, places));
      if (answer.text.includes(their.mark)) findings.push({ where, what: `tells the other's text: ${what}` });
      if (answer.text.includes(their.tenantId)) findings.push({ where, what: `names the other: ${what}` });
      if (answer.status >= 500 && answer.status !== 502 && answer.status !== 503)
        findings.push({ where, what: `fails with ${answer.status}: ${what}` });
      return answer;
    };
    await ask('with its example', ourKey);
    if (!operation.open) {
      const { status } = await ask('without a key', undefined);
      if (status !== 401) findings.push({ where, what: `answers ${status} to nobody` });
    }
    if (operation.path.includes('{')) {
      const absent = await ask('of nobody', ourKey, { inPath: () => NOBODYS });
      const inPath = operation.parameters.findLast(each => each.in === 'path');
      for (const id of choose(inPath?.example)) {
        const answer = await ask(`by ${id}`, ourKey, { inPath: () => id });
        // An id that we may have as well (a name, say) is ours; else it must be as if there were none.
        const same = withoutNames(answer.text, id) === withoutNames(absent.text, id);
        if (absent.status === 404 && answer.status !== 404 && !same && id.includes(their.mark))
          findings.push({ where, what: `tells that ${id} exists` });
        if (absent.status === 404 && answer.status === 404 && !same)
          findings.push({ where, what: `says something else of ${id} than of nothing` });
      }
    }
    for (const place of operation.parameters.filter(
      each => each.in === 'query' && each.schema.type === 'string',
    ))
      for (const id of choose(place.example))
        await ask(`${place.name}=${id}`, ourKey, { query: { [place.name]: id } });
    const properties = Object.entries((operation.body?.schema.properties ?? {}) as Record<string, Json>);
    for (const [name, schema] of properties)
      if (schema.type === 'string' && /(id|agent|name|cursor)$/i.test(name))
        for (const id of choose((operation.body!.example as Json)[name] ?? schema.example))
          await ask(`${name}: ${id}`, ourKey, {
            body: { ...(operation.body!.example as object), [name]: id },
          });
  }
  await settled();
  const after = await digests(database, tables, their.tenantId);
  for (const [where, digest] of Object.entries(before))
    if (after[where] !== digest) findings.push({ where, what: 'rows of the other tenant have changed' });
  return { findings, tried };
}
