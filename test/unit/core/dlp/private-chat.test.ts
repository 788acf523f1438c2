// Protects: a model that is asked by OpenAI's protocol sees no personal data where its tenant says so, and its client gets every value back, however the stream is cut.
import { expect } from 'chai';
import fc from 'fast-check';
import { privateChat } from '../../../../lib/core/dlp/private-chat.ts';
import { promptPrivacy } from '../../../../lib/core/dlp/prompt-policy.ts';

const MAIL = 'mara.lind@example.org';
const PHONE = '+49 30 901820';
const privacy = (more: object = {}) => promptPrivacy({ prompts: 'tokenize', ...more })!;
const asked = {
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: `I am ${MAIL}, call ${PHONE}` }] },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'c1',
          type: 'function',
          function: { name: 'find', arguments: JSON.stringify({ email: MAIL }) },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: JSON.stringify({ email: MAIL, contact: MAIL }) },
    { role: 'user', content: `Again: ${MAIL}` },
  ],
};
type Messages = { content: unknown }[];
const sent = (chat: ReturnType<typeof privateChat>) => JSON.stringify(chat.asked);
const placeholderOf = (chat: ReturnType<typeof privateChat>) =>
  /⟦EMAIL_ADDRESS_\d+⟧/.exec(JSON.stringify(chat.asked))![0];

describe('a private call of /v1', () => {
  it('hides values in messages, parts, arguments and results, the same by the same placeholder', () => {
    const counted: Record<string, number> = {};
    const chat = privateChat(asked, privacy(), (entity, count) => {
      counted[entity] = (counted[entity] ?? 0) + count;
    });
    expect(sent(chat)).to.not.include(MAIL).and.not.include(PHONE);
    expect(new Set(sent(chat).match(/⟦EMAIL_ADDRESS_\d+⟧/g))).to.have.property('size', 1);
    expect(counted.EMAIL_ADDRESS).to.be.greaterThan(1);
    expect((chat.asked.messages as Messages)[0]!.content).to.equal('Be brief.');
  });

  it('lets tools and fields that the tenant names pass as they are', () => {
    const tools = privateChat(asked, privacy({ allowTools: ['find'] }));
    expect((tools.asked.messages as Messages)[3]!.content).to.include(MAIL);
    const fields = privateChat(asked, privacy({ allowFields: ['contact'] }));
    const result = JSON.parse((fields.asked.messages as Messages)[3]!.content as string);
    expect(result.contact).to.equal(MAIL);
    expect(result.email).to.not.include('@');
  });

  it('hides what is embedded', () => {
    expect(sent(privateChat({ model: 'm', input: [`of ${MAIL}`, MAIL] }, privacy()))).to.not.include(MAIL);
    expect(sent(privateChat({ model: 'm', input: `of ${MAIL}` }, privacy()))).to.not.include(MAIL);
  });

  it('gives values back in a whole answer and in the arguments of its tool calls', () => {
    const chat = privateChat(asked, privacy());
    const name = placeholderOf(chat);
    const answer = JSON.parse(
      chat.answer(
        JSON.stringify({
          choices: [
            {
              message: {
                content: `Hello ${name}`,
                tool_calls: [{ function: { name: 'find', arguments: JSON.stringify({ q: name }) } }],
              },
            },
          ],
        }),
      ),
    );
    expect(answer.choices[0].message.content).to.equal(`Hello ${MAIL}`);
    expect(JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments)).to.deep.equal({ q: MAIL });
  });

  it('gives them back in a stream that is cut anywhere', () => {
    const event = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 40, maxLength: 40 }), sizes => {
        const chat = privateChat(asked, privacy());
        const text = `Dear ${placeholderOf(chat)}, thank you. Yours`;
        const args = JSON.stringify({ to: placeholderOf(chat) });
        const events: string[] = [];
        const cut = (whole: string, delta: (part: string) => object) => {
          for (let at = 0, i = 0; at < whole.length; at += sizes[i % sizes.length]!, i++)
            events.push(event({ delta: delta(whole.slice(at, at + sizes[i % sizes.length]!)) }));
        };
        cut(text, content => ({ content }));
        cut(args, given => ({ tool_calls: [{ index: 0, function: { arguments: given } }] }));
        events.push(event({ delta: {}, finish_reason: 'tool_calls' }), 'data: [DONE]\n\n');
        let content = '';
        let given = '';
        for (const each of events
          .map(one => chat.events(one))
          .join('')
          .split('\n\n')) {
          if (!each || each.endsWith('[DONE]')) continue;
          const { delta } = JSON.parse(each.slice('data:'.length)).choices[0];
          content += delta.content ?? '';
          for (const call of delta.tool_calls ?? []) given += call.function.arguments;
        }
        expect(content).to.equal(`Dear ${MAIL}, thank you. Yours`);
        expect(JSON.parse(given)).to.deep.equal({ to: MAIL });
      }),
      { numRuns: 40 },
    );
  });
});
