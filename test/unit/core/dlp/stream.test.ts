/** Guarantee: however a text is cut into chunks, what comes out is what the whole text gives, and little is held. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createDetector } from '../../../../lib/core/dlp/detect.ts';
import { jsonRedactionStream, jsonRestorationStream } from '../../../../lib/core/dlp/json-stream.ts';
import { PROMPT_POLICY } from '../../../../lib/core/dlp/policy.ts';
import { redact, restore } from '../../../../lib/core/dlp/redact.ts';
import { MAX_SEGMENT } from '../../../../lib/core/dlp/segment.ts';
import { redactionStream, restorationStream, type TextStream } from '../../../../lib/core/dlp/stream.ts';
import { MAX_PLACEHOLDER, Vault } from '../../../../lib/core/dlp/vault.ts';

const detector = createDetector();
const TEXTS = [
  'Your card 4111 1111 1111 1111 was charged. Write to maria.santos@example.org or call +49 30 901820.',
  'Hi, this is Ingrid Halvorsen from Brightwater Analytics Ltd.\n\nI live at 14 Rosewood Lane, Apt. 7\nNorwich\nUnited Kingdom 80412 and moved here from Portugal in 2019.',
  'the parcel went to the wrong door and i would like to have it sent to the right one, dr. olsen said on friday.',
  `key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789 and eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r`,
  `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEowIBAAKCAQEAx7Jq\n'.repeat(60)}-----END RSA PRIVATE KEY-----\nthanks, Jonas Lindqvist`,
  'Khách hàng Nguyễn Thị Minh Khai, CCCD 079301001234, số điện thoại 0912 345 678, ở 12 đường Lê Lợi, Đà Nẵng.',
  'Ask for ⟦PERSON_1⟧ or ⟦EMAIL_ADDRESS_1⟧ please; IBAN DE89 3704 0044 0532 0130 00, born 12/04/1987.',
  `${'x'.repeat(470)}⟦EMAIL_ADDRESS_1⟧${'y'.repeat(300)} 192.168.10.20`,
  `${'1'.repeat(900)} ${'4111111111111111 '.repeat(60)}`,
  'emoji 👩‍👩‍👧 Zoë Müller 𝒜𝒷 said “no”… 𝟙𝟚',
];

function fresh(): { vault: Vault; options: Parameters<typeof redact>[1] } {
  const vault = new Vault();
  return { vault, options: { detector, policy: PROMPT_POLICY, vault } };
}

function feed(stream: TextStream, chunks: readonly string[]): string {
  return chunks.map(chunk => stream.push(chunk)).join('') + stream.end();
}

/** The text cut at the given positions. */
function cut(text: string, positions: readonly number[]): string[] {
  const points = [0, ...[...positions].sort((a, b) => a - b), text.length];
  return points.slice(1).map((end, i) => text.slice(points[i], end));
}

describe('streaming redaction', () => {
  for (const text of TEXTS) {
    it(`gives the result of the whole text at every cut: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const whole = redact(text, fresh().options).text;
      for (let at = 0; at <= text.length; at++) {
        const got = feed(redactionStream(fresh().options), [text.slice(0, at), text.slice(at)]);
        if (got !== whole) expect(got, `cut at ${at}`).to.equal(whole);
      }
      expect(feed(redactionStream(fresh().options), [...text])).to.equal(whole);
    });
  }

  it('gives the result of the whole text for any text and any cuts', () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...TEXTS.flatMap(text => text.split(/(?<=\s)/)),
        'the ',
        'and ',
        'is ',
        'to ',
        'of ',
        'in ',
        '\n\n',
        '. ',
        'Mr. ',
      ),
      fc.string({ maxLength: 12 }),
      fc.integer().map(n => `${n} `),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 120 }),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        (parts, at) => {
          const text = parts.join('');
          const chunks = cut(
            text,
            at.map(n => n % (text.length + 1)),
          );
          expect(feed(redactionStream(fresh().options), chunks)).to.equal(redact(text, fresh().options).text);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('never holds back more than a segment', () => {
    const stream = redactionStream(fresh().options);
    for (const char of `${'1-'.repeat(5000)}${'a'.repeat(5000)}${'Anna Berg '.repeat(500)}`) {
      stream.push(char);
      expect(stream.held).to.be.at.most(MAX_SEGMENT);
    }
  });

  it('passes plain prose on after a few words', () => {
    const stream = redactionStream(fresh().options);
    const out = stream.push(
      'we have looked at it and it will be with you soon, so please wait a little while more',
    );
    expect(out.length).to.be.greaterThan(40);
  });
});

describe('streaming restoration', () => {
  it('restores a placeholder split anywhere and holds back no more than one', () => {
    const { vault, options } = fresh();
    const { text } = redact(TEXTS[0]!, options);
    for (let at = 0; at <= text.length; at++) {
      const stream = restorationStream({ vault });
      expect(feed(stream, [text.slice(0, at), text.slice(at)])).to.equal(TEXTS[0]);
    }
    expect(feed(restorationStream({ vault }), [...text])).to.equal(TEXTS[0]);
    const stream = restorationStream({ vault });
    const long = `⟦${'A'.repeat(MAX_PLACEHOLDER * 3)}`;
    expect(stream.push(long)).to.equal(long);
  });

  it('gives back every text that was tokenized', () => {
    for (const text of TEXTS) {
      const { vault, options } = fresh();
      const everything = { ...options, policy: { ...PROMPT_POLICY, entities: reversibleSecrets } };
      expect(restore(redact(text, everything).text, vault)).to.equal(text);
    }
  });
});

const reversibleSecrets = Object.fromEntries(
  ['PRIVATE_KEY', 'JWT', 'API_KEY', 'BEARER_TOKEN', 'SECRET'].map(entity => [
    entity,
    { action: 'tokenize' as const },
  ]),
);

describe('streamed JSON of tool calls', () => {
  const json = JSON.stringify({
    email: 'maria.santos@example.org',
    note: 'Line "one"\nCall\t+49 30 901820 – Zoë 😀',
    card: 4111111111111111,
    nested: { list: ['4111 1111 1111 1111', 12, true, null], 'maria.santos@example.org': 'key stays' },
  });

  it('redacts values and numbers, leaves keys, and stays JSON at every cut', () => {
    const whole = feed(jsonRedactionStream(fresh().options), [json]);
    const parsed = JSON.parse(whole) as Record<string, unknown>;
    expect(parsed.email).to.equal('⟦EMAIL_ADDRESS_1⟧');
    expect(parsed.card).to.equal('⟦CREDIT_CARD_1⟧');
    expect((parsed.nested as Record<string, unknown>)['maria.santos@example.org']).to.equal('key stays');
    for (let at = 0; at <= json.length; at++) {
      const got = feed(jsonRedactionStream(fresh().options), [json.slice(0, at), json.slice(at)]);
      if (got !== whole) expect(got, `cut at ${at}`).to.equal(whole);
    }
  });

  it('gives, for any values and any cuts, what the whole JSON gives, and every value back', () => {
    const value = fc.oneof(
      fc.constantFrom(...TEXTS.filter(text => !text.includes('⟦'))),
      fc.string({ maxLength: 20, unit: 'grapheme' }),
      fc.integer(),
      fc.constantFrom(4111111111111111, null, true, 1.5),
    );
    const call = fc.oneof(
      value,
      fc.array(value, { maxLength: 4 }),
      fc.dictionary(fc.string(), value, { maxKeys: 4 }),
    );
    fc.assert(
      fc.property(call, fc.array(fc.nat(5000), { maxLength: 8 }), (given, at) => {
        const args = JSON.stringify(given);
        const pieces = (text: string): string[] =>
          cut(
            text,
            at.map(n => n % (text.length + 1)),
          );
        const { vault, options } = fresh();
        const everything = { ...options, policy: { ...PROMPT_POLICY, entities: reversibleSecrets } };
        const whole = feed(jsonRedactionStream(everything), [args]);
        expect(feed(jsonRedactionStream(everything), pieces(args))).to.equal(whole);
        const back: unknown = JSON.parse(feed(jsonRestorationStream(vault), pieces(whole)));
        // A number that was hidden comes back as text: a placeholder is none.
        expect(JSON.stringify(back).replaceAll('"4111111111111111"', '4111111111111111')).to.satisfy(
          (text: string) => text === args || /\d{6}/.test(args),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('restores with the escapes that JSON needs', () => {
    const vault = new Vault();
    const token = vault.tokenFor('PERSON', 'Ann "the\nfox" Lee')!;
    const args = JSON.stringify({ name: token, again: `${token}!` });
    for (let at = 0; at <= args.length; at++) {
      const out = feed(jsonRestorationStream(vault), [args.slice(0, at), args.slice(at)]);
      expect(JSON.parse(out)).to.deep.equal({ name: 'Ann "the\nfox" Lee', again: 'Ann "the\nfox" Lee!' });
    }
  });

  it('understands escaped placeholders and surrogate halves', () => {
    const vault = new Vault();
    vault.tokenFor('PERSON', 'Ann Lee');
    const escaped = '{"name":"\\u27e6PERSON_1\\u27e7 \\ud83d\\ude00"}';
    expect(JSON.parse(feed(jsonRestorationStream(vault), [...escaped]))).to.deep.equal({
      name: 'Ann Lee 😀',
    });
  });
});
