// Guarantees: recordings of other domains and recorders replay like ours: odd contents, orders and gaps are no divergence.
import { expect } from 'chai';
import fc from 'fast-check';
import { normalEpisode } from '../../../../lib/core/replay/episode.ts';
import { recordedCalls } from '../../../../lib/core/replay/recorded-tools.ts';
import { replayStep } from '../../../../lib/core/replay/replay.ts';

const call = (id: string, name: string, args: unknown = '{}') => ({
  id,
  function: { name, arguments: args },
});

describe('a recorded episode', () => {
  it('begins with a person, says in one message what was said in a row, and has an answer to each call', () => {
    const episode = normalEpisode([
      { role: 'system', content: 'policy' },
      { role: 'assistant', content: 'Hi! How can I help you?' },
      { role: 'user', content: [{ type: 'text', text: 'Xin chào \u0000🙂' }, { type: 'image_url' }] },
      { role: 'user', content: null },
      { role: 'assistant', content: 'One moment.' },
      { role: 'assistant', content: null, tool_calls: [call('b', 'get_x', { n: 1 }), call('a', 'get_y')] },
      { role: 'tool', tool_call_id: 'a', content: null },
      { role: 'tool', tool_call_id: 'b', content: '{"x": "\ud800"}' },
      { role: 'assistant', content: null, function_call: { name: 'end', arguments: '{}' } },
    ]);
    expect(episode.map(({ role }) => role)).to.deep.equal([
      'user',
      'assistant',
      'tool',
      'tool',
      'assistant',
      'tool',
    ]);
    expect(episode[0]!.content).to.equal('Xin chào 🙂');
    expect(episode[1]).to.deep.include({ content: 'One moment.' });
    const [first, second, third] = recordedCalls(episode);
    expect(first).to.include({ name: 'get_x', arguments: '{"n":1}', content: '{"x": "\ufffd"}' });
    expect(second).to.include({ name: 'get_y', content: '' });
    expect(third).to.include({ name: 'end', content: '' });
  });

  it('goes on whichever of the answers came first', () => {
    const episode = normalEpisode([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', tool_calls: [call('2', 'p'), call('1', 'q')] },
      { role: 'tool', tool_call_id: '2', content: 'P' },
      { role: 'tool', tool_call_id: '1', content: 'Q' },
      { role: 'assistant', content: 'done' },
    ]);
    const toolCalls = [
      { id: '2', name: 'p', arguments: '{}' },
      { id: '1', name: 'q', arguments: '{}' },
    ];
    const answers = [
      { role: 'tool' as const, callId: '2', name: 'p', content: 'P' },
      { role: 'tool' as const, callId: '1', name: 'q', content: 'Q' },
    ];
    for (const order of [answers, answers.toReversed()]) {
      const context = [
        { role: 'user' as const, text: 'a' },
        { role: 'assistant' as const, text: '', toolCalls },
        ...order,
      ];
      expect(replayStep(episode, context)).to.deep.include({ kind: 'reply', text: 'done' });
    }
  });

  it('answers a message that is said twice by its place', () => {
    const episode = normalEpisode([
      { role: 'user', content: 'yes' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: 'yes' },
      { role: 'assistant', content: 'two' },
    ]);
    expect(replayStep(episode, [{ role: 'user', text: 'yes' }])).to.deep.include({ text: 'one' });
  });

  it('of whatever messages alternates as the actor does, and is its own normal form', () => {
    const message = fc.record(
      {
        role: fc.constantFrom('user', 'assistant', 'tool', 'system'),
        content: fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constant(null),
          fc.constant([{ type: 'text', text: 'x' }]),
        ),
        tool_calls: fc.option(
          fc.array(
            fc.record({
              id: fc.constantFrom('a', 'b', ''),
              function: fc.record({ name: fc.constant('t'), arguments: fc.json() }),
            }),
            { maxLength: 3 },
          ),
        ),
        tool_call_id: fc.constantFrom('a', 'b', 'c'),
      },
      { requiredKeys: ['role'] },
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), messages => {
        const episode = normalEpisode(messages);
        expect(normalEpisode(episode)).to.deep.equal(episode);
        expect(episode[0]?.role ?? 'user').to.equal('user');
        for (const [at, { role, tool_calls: calls = [] }] of episode.entries()) {
          const after = episode.slice(at + 1, at + 1 + (calls?.length ?? 0));
          expect(after.map(each => each.role)).to.deep.equal((calls ?? []).map(() => 'tool'));
          if (role === 'user') expect(episode[at + 1]?.role ?? 'assistant').to.equal('assistant');
        }
      }),
      { numRuns: 40 },
    );
  });
});
