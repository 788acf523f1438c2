// Protects: each recorded call is answered once, in the recorded order, and the figures mean what tau-bench means by them.
import { expect } from 'chai';
import {
  effectsOf,
  nextRecorded,
  passHatK,
  recordedCalls,
  sameArguments,
} from '../../../../lib/core/replay/recorded-tools.ts';
import type { RecordedMessage } from '../../../../lib/core/replay/replay.ts';

const ask = (...calls: [string, string][]): RecordedMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: calls.map(([name, text]) => ({ id: 'call', function: { name, arguments: text } })),
});
const answer = (content: string): RecordedMessage => ({ role: 'tool', content });
const EPISODE: readonly RecordedMessage[] = [
  { role: 'user', content: 'hello' },
  ask(['get_user', '{"id":"mia"}'], ['get_order', '{"id":1}']),
  answer('user'),
  answer('order'),
  ask(['book', '{"b":2,"a":[1]}']),
  answer('booked'),
];

describe('recorded tools', () => {
  const calls = recordedCalls(EPISODE);

  it('answer as they did', () => {
    expect(calls.map(({ name, content }) => [name, content])).to.deep.equal([
      ['get_user', 'user'],
      ['get_order', 'order'],
      ['book', 'booked'],
    ]);
  });

  it('come in the recorded order; calls of one message in any', () => {
    expect(nextRecorded(calls, new Set(), 'get_order', '{"id":1}')).to.equal(1);
    expect(nextRecorded(calls, new Set(), 'book', '{"a":[1],"b":2}')).to.equal(undefined);
    expect(nextRecorded(calls, new Set([0, 1]), 'book', '{ "a": [1], "b": 2 }')).to.equal(2);
    expect(nextRecorded(calls, new Set([0, 1]), 'book', '{"a":[2],"b":2}')).to.equal(undefined);
    expect(nextRecorded(calls, new Set([0, 1, 2]), 'book', '{"a":[1],"b":2}')).to.equal(undefined);
  });

  it('compare arguments as values, and text that is no JSON as text', () => {
    expect(sameArguments('{"a":{"x":1,"y":[1,2]}}', '{"a":{"y":[1,2],"x":1}}')).to.equal(true);
    expect(sameArguments('{"a":[2,1]}', '{"a":[1,2]}')).to.equal(false);
    expect(sameArguments('{', '{')).to.equal(true);
    expect(sameArguments('{', '{}')).to.equal(false);
  });

  it('are repeated after a crash only where their name says that they read', () => {
    expect(effectsOf(EPISODE)).to.deep.equal({ get_user: 'read', get_order: 'read', book: 'once' });
  });

  it('count pass^k as the chance that k trials of a task all succeed', () => {
    const tasks = [
      [true, true, true, true],
      [true, true, false, false],
      [false, false, false, false],
    ];
    expect(passHatK(tasks, 1)).to.be.closeTo(0.5, 1e-12);
    expect(passHatK(tasks, 2)).to.be.closeTo((1 + 1 / 6) / 3, 1e-12);
    expect(passHatK(tasks, 4)).to.be.closeTo(1 / 3, 1e-12);
  });
});
