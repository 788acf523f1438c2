// Protects: a model sees no personal data, and the customer and the tools get it back, however the answer is cut; log lines and errors hold none.
import { expect } from 'chai';
import fc from 'fast-check';
import type { ModelReply } from '../../../../lib/contracts/chat.ts';
import { cleanText, cleanValue } from '../../../../lib/core/dlp/boundary.ts';
import { promptPrivacy } from '../../../../lib/core/dlp/prompt-policy.ts';
import { completePrivately } from '../../../../lib/io/models/private-prompt.ts';
import type { ModelRequest } from '../../../../lib/io/models/provider.ts';

const MAIL = 'ann.lee@example.com';
const CARD = '4111 1111 1111 1111';
const USAGE = { tier: 'LLM', model: 'm', inputTokens: 1, outputTokens: 1, costMicroUsd: 0 };

/** A model that answers with what it was told of the customer's mail, in pieces of a given size. */
async function ask(piece: number, privacy = promptPrivacy({ prompts: 'tokenize' })!) {
  let seen = '';
  const streamed: [string, number][] = [];
  const request = {
    instructions: 'Help.',
    context: [
      { role: 'user', text: `My mail is ${MAIL}, my card ${CARD}.` },
      {
        role: 'tool',
        callId: 'c',
        name: 'find',
        content: JSON.stringify({ owner: MAIL, iban: 'DE89370400440532013000' }),
      },
    ],
    tools: [],
    onText: (text: string, offset: number) => void streamed.push([text, offset]),
    signal: new AbortController().signal,
  } as ModelRequest;
  const reply = await completePrivately(
    {
      async complete({ context, onText }): Promise<ModelReply> {
        seen = JSON.stringify(context);
        const token = /⟦EMAIL_ADDRESS_\d+⟧/.exec(seen)?.[0] ?? 'nothing';
        const text = `I wrote to ${token} for you.`;
        for (let at = 0; at < text.length; at += piece) onText(text.slice(at, at + piece), at);
        return {
          text,
          citations: [],
          usage: USAGE,
          toolCalls: [{ id: 't', name: 'mail', arguments: JSON.stringify({ to: token }) }],
        };
      },
    },
    request,
    privacy,
  );
  return { seen, reply, streamed };
}

describe('a private prompt', () => {
  it('shows the model placeholders, and gives the values back to customer and tools', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async piece => {
        const { seen, reply, streamed } = await ask(piece);
        expect(seen).to.not.include(MAIL).and.not.include('1111').and.not.include('DE8937');
        expect(reply.text).to.equal(`I wrote to ${MAIL} for you.`);
        expect(JSON.parse(reply.toolCalls[0]!.arguments)).to.deep.equal({ to: MAIL });
        expect(streamed.map(([text]) => text).join('')).to.equal(reply.text);
        let offset = 0;
        for (const [text, at] of streamed) {
          expect(at).to.equal(offset);
          offset += text.length;
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps what the policy lets the model see', async () => {
    const { seen } = await ask(
      5,
      promptPrivacy({ prompts: 'tokenize', keep: ['EMAIL_ADDRESS'], allowTools: ['find'] })!,
    );
    expect(seen).to.include(MAIL).and.include('DE8937').and.not.include('1111');
    expect(promptPrivacy({ prompts: 'off' })).to.equal(undefined);
    expect(promptPrivacy(null)).to.equal(undefined);
  });
});

describe('log lines and errors', () => {
  it('hold no mail, card, phone or token, at any depth, also of errors', () => {
    const error = Object.assign(new Error(`no account ${MAIL}`), { code: 'E_X' });
    const clean = JSON.stringify(cleanValue([`pay ${CARD}`, { deep: { [MAIL]: [MAIL] } }, error]));
    expect(clean).to.not.include('ann.lee').and.not.include('1111');
    expect(clean).to.include('E_X').and.include('no account [EMAIL_ADDRESS]');
  });

  it('leave what operators need as it is', () => {
    for (const text of [
      'relay.publish-failed',
      'ten_01m3k2rf5zex5b3dxt0n6r1v7q',
      'connect ECONNREFUSED 127.0.0.1:5432',
      'Not as chat.message takes it: message (string)',
    ])
      expect(cleanText(text)).to.equal(text);
  });
});
