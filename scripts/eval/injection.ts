/** Poisoned documents, and a model that repeats whatever it is given: what reached the model, the customer and the keeper. */
import { writeFileSync } from 'node:fs';
import { startEmbeddedNode } from '../../test/suites/embedded-node.ts';
import { poisonTable, startGullibleModel, tryPoisoned } from '../../test/suites/poisoned-run.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';

export const about = 'what gets through of poisoned documents';
export const options: EvalSuite['options'] = {
  page: { type: 'string', about: 'a page to write the table to, docs/security/poisoned-documents.md' },
};

const head = (count: number) => `# Documents that give orders

${count} documents, each with honest words and something that must not get through: orders to the assistant, hidden text, tricks of
Unicode, markup of chats, addresses that would carry words away. They are taken in over HTTP and asked for in conversations, of a
model that believes and repeats everything that it is given. \`npm run eval -- injection\` prints this table, and a test compares it.

What is looked for is the poison of each document, word for word, in what the model was sent and in what the customer was shown. A
document that words its order in a way that nobody has thought of gets through to the model as a quoted passage; the fence around
it and what a tool may do are the other walls ([agents](../guides/agents.md)).

`;

export async function run({ page }: EvalOptions): Promise<Record<string, unknown>> {
  const model = await startGullibleModel();
  const node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
  try {
    const outcomes = await tryPoisoned(node, model);
    const table = poisonTable(outcomes);
    console.log(table);
    if (typeof page === 'string') writeFileSync(page, `${head(outcomes.length)}${table}\n`);
    return {
      documents: outcomes.length,
      reached_model: outcomes.filter(each => each.model.length > 0).length,
      reached_customer: outcomes.filter(each => each.customer.length > 0).length,
      honest_words_kept: outcomes.filter(({ honest }) => honest).length,
      told: outcomes.filter(({ told }) => Object.keys(told).length > 0).length,
    };
  } finally {
    await node.stop();
    await model.close();
  }
}
