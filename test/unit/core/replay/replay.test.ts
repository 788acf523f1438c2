// Protects: a recorded episode is followed step by step, and a request that differs is refused and told where.
import { expect } from 'chai';
import type { ChatItem } from '../../../../lib/contracts/chat.ts';
import { type RecordedMessage, replayStep } from '../../../../lib/core/replay/replay.ts';

const EPISODE: readonly RecordedMessage[] = [
  { role: 'user', content: 'hello' },
  { role: 'assistant', content: 'who are you?' },
  { role: 'user', content: 'mia' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', function: { name: 'get_user', arguments: '{"id":"mia"}' } }],
  },
  { role: 'tool', tool_call_id: 'call_1', name: 'get_user', content: '{"ok":true}' },
  { role: 'assistant', content: 'found you' },
];

const TALK: readonly ChatItem[] = [
  { role: 'user', text: 'hello' },
  { role: 'assistant', text: 'who are you?' },
  { role: 'user', text: 'mia' },
  { role: 'assistant', text: '', toolCalls: [{ id: 'other', name: 'get_user', arguments: '{"id":"mia"}' }] },
  { role: 'tool', callId: 'other', name: 'get_user', content: '{"ok":true}' },
];

describe('a replay', () => {
  it('gives the step that was recorded after each request', () => {
    expect(replayStep(EPISODE, TALK.slice(0, 1))).to.deep.equal({
      kind: 'reply',
      text: 'who are you?',
      toolCalls: [],
    });
    expect(replayStep(EPISODE, TALK.slice(0, 3))).to.deep.equal({
      kind: 'reply',
      text: '',
      toolCalls: [{ id: 'call_1', name: 'get_user', arguments: '{"id":"mia"}' }],
    });
    expect(replayStep(EPISODE, TALK)).to.deep.include({ kind: 'reply', text: 'found you' });
  });

  it('follows a request whose beginning was cut off', () => {
    expect(replayStep(EPISODE, TALK.slice(2))).to.deep.include({ kind: 'reply', text: 'found you' });
  });

  const differing: readonly (readonly [string, number, readonly ChatItem[]])[] = [
    ['another text', 0, [{ role: 'user', text: 'bye' }]],
    ['another answer of ours', 1, [TALK[0]!, { role: 'assistant', text: 'welcome' }, TALK[2]!]],
    [
      'other arguments of a tool',
      3,
      [
        ...TALK.slice(0, 3),
        { role: 'assistant', text: '', toolCalls: [{ id: 'x', name: 'get_user', arguments: '{}' }] },
        TALK[4]!,
      ],
    ],
    [
      'another result of a tool',
      4,
      [...TALK.slice(0, 4), { ...TALK[4]!, content: '{"ok":false}' } as ChatItem],
    ],
    ['more than was recorded', 0, [...TALK, ...TALK]],
  ];
  for (const [what, at, talk] of differing)
    it(`refuses ${what}, and says where`, () => {
      const step = replayStep(EPISODE, talk);
      expect(step.kind).to.equal('diverged');
      if (step.kind === 'diverged' && at > 0) expect(step.at).to.equal(at);
    });
});
