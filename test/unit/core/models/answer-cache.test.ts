// Protects: an answer that was kept is never given to another tenant, to somebody who reads other documents, to another question, or with a person's data in it.
import { expect } from 'chai';
import fc from 'fast-check';
import { embed } from '../../../../lib/core/knowledge/embed.ts';
import {
  type AnswerPlace,
  answersPolicy,
  factsOf,
  mayKeep,
  nearest,
  partitionOf,
  questionDigest,
  SIMILARITY,
} from '../../../../lib/core/models/answer-cache.ts';
import { keepable, keptBody } from '../../../../lib/core/models/kept-completion.ts';
import { streamText } from '../../../../lib/core/models/stream-text.ts';

const word = fc.constantFrom('a', 'b', 'c');
const place: fc.Arbitrary<AnswerPlace> = fc.record({
  tenantId: word,
  source: fc.constantFrom('api', 'conversation'),
  agent: fc.oneof(word, fc.record({ name: word, version: fc.nat(2) })),
  model: word,
  instructions: word,
  before: fc.array(fc.record({ role: word, text: word }), { maxLength: 2 }),
  settings: fc.dictionary(word, fc.nat(2), { maxKeys: 2 }),
  reader: fc.constantFrom(
    [['app.clearance', '0']],
    [['app.clearance', '1']],
    [
      ['app.clearance', '0'],
      ['app.roles', 'agent'],
    ],
  ),
  knowledge: word,
  region: fc.constantFrom(null, 'eu', 'us'),
  question: fc.constantFrom('How do I return it?', 'how do i return it', 'Where is order 17?'),
});

describe('a kept answer', () => {
  it('stands where nothing but the wording of the question differs: two places share a partition only if all else is equal', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        const { question: asked, ...rest } = one;
        const { question: again, ...others } = other;
        const same =
          JSON.stringify(sorted(rest)) === JSON.stringify(sorted(others)) &&
          factsOf(asked).join() === factsOf(again).join();
        expect(partitionOf(one).equals(partitionOf(other))).to.equal(same);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is in another partition for any one member that differs', () => {
    fc.assert(
      fc.property(
        place,
        fc.constantFrom('tenantId', 'reader', 'knowledge', 'model', 'region'),
        (one, member) => {
          expect(partitionOf({ ...one, [member]: 'another' }).equals(partitionOf(one))).to.equal(false);
        },
      ),
    );
  });

  it('answers the same question in other words, and no other: numbers, names, negations and order count', () => {
    const near = (a: string, b: string) =>
      factsOf(a).join() === factsOf(b).join() &&
      (questionDigest(a).equals(questionDigest(b)) ||
        nearest([{ embedding: embed(a) }], embed(b), SIMILARITY) !== undefined);
    expect(near('How many days do I have to return it?', 'how many days do I have to return it')).to.equal(
      true,
    );
    expect(
      near('How long does shipping take to Hanoi?', 'How long does the shipping take to Hanoi?'),
    ).to.equal(true);
    for (const [a, b] of [
      ['Where is order 1234?', 'Where is order 1235?'],
      ['Can I return a sale item?', 'Can I not return a sale item?'],
      ['Can I ship to the US?', 'Can I ship to the EU?'],
      ['What is the price of plan A-1?', 'What is the price of plan A-2?'],
      ['Change it from 3 to 5', 'Change it from 5 to 3'],
      ['When will my card be here?', 'Where is my card?'],
      ['What do I do to exchange currency?', 'What currencies can I exchange?'],
      ['Can I pay before delivery?', 'Can I pay after delivery?'],
      ['How do I cancel my order?', 'How do I cancel my account?'],
      ['How do I activate my card?', 'How do I cancel my card?'],
      ['Tôi có thể trả hàng không?', 'Tôi có thể trả hàng'],
    ] as const)
      expect(near(a, b), `${a} / ${b}`).to.equal(false);
  });

  it('holds no personal data, in the question or in the answer; places and businesses are none', () => {
    expect(mayKeep('How do I return it?', 'Within 30 days, at our shop in Hanoi.')).to.equal(true);
    for (const [question, answer] of [
      ['My mail is jane@example.com, where is it?', 'On its way.'],
      ['Where is my parcel?', 'It was given to Jane Miller at 12 Baker Street.'],
      ['Call me', 'We call +1 415 555 0132 at once.'],
    ] as const)
      expect(mayKeep(question, answer), question + answer).to.equal(false);
  });

  it('is kept only where the tenant has asked for it, within bounds', () => {
    for (const config of [undefined, null, {}, { keep: 'yes' }, { ttlSeconds: 5 }, [], 'on'])
      expect(answersPolicy(config)).to.equal(undefined);
    expect(answersPolicy({ keep: true })).to.deep.equal({ ttlMs: 3_600_000, similarity: SIMILARITY });
    expect(answersPolicy({ keep: true, ttlSeconds: 1e9, similarity: 0.1 })).to.deep.equal({
      ttlMs: 86_400_000,
      similarity: 0.9,
    });
  });

  it('is never of a request that offers tools, asks for several answers, or shows more than text', () => {
    const messages = [{ role: 'user', content: 'Hello?' }];
    expect(keepable({ model: 'auto', messages, temperature: 0 })).to.deep.include({
      question: 'Hello?',
      settings: { temperature: 0 },
    });
    for (const more of [
      { tools: [{}] },
      { n: 2 },
      { logprobs: true },
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      { messages: [...messages, { role: 'tool', content: 'x' }, ...messages] },
    ])
      expect(keepable({ model: 'auto', messages, ...more }), JSON.stringify(more)).to.equal(undefined);
  });

  it('streams as the protocol has it', () => {
    const body = keptBody(
      { content: 'Within 30 days.', model: 'm', tier: 'SLM_A' },
      { id: 'x', created: 1, streams: true, usage: true },
    );
    expect(streamText(body)).to.deep.equal({ text: 'Within 30 days.', plain: true, finish: 'stop', id: 'x' });
    expect(body).to.match(/"usage":\{"prompt_tokens":0.*data: \[DONE\]\n\n$/s);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)]);
}
