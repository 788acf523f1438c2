// Protects: the main job on three nodes, and that a node's death in the middle loses no acknowledged message and answers none twice.
import { once } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';
import { addressesFromEnvironment, type Cluster, startCluster } from '../../scripts/cluster.ts';
import { ingestionUnderKillSuite } from '../suites/ingestion-under-kill.ts';
import { mainJobSuite } from '../suites/main-job.ts';
import { ordersUnderKillSuite } from '../suites/orders-under-kill.ts';
import { workflowVerbsSuite } from '../suites/workflow-verbs.ts';
import { type Answer, Client, until } from './client.ts';
import { makeTenant } from './program.ts';

const CONVERSATIONS = 60;
const MESSAGES = 3;
const QUESTIONS = [
  'How many days do I have to return something?',
  'Where is my order KM-10234? linh.tran@example.com',
  'Do you ship to Brazil?',
];

describe('a cluster of three nodes and a gateway', function () {
  this.timeout(90_000);
  let cluster: Cluster;
  const log: string[] = [];
  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster({
      nodes: 3,
      addresses: addressesFromEnvironment(),
      demo: true,
      onLog: (node, line) => log.push(`${node}  ${line}`),
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${log.join('\n')}`);
    });
  });
  after(async function () {
    this.timeout(60_000);
    await cluster?.stop();
  });
  afterEach(function () {
    if (this.currentTest?.isFailed()) console.log(log.slice(-40).join('\n'));
    log.length = 0;
  });

  mainJobSuite(() => ({
    url: cluster.url,
    apiKey: cluster.apiKey,
    makeTenant: name => makeTenant(name, cluster.environment),
  }));

  describe('workflows', () => workflowVerbsSuite(() => cluster));
  describe('order processing', () => ordersUnderKillSuite(() => cluster));
  describe('ingestion', () => ingestionUnderKillSuite(() => cluster));

  /** Asks until it is answered, as a careful client does; a refusal that a retry cannot mend fails the test. */
  async function insist(
    client: Client,
    message: string,
    conversationId: string,
    key: string,
  ): Promise<Answer> {
    return await until(
      async () => {
        const body = { message, conversationId };
        const response = await client.request('POST', '/chat/messages', body, { 'idempotency-key': key });
        const text = await response.text();
        if (!response.ok && ![429, 503, 504].includes(response.status))
          throw new Error(`${response.status}: ${text}`);
        return { ok: response.ok, answer: JSON.parse(text) as Answer };
      },
      ({ ok, answer }) => ok && answer.status === 'answered',
      60_000,
    ).then(({ answer }) => answer);
  }

  it('answers every message once and in order when a node is killed in the middle', async () => {
    const client = new Client(cluster.url, cluster.apiKey);
    const victim = cluster.workers[1]!;
    let answered = 0;
    const answers = new Map<string, Answer[]>();
    const conversations = Array.from({ length: CONVERSATIONS }, async (_, c) => {
      const conversationId = `cnv_kill_${c}`;
      const own: Answer[] = [];
      answers.set(conversationId, own);
      for (let m = 0; m < MESSAGES; m++) {
        own.push(await insist(client, QUESTIONS[(c + m) % 3]!, conversationId, `kill-${c}-${m}`));
        answered++;
      }
    });
    await until(
      async () => answered,
      n => n >= (CONVERSATIONS * MESSAGES) / 4,
      60_000,
    );
    const exited = once(victim.process, 'exit');
    victim.kill('SIGKILL');
    await exited;
    const atDeath = answered;
    await Promise.all(conversations);
    expect(atDeath, 'the node died in the middle').to.be.lessThan(CONVERSATIONS * MESSAGES);

    for (const [conversationId, own] of answers) {
      const { messages, answering } = await client.conversation(conversationId);
      expect(answering).to.equal(false);
      const c = Number(conversationId.split('_').at(-1));
      expect(messages.map(({ role, text }) => `${role}: ${text}`)).to.deep.equal(
        own.flatMap(({ message }, m) => [`user: ${QUESTIONS[(c + m) % 3]}`, `assistant: ${message.text}`]),
      );
      expect(own.map(answer => answer.turn)).to.deep.equal([1, 2, 3]);
      const ids = messages.filter(m => m.role === 'assistant').map(m => m.id);
      expect(ids).to.deep.equal(own.map(({ message }) => message.id));
    }
    await expectJournalWhole();
  });

  /** In the record itself: each message accepted once, each turn ended once, nothing owed. */
  async function expectJournalWhole(): Promise<void> {
    const client = new pg.Client({ connectionString: cluster.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{
        received: number;
        distinct: number;
        completed: number;
        gaps: number;
      }>(
        `with event as (
           select j.actor, j.seq, e from journal j, jsonb_array_elements(j.events::jsonb) e where j.actor like '%cnv\\_kill\\_%')
         select count(*) filter (where e->>'type' = 'MessageReceived')::int as received,
           count(distinct (actor, e->>'messageId')) filter (where e->>'type' = 'MessageReceived')::int as "distinct",
           count(*) filter (where e->>'type' = 'TurnCompleted')::int as completed,
           (select count(*)::int from (select seq - lag(seq, 1, 0::bigint) over (partition by actor order by seq) as step
              from journal where actor like '%cnv\\_kill\\_%') s where step <> 1) as gaps
         from event`,
      );
      const all = CONVERSATIONS * MESSAGES;
      expect(rows[0]).to.deep.equal({ received: all, distinct: all, completed: all, gaps: 0 });
      const { rows: owed } = await client.query(
        `select actor from journal j where unfinished and not exists (
           select from journal n where n.tenant_id = j.tenant_id and n.actor = j.actor and n.seq > j.seq)`,
      );
      expect(owed).to.deep.equal([]);
    } finally {
      await client.end();
    }
  }

  it('takes the killed node back, and goes on', async () => {
    await cluster.workers[1]!.restart();
    const client = new Client(cluster.url, cluster.apiKey);
    const { turn } = await insist(client, QUESTIONS[0]!, 'cnv_kill_0', 'after-the-kill');
    expect(turn).to.equal(4);
  });

  it('stops a node in good order without any client noticing', async () => {
    const client = new Client(cluster.url, cluster.apiKey);
    const asked = Array.from({ length: 30 }, (_, i) =>
      client.ask(QUESTIONS[i % 3]!, { conversationId: `cnv_stop_${i}`, key: `stop-${i}` }),
    );
    await asked[0];
    await cluster.workers[2]!.stop();
    expect(cluster.workers[2]!.process.exitCode).to.equal(0);
    for (const answer of await Promise.all(asked)) expect(answer.status).to.equal('answered');
  });
});
