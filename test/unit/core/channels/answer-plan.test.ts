// Protects: nothing of an answer is left out silently: it is sent, it waits with its reason, or its reason stands in its place; and a file goes only where and as the platform takes it.
import { expect } from 'chai';
import fc from 'fast-check';
import { planAnswer } from '../../../../lib/core/channels/answer-plan.ts';
import { wantsCode } from '../../../../lib/core/channels/link.ts';
import { CHANNELS } from '../../../../lib/core/channels/message.ts';
import { faultOfTemplate, templateWith } from '../../../../lib/core/channels/template.ts';
import { acceptedAs, UPLOADED, uploadedId, withUploaded } from '../../../../lib/core/channels/upload.ts';
import { kindOf } from '../../../../lib/core/messages/attachment.ts';
import { filesNamedIn } from '../../../../lib/core/messages/files-named.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const nameOf = (part: number) => `m.${part}`;
const TEMPLATES = [
  null,
  { name: 'ready', language: 'en', parameters: ['{answer}'] },
  { name: 'write', language: 'en', parameters: [] },
];

describe('the plan of an answer', () => {
  it('has each part once, in order, with a name of its own, and says why when one does not go', () => {
    const file = fc.record({
      id: fc.constant('att_1'),
      name: fc.constantFrom('a.png', 'b.pdf', 'c.bin'),
      type: fc.constantFrom('image/png', 'application/pdf', 'audio/ogg', 'application/octet-stream'),
      bytes: fc.integer({ min: 1, max: 60_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS),
        fc.string({ minLength: 1, maxLength: 9_000 }).filter(text => text.trim() !== ''),
        fc.array(file, { maxLength: 3 }),
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(...TEMPLATES),
        fc.boolean(),
        (channel, text, files, hours, template, invited) => {
          const parts = planAnswer(
            { channel, accountId: 'a', customerId: '1', threadId: null },
            { text, files },
            { nowMs: NOW, lastInboundAtMs: NOW - hours * HOUR },
            { template, invited },
            nameOf,
          );
          expect(parts.map(({ part }) => part)).to.deep.equal(parts.map((_, n) => n));
          expect(parts.length).to.be.greaterThan(0);
          for (const { request, state, code } of parts) {
            if (state !== 'waiting') expect(code).to.be.a('string');
            if (state === 'refused') expect(request).to.equal(null);
            else expect(JSON.stringify(request)).to.include('"part":');
          }
          const said = JSON.stringify(parts);
          for (const each of files) {
            const accepted = acceptedAs(channel, each);
            if (parts.every(({ state }) => state !== 'refused'))
              expect(said, `${accepted}`).to.include(each.name);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('invites a customer once, and puts the answer into the template only where it fits', () => {
    const plan = (text: string, template: (typeof TEMPLATES)[number], invited = false) =>
      planAnswer(
        { channel: 'whatsapp', accountId: 'a', customerId: '1', threadId: null },
        { text },
        { nowMs: NOW, lastInboundAtMs: NOW - 25 * HOUR },
        { template, invited },
        nameOf,
      ).map(({ state, request }) => `${state} ${request?.body.type}`);
    const [none, holding, inviting] = TEMPLATES;
    expect(plan('Yes', none!)).to.deep.equal(['parked text']);
    expect(plan('Yes', holding!)).to.deep.equal(['waiting template']);
    expect(plan('word '.repeat(300), holding!)).to.deep.equal(['waiting template', 'parked text']);
    expect(plan('Yes', inviting!)).to.deep.equal(['waiting template', 'parked text']);
    expect(plan('Yes', inviting!, true)).to.deep.equal(['parked text']);
    expect(templateWith(holding!, 'one\n\n  two\tthree')?.parameters).to.deep.equal(['one · two three']);
    expect(faultOfTemplate('zalo', holding!)).to.be.a('string');
    expect(faultOfTemplate('telegram', inviting!)).to.be.a('string');
  });

  it('gives a file to each platform as what it takes', () => {
    const as = (channel: (typeof CHANNELS)[number], type: string, bytes: number) =>
      acceptedAs(channel, { id: 'a', name: 'a', type, bytes });
    expect(as('whatsapp', 'image/png', 1_000)).to.equal('image');
    expect(as('whatsapp', 'image/png', 6_000_000)).to.equal(null);
    expect(as('telegram', 'image/png', 12_000_000)).to.equal('document');
    expect(as('facebook', 'application/zip', 1_000)).to.equal('document');
    expect(as('instagram', 'application/zip', 1_000)).to.equal(null);
    expect(as('tiktok', 'application/pdf', 1_000)).to.equal(null);
    expect(as('zalo', 'audio/ogg', 1_000)).to.equal(null);
    expect(withUploaded({ a: [UPLOADED, 'x'], b: { c: UPLOADED } }, '7')).to.deep.equal({
      a: ['7', 'x'],
      b: { c: '7' },
    });
    expect(uploadedId({ data: { token: 'T' } }, ['data', 'token'])).to.equal('T');
    expect(uploadedId('<html>', ['data', 'token'])).to.equal(null);
  });
});

describe('files by their bytes and by their names in answers', () => {
  it('are told by what is in them', () => {
    const of = (hex: string, text = '') =>
      kindOf(Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(text)]));
    expect(of('494433', '\u0003sound')).to.equal('audio/mpeg');
    expect(of('fffb9064', 'frame')).to.equal('audio/mpeg');
    expect(of('fff15080', 'frame')).to.equal('audio/aac');
    expect(of('', 'OggS\u0000')).to.equal('audio/ogg');
    expect(of('00000020', 'ftypisom\u0000')).to.equal('video/mp4');
    expect(of('504b0304', '\u0000word/document.xml')).to.match(/wordprocessingml/);
    expect(of('504b0304', '\u0000anything')).to.equal(undefined);
    expect(of('', '<svg onload=alert(1)>')).to.equal('text/plain');
  });

  it('are named by lines of their own, and nothing else of the text changes', () => {
    expect(filesNamedIn('Here.\n[[file:att_1]]\n[[file:att_2]]')).to.deep.equal({
      text: 'Here.',
      ids: ['att_1', 'att_2'],
    });
    expect(filesNamedIn('See [[file:att_1]] there').ids).to.deep.equal([]);
    expect(filesNamedIn('[[Yes]]\n[[No]]')).to.deep.equal({ text: '[[Yes]]\n[[No]]', ids: [] });
  });

  it('and codes are asked for in both languages, by nothing that means something else', () => {
    expect([' link code', '/link', 'LINK MY CHATS', 'mã liên kết'].map(wantsCode)).to.deep.equal([
      'en',
      'en',
      'en',
      'vi',
    ]);
    for (const text of ['link', 'LINK ABCDEFGH', 'link to the shop', ''])
      expect(wantsCode(text)).to.equal(undefined);
  });
});
