// Guarantee: over the demo shop's own articles, questions get a cited answer and foreign questions get none.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { ChatItem } from '../../../../lib/contracts/chat.ts';
import { chunkText } from '../../../../lib/core/knowledge/chunk.ts';
import { InvertedIndex } from '../../../../lib/core/knowledge/inverted-index.ts';
import { decideOfflineStep } from '../../../../lib/core/offline/decide.ts';
import { SHOP_TOOLS } from '../../../../lib/core/shop/tools.ts';

const folder = new URL('../../../../demo/shop/articles/', import.meta.url);
const index = new InvertedIndex();
const stored = new Map<string, { documentId: string; title: string; text: string }>();
for (const name of readdirSync(folder)) {
  const [, head = '', body = ''] = readFileSync(new URL(name, folder), 'utf8').split(/^---$/m);
  const title = /title: "?(.*?)"?$/m.exec(head)?.[1] ?? '';
  for (const chunk of chunkText(body.trim())) {
    const id = `${name}#${chunk.ordinal}`;
    index.add({ id, title: [title, ...chunk.headings].join(' '), body: chunk.body });
    stored.set(id, { documentId: name.replace('.md', ''), title, text: chunk.body });
  }
}

function answer(question: string, weighted: boolean) {
  const messages: ChatItem[] = [{ role: 'user', text: question }];
  const step = decideOfflineStep({ messages, tools: SHOP_TOOLS });
  if (step.kind !== 'search') throw new Error(`${question} is not searched for`);
  const passages = index.search(step.query, 6).flatMap(({ id, score }) => {
    const passage = stored.get(id);
    return passage ? [{ ...passage, score }] : [];
  });
  const frequencies = {
    count: index.size,
    documentFrequency: (term: string) => index.documentFrequency(term),
  };
  return decideOfflineStep({ messages, tools: SHOP_TOOLS, passages, ...(weighted ? { frequencies } : {}) });
}

const answered: Record<string, readonly [RegExp, string]> = {
  'How many days do I have to return something?': [/30 days/, 'returns-policy'],
  'How much is shipping to Japan?': [/\$12\.00/, 'shipping-zones-and-prices'],
  'How long is the warranty on the Tarn Kettle?': [/5 years/, 'tarn-kettle-care'],
  'Do you ship to Brazil?': [/do not ship to Brazil/, 'shipping-zones-and-prices'],
  'What temperature for green tea?': [/75 °C/, 'brewing-guide'],
  'Can I put the kettle in the dishwasher?': [/not dishwasher-safe/, 'tarn-kettle-care'],
  'Do Ember Points expire?': [/18 months/, 'ember-points'],
  'Where do I send my return?': [/27 Hoa Sen Lane/, 'how-to-return'],
  'How do I cancel an order?': [/status is Placed/, 'cancel-an-order'],
  'What are your opening hours?': [/08:00 to 20:00/, 'contact-and-hours'],
  'Do you have a phone number?': [/do not have a phone number/, 'contact-and-hours'],
  'Tôi có bao nhiêu ngày để trả hàng?': [/30 ngày/, 'doi-tra-hang'],
  'Phí vận chuyển trong nước là bao nhiêu?': [/\$2\.00/, 'phi-van-chuyen'],
  'Ấm Tarn Kettle được bảo hành bao lâu?': [/5 năm/, 'bao-hanh'],
};

const foreign = [
  'What is the capital of France?',
  'Do you sell bicycles?',
  'Who won the football match yesterday?',
  'What is the meaning of life?',
  'Thời tiết hôm nay thế nào?',
];

describe("the offline provider over the demo shop's articles", () => {
  for (const [question, [text, article]] of Object.entries(answered)) {
    it(`answers "${question}"`, () => {
      for (const weighted of [true, false]) {
        const step = answer(question, weighted);
        if (step.kind !== 'answer') throw new Error(`${step.kind}, weighted ${weighted}`);
        expect(step.text).to.match(text);
        expect(step.citations.map(each => each.documentId)).to.include(article);
        for (const { documentId, quote } of step.citations) {
          const body = readFileSync(new URL(`${documentId}.md`, folder), 'utf8');
          expect(body).to.contain(quote);
        }
      }
    });
  }

  for (const question of foreign) {
    it(`does not answer "${question}"`, () => {
      for (const weighted of [true, false]) {
        expect(answer(question, weighted)).to.include({ kind: 'escalate', reason: 'not-in-knowledge' });
      }
    });
  }
});
