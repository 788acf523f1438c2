// Guarantees: what undoes a call is called with what that call brought and was given, by name, and with nothing else.
import { expect } from 'chai';
import { compensationArguments } from '../../../../lib/core/tools/compensation.ts';
import { quarantine, withinFence } from '../../../../lib/core/tools/quarantine.ts';

const takes = (...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map(name => [name, { type: 'string' }])),
});

describe('the arguments of a compensation', () => {
  it('come from the result before they come from the arguments', () => {
    const given = { seat: '4A', id: 'mine' };
    expect(compensationArguments(takes('id', 'seat'), given, { id: 'B-1', extra: 1 })).to.deep.equal({
      id: 'B-1',
      seat: '4A',
    });
  });

  it('come out of the answers of our own tools as well', () => {
    expect(compensationArguments(takes('id'), {}, { ok: true, result: { id: 'r' } })).to.deep.equal({
      id: 'r',
    });
  });

  it('are the whole call where the compensation asks for that', () => {
    expect(compensationArguments(takes('result', 'arguments'), { a: 1 }, 'text')).to.deep.equal({
      result: 'text',
      arguments: { a: 1 },
    });
  });

  it('are everything for a compensation that names nothing', () => {
    expect(compensationArguments({ type: 'object' }, { a: 1, b: 1 }, { b: 2 })).to.deep.equal({ a: 1, b: 2 });
  });

  it('never come from where an object keeps what it inherits', () => {
    expect(compensationArguments(takes('constructor', 'toString'), {}, {})).to.deep.equal({});
  });

  it('are read within the fence that keeps a foreign answer', () => {
    const { content } = quarantine('desk_book', '{"id":"B-1"}');
    expect(withinFence(content)).to.equal('{"id":"B-1"}');
    expect(withinFence('{"id":"B-1"}')).to.equal('{"id":"B-1"}');
  });
});
