// Protects: the evaluation of webhooks judges the same whatever form its files have, and can fail.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { unexpected } from '../../../../scripts/eval/webhooks/expected.ts';
import { run } from '../../../../scripts/eval/webhooks.ts';
import { first, normalize, sampleOf } from './corpus.ts';

async function evaluate(files: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      const lines = Array.isArray(content) && name.endsWith('.jsonl') ? content : [content];
      writeFileSync(join(folder, name), lines.map(each => JSON.stringify(each)).join('\n'));
    }
    return await run({ data: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const body = '{"a":"xin ch\\u00e0o"}';
const hex = createHmac('sha256', 's').update(body).digest('hex');
const signed = { scheme: 'meta-x-hub-signature-256', secret: 's', body, valid: true };
const name = 'X-Hub-Signature-256';

describe('the evaluation of webhooks', () => {
  it('reads headers, bodies, secrets and outcomes in several forms', async () => {
    const value = `sha256=${hex}`;
    const { secret: _, valid: __, ...bare } = signed;
    const vectors = [
      { ...signed, id: 1, headers: { [name]: value } },
      { ...signed, id: 2, headers: [[name, value]] },
      { ...signed, id: 3, headers: [{ name, value }], body_base64: Buffer.from(body).toString('base64') },
      { ...bare, id: 4, app_secret: 's', headers: { [name]: [value] }, expected: 'accept' },
      { ...bare, id: 5, secrets: ['new', 's'], headers: { [name]: value }, accepted: 1 },
      { ...signed, id: 6, headers: [[name, value], [name, value]], valid: false }, // biome-ignore format: one line a vector
      { ...bare, id: 7, secret: 'other', headers: { [name]: value }, expected: 'reject' },
    ];
    const ask = 'https://x.test/?hub.mode=subscribe&hub.verify_token=v&hub.challenge=77';
    const handshakes = [
      { id: 8, scheme: 'meta-handshake', verify_token: 'v', query: ask, valid: true },
      { id: 9, scheme: 'meta-handshake', verify_token: 'w', query: ask, valid: false },
    ];
    const report = await evaluate({ 'signatures_x.jsonl': vectors, 'signatures_y.json': handshakes });
    expect(report).to.include({ signatures_ok: 9, signatures_total: 9 });
    const wrong = vectors.map(each => ({
      ...each,
      valid: !(each.id < 6),
      expected: undefined,
      accepted: undefined,
    }));
    expect(await evaluate({ 'signatures.jsonl': wrong })).to.include({
      signatures_ok: 0,
      signatures_total: 7,
    });
  });

  it('judges an old signature at the time of its vector, or at its own', async () => {
    const t = 1_700_000_000;
    const s = createHmac('sha256', 's').update(`${t}.${body}`).digest('hex');
    const vector = { scheme: 'tiktok', secret: 's', body, headers: { 'TikTok-Signature': `t=${t},s=${s}` } };
    const vectors = [
      { ...vector, id: 1, valid: true },
      { ...vector, id: 2, now: t + 4, valid: true },
      { ...vector, id: 3, now: t + 60, valid: false },
      { ...vector, id: 4, now: new Date((t + 60) * 1000).toISOString(), tolerance_s: 120, valid: true },
    ];
    expect(await evaluate({ 'signatures.jsonl': vectors })).to.include({ signatures_ok: 4 });
  });

  it('finds expectations in the line or apart, and counts what is not met', async () => {
    const { channel, payload } = sampleOf('whatsapp/text');
    const line = { channel, payload };
    const report = await evaluate({
      'payloads.jsonl': [
        { ...line, id: 'own', expected: { kind: 'message' } },
        { ...line, id: 'apart' },
        { ...line, id: 'wrong', expected: { kind: 'image' } },
        { ...line, id: 'none' },
      ],
      'expectations.json': { apart: { kind: 'text', sender_id: first('whatsapp/text').customerId } },
    });
    expect(report).to.deep.include({ payloads_ok: 4, expected_ok: 2, expected_total: 3, unmet: ['wrong'] });
  });

  it('knows the words of others, seconds as well as milliseconds, and values by themselves', () => {
    const image = [first('whatsapp/image')];
    expect(unexpected(image, { type: 'image', message_id: image[0]!.messageId })).to.deep.equal([]);
    expect(unexpected(image, { timestamp: image[0]!.occurredAtMs! / 1000 })).to.deep.equal([]);
    expect(unexpected(image, { media_mime: 'image/jpeg' })).to.deep.equal([]);
    expect(unexpected(image, { media_mime: 'image/none' })).to.have.lengthOf(1);
    expect(unexpected(image, { kind: 'video' })).to.have.lengthOf(1);
    const three = normalize(sampleOf('facebook/two pages and three events'));
    expect(unexpected(three, [{ kind: 'text' }, { text: 'two' }, { kind: 'delivery' }])).to.deep.equal([]);
    expect(unexpected(three, [{ kind: 'text' }])).to.have.lengthOf(1);
  });
});
