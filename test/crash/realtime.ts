/**
 * Widgets on three nodes, each with a gateway of its own, in the middle of an answer; one node is killed. In the end
 * each widget's transcript is compared with the journal as somebody reads it who was never connected before.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../lib/kernel/clock.ts';
import { type ClusterAddresses, startCluster } from '../../scripts/cluster.ts';
import { startOpenAiServer } from '../suites/openai-server.ts';
import { percentile } from './recovery-times.ts';
import { type Shown, Widget } from './widget.ts';

export interface RealtimeCrashOptions {
  readonly widgets: number;
  readonly addresses: ClusterAddresses;
  /** Words of an answer, and milliseconds between them. */
  readonly words?: number;
  readonly paceMs?: number;
  readonly say?: (text: string) => void;
}

export interface RealtimeCrashResult {
  readonly widgets: number;
  readonly bySocket: number;
  /** Answers under way when the node was killed. */
  readonly underWay: number;
  readonly connectionsLost: number;
  readonly complete: number;
  readonly gaps: number;
  readonly outOfOrder: number;
  readonly toldTwice: number;
  readonly shownTwice: number;
  readonly brokenText: number;
  /** From the kill until a widget heard something again, seconds. */
  readonly heardAgain: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly allComplete: number;
  readonly seconds: number;
}

const LIMIT_MS = 60_000;
const seconds = (ms: number) => Math.round(ms / 10) / 100;

export async function crashUnderWidgets(options: RealtimeCrashOptions): Promise<RealtimeCrashResult> {
  const { widgets: count, words = 40, paceMs = 200, say = () => {} } = options;
  const text = Array.from({ length: words }, (_, n) => `word${n}`).join(' ');
  const model = await startOpenAiServer({ script: () => ({ kind: 'text', text, pace: paceMs }) });
  const folder = await mkdtemp(join(tmpdir(), 'troupe-widgets-'));
  const models = join(folder, 'models.json');
  const fake = {
    name: 'fake',
    baseUrl: model.url,
    mostRunning: 2_000,
    models: [{ id: 'fake-small', tier: 'LLM' }],
  };
  await writeFile(models, JSON.stringify({ endpoints: [fake] }));
  const cluster = await startCluster({
    nodes: 3,
    gateways: true,
    addresses: options.addresses,
    demo: true,
    environment: {
      TROUPE_MODELS_FILE: models,
      TROUPE_MODEL_SLOTS: '2000',
      TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
    },
  });
  const began = performance.now();
  try {
    const { apiKey, workers } = cluster;
    const [, victim] = workers;
    const alive = workers.map(worker => worker.url);
    const widgets = Array.from(
      { length: count },
      (_, n) =>
        new Widget({
          conversationId: `cnv_widget_${n}`,
          message: 'Tell me a long story',
          apiKey,
          by: n % 2 === 0 ? 'socket' : 'sse',
          url: attempt => alive[(n + attempt) % alive.length]!,
        }),
    );
    for (const [n, widget] of widgets.entries()) {
      widget.start();
      if (n % 20 === 19) await sleep(20);
    }
    while (widgets.some(widget => widget.partial === '' && widget.doneAt === undefined)) {
      if (performance.now() - began > LIMIT_MS) {
        const last = widgets
          .find(widget => widget.partial === '' && widget.doneAt === undefined)
          ?.shown.at(-1);
        throw new Error(`not every answer has begun; of one came ${JSON.stringify(last)}`);
      }
      await sleep(20);
    }
    const underWay = widgets.filter(widget => widget.doneAt === undefined).length;
    const killedAt = performance.now();
    for (const widget of widgets) if (widget.doneAt === undefined) widget.mark = killedAt;
    const exited = once(victim!.process, 'exit');
    victim!.kill('SIGKILL');
    await exited;
    say(`killed one node of three with ${underWay} answers under way`);
    const all = Promise.all(widgets.map(widget => widget.answered)).then(() => true);
    const inTime = await Promise.race([all, sleep(LIMIT_MS).then(() => false)]);
    if (!inTime) say(`${widgets.filter(widget => widget.doneAt === undefined).length} have no answer`);
    const lastMs = Math.max(...widgets.map(widget => widget.doneAt ?? Number.POSITIVE_INFINITY)) - killedAt;
    const connectionsLost = widgets.filter(widget => widget.lostConnection).length;
    for (const widget of widgets) widget.stop();
    const truths = await readJournal(widgets, workers[0]!.url, apiKey);
    const heard = widgets.flatMap(({ heardAgainAt }) => (heardAgainAt ? [heardAgainAt - killedAt] : []));
    const ids = (shown: readonly Shown[]) => shown.map(({ id }) => id);
    const sum = (of: (widget: Widget, truth: readonly Shown[]) => number) =>
      widgets.reduce((total, widget, n) => total + of(widget, truths[n]!), 0);
    return {
      widgets: count,
      bySocket: widgets.filter(({ options: { by } }) => by === 'socket').length,
      underWay,
      connectionsLost,
      complete: sum(({ shown }, truth) =>
        Number(
          shown.at(-1)?.data.turn === 1 && JSON.stringify(content(shown)) === JSON.stringify(content(truth)),
        ),
      ),
      gaps: sum(({ shown }, truth) => {
        const own = new Set(ids(shown));
        return ids(truth).filter(id => !own.has(id)).length;
      }),
      outOfOrder: sum(({ shown }, truth) => {
        const order = ids(truth).filter(id => ids(shown).includes(id));
        return Number(order.join() !== ids(shown).join());
      }),
      toldTwice: sum(({ toldTwice }) => toldTwice),
      shownTwice: sum(({ shown }) => shown.length - new Set(ids(shown)).size),
      brokenText: sum(({ broken }) => broken),
      heardAgain: {
        p50: seconds(percentile(heard, 0.5) ?? 0),
        p99: seconds(percentile(heard, 0.99) ?? 0),
        max: seconds(Math.max(0, ...heard)),
      },
      allComplete: seconds(lastMs),
      seconds: seconds(performance.now() - began),
    };
  } finally {
    await cluster.stop();
    await model.close();
    await rm(folder, { recursive: true });
  }
}

const content = (events: readonly Shown[]) => events.map(({ id, event, data }) => [id, event, data.text]);

/** What each conversation tells somebody who comes to it afterwards. */
async function readJournal(
  widgets: readonly Widget[],
  url: string,
  apiKey: string,
): Promise<readonly (readonly Shown[])[]> {
  const read = async ({ options: { conversationId } }: Widget): Promise<readonly Shown[]> => {
    const reader = new Widget({ conversationId, message: '', apiKey, by: 'sse', url: () => url });
    reader.readFrom('0');
    await Promise.race([reader.answered, sleep(LIMIT_MS)]);
    reader.stop();
    return reader.shown;
  };
  const truths: (readonly Shown[])[] = [];
  const AT_ONCE = 50;
  for (let n = 0; n < widgets.length; n += AT_ONCE)
    truths.push(...(await Promise.all(widgets.slice(n, n + AT_ONCE).map(read))));
  return truths;
}
