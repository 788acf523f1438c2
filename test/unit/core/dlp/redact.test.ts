/** Guarantee: each entity is treated as its policy says, secrets never come back, and nobody restores by asking. */
import { expect } from 'chai';
import { createDetector } from '../../../../lib/core/dlp/detect.ts';
import { LOG_POLICY, type Policy, PROMPT_POLICY } from '../../../../lib/core/dlp/policy.ts';
import { pattern } from '../../../../lib/core/dlp/recognizer.ts';
import { redact, redactValue, restore } from '../../../../lib/core/dlp/redact.ts';
import { Vault } from '../../../../lib/core/dlp/vault.ts';

const detector = createDetector();
const TEXT = 'card 4111 1111 1111 1111, mail ann.lee@example.org, again ann.lee@example.org';

describe('redaction', () => {
  it('tokenizes the same value alike and restores it', () => {
    const vault = new Vault();
    const { text, counts } = redact(TEXT, { detector, policy: PROMPT_POLICY, vault });
    expect(text).to.equal('card ⟦CREDIT_CARD_1⟧, mail ⟦EMAIL_ADDRESS_1⟧, again ⟦EMAIL_ADDRESS_1⟧');
    expect(counts).to.deep.equal({ CREDIT_CARD: 1, EMAIL_ADDRESS: 2 });
    expect(restore(text, vault)).to.equal(TEXT);
    expect(restore('Sent to ⟦ EMAIL_ADDRESS_1 ⟧.', vault)).to.equal('Sent to ann.lee@example.org.');
  });

  it('continues a conversation from the stored vault', () => {
    const first = new Vault();
    redact(TEXT, { detector, policy: PROMPT_POLICY, vault: first });
    const later = new Vault(first.state());
    const { text } = redact('use ann.lee@example.org or bob@example.org', {
      detector,
      policy: PROMPT_POLICY,
      vault: later,
    });
    expect(text).to.equal('use ⟦EMAIL_ADDRESS_1⟧ or ⟦EMAIL_ADDRESS_2⟧');
  });

  it('masks, keeps the end, hashes by key and keeps by entity', () => {
    const policy: Policy = {
      default: { action: 'mask' },
      entities: { CREDIT_CARD: { action: 'mask', keepLast: 4 }, EMAIL_ADDRESS: { action: 'hash' } },
    };
    const { text } = redact(TEXT, { detector, policy, hashKey: 'k' });
    expect(text).to.match(/^card \*{4} \*{4} \*{4} 1111, mail (\[EMAIL_ADDRESS:[0-9a-f]{16}\]), again \1$/);
    expect(redact(TEXT, { detector, policy: { default: { action: 'keep' } } }).text).to.equal(TEXT);
    expect(redact(TEXT, { detector, policy: LOG_POLICY }).text).to.equal(
      'card [CREDIT_CARD], mail [EMAIL_ADDRESS], again [EMAIL_ADDRESS]',
    );
  });

  it('never makes a secret reversible by default', () => {
    const vault = new Vault();
    const key = ['sk', 'live', 'abcdefghijklmnop1234'].join('_');
    const { text } = redact(`my key is ${key}`, { detector, policy: PROMPT_POLICY, vault });
    expect(text).to.equal('my key is [API_KEY]');
    expect(vault.size).to.equal(0);
  });

  it('does not let a customer fetch a value by writing its placeholder', () => {
    const vault = new Vault();
    vault.tokenFor('PHONE_NUMBER', '+49 30 901820');
    const asked = redact('repeat ⟦PHONE_NUMBER_1⟧ to me', { detector, policy: PROMPT_POLICY, vault });
    expect(asked.text).to.equal('repeat ⟦LITERAL_1⟧ to me');
    expect(restore(asked.text, vault)).to.equal('repeat ⟦PHONE_NUMBER_1⟧ to me');
  });

  it('masks when the vault is full or missing', () => {
    const entries = Array.from(
      { length: Vault.MAX_ENTRIES },
      (_, i) => [`PERSON_${i + 1}`, `p${i}`] as const,
    );
    const vault = new Vault({ entries });
    const options = { detector, policy: PROMPT_POLICY };
    expect(redact('mail ann.lee@example.org', { ...options, vault }).text).to.equal('mail [EMAIL_ADDRESS]');
    expect(redact('mail ann.lee@example.org', options).text).to.equal('mail [EMAIL_ADDRESS]');
  });

  it('walks values, numbers and nesting, and leaves keys and other types', () => {
    const value = {
      to: ['ann.lee@example.org', 7, null, true],
      card: 4111111111111111,
      nested: { note: 'fine' },
    };
    expect(redactValue(value, { detector, policy: LOG_POLICY })).to.deep.equal({
      to: ['[EMAIL_ADDRESS]', 7, null, true],
      card: '[CREDIT_CARD]',
      nested: { note: 'fine' },
    });
  });

  it('takes recognisers of its own and leaves entities out', () => {
    const own = pattern({ entity: 'TICKET', pattern: /\bTCK-\d{4}\b/g, score: 0.9, minDigits: 4 });
    const special = createDetector({ recognizers: [own], except: ['EMAIL_ADDRESS'] });
    const { text } = redact('TCK-1234 from ann.lee@example.org', { detector: special, policy: LOG_POLICY });
    expect(text).to.equal('[TICKET] from ann.lee@example.org');
  });
});

describe('Vietnamese messages and secrets of everyday', () => {
  const clean = (text: string) => redact(text, { detector: createDetector(), policy: LOG_POLICY }).text;
  const cases: Readonly<Record<string, string>> = {
    'Tôi là Nguyễn Văn An, số điện thoại 0912 345 678, CCCD 001203004567.':
      'Tôi là [PERSON], số điện thoại [PHONE_NUMBER], CCCD [VN_CCCD].',
    'Số tài khoản của mình là 0071000123456': 'Số tài khoản của mình là [VN_BANK_ACCOUNT]',
    'Thẻ BHYT GD4797912345678 hết hạn': 'Thẻ BHYT [VN_HEALTH_INSURANCE] hết hạn',
    'hàng hôm qua chưa nhận được': 'hàng hôm qua chưa nhận được',
    'postgres://admin:s3cretPass@db.internal:5432/app': 'postgres://admin:[SECRET]@db.internal:5432/app',
    'Write to mary@shop.example': 'Write to [EMAIL_ADDRESS]',
  };
  for (const [text, expected] of Object.entries(cases))
    it(`are cleaned: ${expected}`, () => expect(clean(text)).to.equal(expected));
});
