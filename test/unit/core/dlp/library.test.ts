/** Guarantee: the library stands alone, its one entry does what its guide shows, and each tenant's policy is its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createDetector,
  jsonRedactionStream,
  type Policy,
  pattern,
  redact,
  redactionStream,
  redactValue,
  restorationStream,
  restore,
  Vault,
  words,
} from '../../../../lib/core/dlp/library.ts';

const ROOT = join(import.meta.dirname, '../../../../lib/core/dlp');
const NEEDS: ReadonlySet<string> = new Set(['libphonenumber-js/max', 'tlds', 'node:crypto', 'node:net']);

describe('the library of personal data', () => {
  it('imports nothing of the platform', () => {
    const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.ts'),
    );
    expect(files.length).to.be.greaterThan(40);
    const outside = files.flatMap(file =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export)[^;]*? from '([^']+)'/gm)]
        .map(([, name]) => name!)
        .filter(name =>
          name.startsWith('.') ? !join('/', file, '..', name).startsWith('/') : !NEEDS.has(name),
        )
        .concat(
          [...readFileSync(join(ROOT, file), 'utf8').matchAll(/from '((?:\.\.\/)+)/g)]
            .filter(([, up]) => up!.length / 3 > file.split('/').length - 1)
            .map(([, up]) => `${file}: ${up}`),
        ),
    );
    expect(outside).to.deep.equal([]);
  });

  it('takes a recogniser with words of context that are only looked for beside it', () => {
    const badge = pattern({
      entity: 'BADGE',
      pattern: /(?<!\w)[A-Z]{2}\d{5}(?!\w)/g,
      score: 0.1,
      contextScore: 0.9,
      context: words('badge', 'staff pass'),
      minDigits: 5,
    });
    const detector = createDetector({ entities: ['BADGE'], recognizers: [badge] });
    const policy: Policy = { default: { action: 'mask' } };
    const hide = (text: string) => redact(text, { detector, policy }).text;
    expect(hide('my badge is QX12345')).to.equal('my badge is [BADGE]');
    expect(hide('my staff pass: QX12345')).to.equal('my staff pass: [BADGE]');
    expect(hide('my parcel is QX12345')).to.equal('my parcel is QX12345');
  });

  it('keeps the policies of tenants, and of fields, apart on one detector', () => {
    const detector = createDetector();
    const card = 'card 4111 1111 1111 1111, mail ann.lee@example.org';
    const first = { detector, policy: { default: { action: 'mask' } } as Policy };
    const second = {
      detector,
      vault: new Vault(),
      policy: {
        default: { action: 'tokenize' },
        entities: { CREDIT_CARD: { action: 'mask', keepLast: 4 } },
      } as Policy,
    };
    const third = { detector, hashKey: 'k', policy: { default: { action: 'hash' } } as Policy };
    const masked = redact(card, first).text;
    expect(masked).to.equal('card [CREDIT_CARD], mail [EMAIL_ADDRESS]');
    expect(redact(card, second).text).to.equal('card **** **** **** 1111, mail ⟦EMAIL_ADDRESS_1⟧');
    expect(redact(card, third).text).to.match(/^card \[CREDIT_CARD:[0-9a-f]{16}\], mail \[EMAIL_ADDRESS:/);
    expect(redact(card, first).text).to.equal(masked);
    const fields = { ...first, fields: new Set(['contact']) };
    expect(
      redactValue({ contact: 'ann.lee@example.org', note: 'ann.lee@example.org' }, fields),
    ).to.deep.equal({
      contact: 'ann.lee@example.org',
      note: '[EMAIL_ADDRESS]',
    });
  });

  it('catches a number that two deltas split, in text and in the arguments of a call, and gives it back', () => {
    const detector = createDetector();
    const vault = new Vault();
    const options = { detector, vault, policy: { default: { action: 'tokenize' } } as Policy };
    const text = redactionStream(options);
    const shown = text.push('my card is 4111 11') + text.push('11 1111 1111, thanks') + text.end();
    expect(shown).to.equal('my card is ⟦CREDIT_CARD_1⟧, thanks');
    const call = jsonRedactionStream(options);
    const args =
      call.push('{"card":"4111 1111 11') +
      call.push('11 1111","n":41111111') +
      call.push('11111111}') +
      call.end();
    expect(args).to.equal('{"card":"⟦CREDIT_CARD_1⟧","n":"⟦CREDIT_CARD_2⟧"}');
    const back = restorationStream({ vault });
    expect(back.push('pay with ⟦CREDIT_') + back.push('CARD_1⟧') + back.end()).to.equal(
      'pay with 4111 1111 1111 1111',
    );
    expect(restore(shown, vault)).to.equal('my card is 4111 1111 1111 1111, thanks');
  });
});
