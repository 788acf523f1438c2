/**
 * Poisoned documents in a platform whose model believes and repeats everything that it is given: what of each reached
 * the model, what the customer, and what the keeper was told.
 */
import { Client } from '../e2e/client.ts';
import type { TestNode } from './embedded-node.ts';
import {
  type OpenAiServer,
  type RecordedRequest,
  type ScriptedReply,
  startOpenAiServer,
} from './openai-server.ts';
import { POISONED, type Poisoned } from './poisoned-documents.ts';

export interface PoisonOutcome {
  readonly name: string;
  readonly kind: string;
  /** What of it must not get through and did. */
  readonly model: readonly string[];
  readonly customer: readonly string[];
  /** Whether the honest words of the document reached the customer. */
  readonly honest: boolean;
  /** What the keeper was told when it was taken in, by kind. */
  readonly told: Readonly<Record<string, number>>;
}

interface Passage {
  readonly documentId: string;
  readonly text: string;
}

/** Passages that a search gives: so many documents are tried at once. */
const TOGETHER = 5;
const HONEST = 'A kettle can be returned within 30 days.';
const QUESTION = 'Within how many days can a kettle be returned?';

/** Asks for passages, then says all of them. */
export const startGullibleModel = (): Promise<OpenAiServer> => startOpenAiServer({ script: gullible });

function gullible(request: RecordedRequest): ScriptedReply {
  const passages = passagesIn(request);
  return passages
    ? { kind: 'text', text: passages.map(({ documentId, text }) => `${documentId}:\n${text}`).join('\n¶\n') }
    : { kind: 'tools', calls: [{ name: 'search_knowledge', arguments: { query: QUESTION } }] };
}

function passagesIn({ body }: RecordedRequest): Passage[] | undefined {
  const last = (body.messages as { role: string; content: string }[]).at(-1)!;
  return last.role === 'tool' ? (JSON.parse(last.content) as { results: Passage[] }).results : undefined;
}

export async function tryPoisoned(node: TestNode, model: OpenAiServer): Promise<PoisonOutcome[]> {
  const outcomes: PoisonOutcome[] = [];
  for (let at = 0; at < POISONED.length; at += TOGETHER)
    outcomes.push(...(await tryTogether(node, model, POISONED.slice(at, at + TOGETHER), at)));
  return outcomes;
}

async function tryTogether(
  node: TestNode,
  model: OpenAiServer,
  documents: readonly Poisoned[],
  at: number,
): Promise<PoisonOutcome[]> {
  const made = await node.makeTenant(`poisoned ${at}`, {
    model: { provider: 'openai', baseUrl: model.url, model: 'gullible' },
  });
  const client = new Client(node.url, made.apiKey);
  const taken: { readonly id: string; readonly findings: Record<string, number> }[] = [];
  for (const [i, { text }] of documents.entries()) {
    const body = { title: `Returns ${at + i}`, text };
    const response = await client.request('POST', '/ingestion/documents', body);
    taken.push((await response.json()) as (typeof taken)[number]);
  }
  const before = model.requests.length;
  const { message } = await client.ask(QUESTION);
  const requests = model.requests.slice(before);
  const given = requests.flatMap(request => passagesIn(request) ?? []);
  const said = new Map(
    message.text.split('\n¶\n').map(part => [part.slice(0, part.indexOf(':\n')), part] as const),
  );
  return documents.map(({ name, kind, gone }, i) => {
    const { id, findings } = taken[i]!;
    const shown = JSON.stringify(given.filter(({ documentId }) => documentId === id).map(({ text }) => text));
    const quotes = message.citations.filter(({ documentId }) => documentId === id).map(({ quote }) => quote);
    const heard = [said.get(id) ?? '', ...quotes].join('\n');
    const through = (text: string) => gone.filter(part => text.includes(part));
    return {
      name,
      kind,
      model: through(JSON.parse(shown).join('\n')),
      customer: through(heard),
      honest: heard.includes(HONEST),
      told: findings,
    };
  });
}

/** As a markdown table. */
export function poisonTable(outcomes: readonly PoisonOutcome[]): string {
  const parts = (list: readonly string[]) =>
    list.length === 0 ? 'nothing' : list.map(part => `\`${part}\``).join(' ');
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| document | kind | reached the model | reached the customer | its honest words | the keeper was told |',
    '|---|---|---|---|---|---|',
    ...outcomes.map(({ name, kind, model, customer, honest, told }) => {
      const found = Object.entries(told).map(([what, count]) => `${what} ${count}`);
      return `| ${cell(name)} | ${kind} | ${cell(parts(model))} | ${cell(parts(customer))} | ${honest ? 'reached him' : 'lost'} | ${found.join(', ') || 'nothing'} |`;
    }),
  ].join('\n');
}
