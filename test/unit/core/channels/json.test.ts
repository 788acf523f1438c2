// Protects: identifiers survive reading digit by digit, and hostile bodies are refused by the table of errors.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonical,
  type Json,
  MAX_DEPTH,
  MAX_WEBHOOK_BYTES,
  parseExact,
  parseNested,
} from '../../../../lib/core/channels/json.ts';
import { hasCode } from '../../../../lib/kernel/errors.ts';

function refusal(body: string | Uint8Array, code: Parameters<typeof hasCode>[1]): boolean {
  try {
    parseExact(body);
    return false;
  } catch (error) {
    return hasCode(error, code);
  }
}

describe('reading JSON exactly', () => {
  it('keeps integers beyond 2^53 as their digits', () => {
    const read = parseExact(
      '{"id":9007199254740993,"neg":-12345678901234567890,"ok":9007199254740991,"big":1e999,"x":1.5,"s":"9007199254740993"}',
    );
    expect(read).to.deep.equal({
      id: '9007199254740993',
      neg: '-12345678901234567890',
      ok: 9007199254740991,
      big: '1e999',
      x: 1.5,
      s: '9007199254740993',
    });
  });

  it('keeps every integer of any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), id => {
        expect(String(parseExact(`[[${id}]]`))).to.equal(String(id));
      }),
    );
  });

  it('reads what JSON.parse reads, but for the numbers that it could not hold', () => {
    const inexact = (_: string, value: unknown) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value;
    fc.assert(
      fc.property(fc.json(), text => {
        expect(canonical(parseExact(text))).to.equal(canonical(JSON.parse(text, inexact) as Json));
      }),
    );
  });

  it('does not let a payload reach the prototype', () => {
    const read = parseExact('{"__proto__":{"admin":true},"n":12345678901234567890}') as Record<
      string,
      unknown
    >;
    expect(read.admin).to.equal(undefined);
    expect(Object.keys(read)).to.deep.equal(['__proto__', 'n']);
  });

  it('refuses what is no JSON, no UTF-8, too deep or too large', () => {
    expect(refusal('{', 'malformed-body')).to.equal(true);
    expect(refusal('', 'malformed-body')).to.equal(true);
    expect(refusal(Uint8Array.of(0x22, 0xff, 0x22), 'malformed-body')).to.equal(true);
    expect(refusal('['.repeat(1_000_000), 'body-too-deep')).to.equal(true);
    expect(refusal(`${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`, 'body-too-deep')).to.equal(false);
    expect(refusal(`"${'[{\\"'.repeat(100)}"`, 'body-too-deep')).to.equal(false);
    expect(refusal(new Uint8Array(MAX_WEBHOOK_BYTES + 1), 'body-too-large')).to.equal(true);
  });

  it('reads a document inside a string, or says that it is none', () => {
    expect(parseNested('{"id":9007199254740993}')).to.deep.equal({ id: '9007199254740993' });
    expect(parseNested('not JSON')).to.equal(undefined);
  });
});
