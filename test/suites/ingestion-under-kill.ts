/** Documents taken in while the node that takes them in is killed: each is there once, and what was given up can be tried again. */
import { once } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';
import type { Cluster } from '../../scripts/cluster.ts';
import { Client, until } from '../e2e/client.ts';

const FILES = 12;
const INGESTIONS = 2;
const PARAGRAPHS = 40;
/** More than a message of NATS holds: each character is three bytes. */
const LONG = `The green kettle stands on the shelf.\n\n${'水壶保修两年。'.repeat(52_000)}`;

interface Progress {
  readonly state: string;
  readonly counts: Readonly<Record<'done' | 'unchanged' | 'failed', number>>;
  readonly items: readonly {
    readonly state: string;
    readonly code: string | null;
    readonly detail: string | null;
  }[];
}

export function ingestionUnderKillSuite(of: () => Cluster): void {
  const file = (group: number, n: number) =>
    Array.from(
      { length: PARAGRAPHS },
      (_, p) => `Paragraph ${p} of file ${n} in group ${group}. ${'The lathe turns slowly. '.repeat(20)}`,
    ).join('\n\n');

  it('takes in every document once though a node dies in the middle; a text of over a megabyte travels', async function () {
    this.timeout(90_000);
    const cluster = of();
    const client = new Client(cluster.url, cluster.apiKey);
    const post = async <T>(path: string, body: FormData | object): Promise<T> => {
      const form = body instanceof FormData;
      const response = await fetch(`${client.url}/api/v1${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${client.apiKey}`,
          ...(form ? {} : { 'content-type': 'application/json' }),
        },
        body: form ? body : JSON.stringify(body),
      });
      const text = await response.text();
      expect(response.ok, `${path}: ${response.status} ${text.slice(0, 300)}`).to.equal(true);
      return JSON.parse(text) as T;
    };
    const read = async (ingestionId: string) =>
      (await (await client.request('GET', `/knowledge/ingestions/${ingestionId}`)).json()) as Progress;

    // Under legal hold: what is to replace it is laid aside.
    const held = { title: 'Held', text: 'The anchor is held.', source: 'held', legalHold: true };
    const { id: heldId } = await post<{ id: string }>('/ingestion/documents', held);

    const ids: string[] = [];
    for (let group = 0; group < INGESTIONS; group++) {
      const form = new FormData();
      for (let n = 0; n < FILES; n++)
        form.append('file', new Blob([file(group, n)]), `lathe ${group}-${n}.txt`);
      ids.push((await post<{ ingestionId: string }>('/knowledge/ingestions', form)).ingestionId);
    }
    const begin = (body: object) => post<{ ingestionId: string }>('/knowledge/ingestions', body);
    const long = await begin({ title: 'Green', text: LONG });
    const laidAside = await begin({ title: 'Held', text: 'The anchor is another.', source: 'held' });
    ids.push(long.ingestionId);
    const done = async () => {
      const all = await Promise.all(ids.map(read));
      // What was taken in just before its node could note it is found unchanged by the next.
      return all.reduce((sum, { counts }) => sum + counts.done + counts.unchanged, 0);
    };
    const total = FILES * INGESTIONS + 1;

    await until(done, count => count >= 3, 60_000);
    const victim = cluster.workers[0]!;
    const exited = once(victim.process, 'exit');
    victim.kill('SIGKILL');
    await exited;
    const atDeath = await done();
    const comingBack = victim.restart();
    const { chunks } = await post<{ chunks: number }>('/ingestion/documents', {
      title: 'Blue',
      text: `${LONG}!`,
    });
    expect(chunks).to.be.above(100);
    await until(done, count => count === total, 60_000);
    expect(atDeath, 'documents at the death').to.be.below(total);
    await comingBack;

    const [row] = await query<Record<string, number>>(
      cluster,
      `select count(distinct d.document_id)::int as documents, count(*)::int as passages,
         (select chunks::int from knowledge_statistics s where s.tenant_id = d.tenant_id) -
         (select count(*)::int from chunk c where c.tenant_id = d.tenant_id) as miscounted
       from document d join chunk c using (tenant_id, document_id) where d.title like 'lathe %' group by d.tenant_id`,
    );
    expect(row).to.include({ documents: FILES * INGESTIONS, miscounted: 0 });
    expect((await client.search('where does the green kettle stand'))[0]?.text).to.include('on the shelf');

    const given = await until(
      () => read(laidAside.ingestionId),
      ({ state }) => state !== 'working',
      30_000,
    );
    expect(given.items[0]).to.include({ state: 'dead', code: 'conflict' });
    expect(given.items[0]!.detail).to.include('legal hold');
    const lifted = await client.request('PUT', `/ingestion/documents/${heldId}/access`, { legalHold: false });
    expect(lifted.status).to.equal(200);
    expect(await post(`/knowledge/ingestions/${laidAside.ingestionId}/replay`, {})).to.deep.equal({
      replayed: 1,
    });
    await until(
      () => read(laidAside.ingestionId),
      ({ state }) => state === 'done',
      30_000,
    );
  });
}

async function query<T extends pg.QueryResultRow>(cluster: Cluster, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
