// Protects: a redelivery is recognised whatever request brings it, and nothing else is taken for one.
import { expect } from 'chai';
import fc from 'fast-check';
import { dedupeKey } from '../../../../lib/core/channels/event.ts';
import { isObject, type Json } from '../../../../lib/core/channels/json.ts';
import { ADAPTERS } from '../../../../lib/core/channels/registry.ts';
import { first, normalize, SAMPLES, sampleOf } from './corpus.ts';

const key = (id: string) => first(id).dedupeKey;

/** The same value with the fields of its objects in the opposite order. */
function reordered(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reordered);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, each]) => [name, reordered(each)]),
  );
}

describe('the key of an event', () => {
  it('is the same for the same payload, however its fields are ordered', () => {
    for (const { channel, payload, id } of SAMPLES) {
      const keys = (given: Json) =>
        new Set(normalize({ channel, payload: given }).map(each => each.dedupeKey));
      expect(keys(reordered(payload)), id).to.deep.equal(keys(payload));
    }
  });

  it('ignores what a redelivery changes in the envelope', () => {
    const zalo = sampleOf('zalo/follow');
    expect(ADAPTERS.zalo.normalize({ ...(zalo.payload as object), num_retry: 3 })[0]?.dedupeKey).to.equal(
      key('zalo/follow'),
    );
    const { entry, object } = sampleOf('facebook/referral').payload as {
      object: string;
      entry: Record<string, Json>[];
    };
    const later = { object, entry: [{ ...entry[0]!, time: 1 }] } as Json;
    expect(ADAPTERS.facebook.normalize(later)[0]?.dedupeKey).to.equal(key('facebook/referral'));
  });

  it('differs for edits, deletions, reactions, reads and deliveries of one message', () => {
    const about = ['text', 'edit', 'reaction', 'reaction taken back', 'read', 'delivery', 'quick reply'];
    const keys = about.slice(0, 6).map(name => key(`facebook/${name}`));
    expect(new Set(keys).size).to.equal(keys.length);
    const states = ['sent', 'delivered', 'read', 'failed'].map(name => key(`whatsapp/${name}`));
    expect(new Set(states).size).to.equal(4);
    expect(key('telegram/text')).not.to.equal(key('telegram/edited'));
    expect(key('zalo/received')).not.to.equal(key('zalo/oa text'));
  });

  it('differs between two edits of one message', () => {
    const edit = (num_edit: number) => ({
      object: 'page',
      entry: [
        {
          id: 'P',
          messaging: [
            { sender: { id: '1' }, recipient: { id: 'P' }, message_edit: { mid: 'm', text: 'x', num_edit } },
          ],
        },
      ],
    });
    const [one, two] = [1, 2].map(count => ADAPTERS.facebook.normalize(edit(count))[0]?.dedupeKey);
    expect(one).not.to.equal(two);
  });

  it('differs between accounts: message ids are unique within one bot only', () => {
    const { payload } = sampleOf('telegram/text');
    const keys = ['bot-1', 'bot-2'].map(bot => ADAPTERS.telegram.normalize(payload, bot)[0]?.dedupeKey);
    expect(keys[0]).not.to.equal(keys[1]);
  });

  it('never mixes up its parts, and fits every store', () => {
    const parts = fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const keyOf = (ids: string[]) => dedupeKey('zalo', 'a', 'text', ids, null);
        expect(keyOf(left)).to.match(/^[\x21-\x7e]{1,200}$/);
        expect(keyOf(left) === keyOf(right)).to.equal(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
    expect(dedupeKey('zalo', 'a', 'text', ['x'.repeat(1e6)], null).length).to.be.below(200);
  });
});
