// Protects: no JSON whatsoever makes a normaliser throw, and whatever comes in can be found again.
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { isObject, type Json } from '../../../../lib/core/channels/json.ts';
import { CHANNELS } from '../../../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../../../lib/core/channels/registry.ts';
import { lostLeaves } from '../../../../scripts/eval/webhooks/checks.ts';
import { normalize, SAMPLES } from './corpus.ts';

// Through JSON once: a parser gives no negative zero that JSON would not keep.
const anyJson = fc.json({ maxDepth: 4 }).map(text => JSON.parse(JSON.stringify(JSON.parse(text))) as Json);
const foreignKeys = fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'type', 'entry');

/** A documented payload with one part, anywhere, replaced, removed or joined by something arbitrary. */
const broken = fc
  .record({
    sample: fc.constantFrom(...SAMPLES),
    at: fc.nat(),
    junk: anyJson,
    key: foreignKeys,
    how: fc.nat(2),
  })
  .map(({ sample, at, junk, key, how }) => {
    const places = count(sample.payload);
    let left = at % places;
    const walk = (value: Json): Json => {
      if (left-- === 0) {
        if (how === 0) return junk;
        if (how === 1 && isObject(value)) return Object.fromEntries([...Object.entries(value), [key, junk]]);
        return Array.isArray(value) ? [...(value as Json[]), junk, ...(value as Json[])] : null;
      }
      if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
      return isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]))
        : value;
    };
    return { channel: sample.channel, payload: walk(sample.payload) };
  });

function count(value: Json): number {
  const parts = Array.isArray(value)
    ? (value as readonly Json[])
    : isObject(value)
      ? Object.values(value)
      : [];
  return parts.reduce<number>((sum, each) => sum + count(each), 1);
}

/** The value with its `at`-th part, counted from the root, replaced. */
function replaced(whole: Json, at: number, junk: Json): Json {
  let left = at % count(whole);
  const walk = (value: Json): Json => {
    if (left-- === 0) return junk;
    if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]))
      : value;
  };
  return walk(whole);
}

function withUnknown(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withUnknown);
  if (!isObject(value)) return value;
  const known = Object.entries(value).map(([name, each]) => [name, withUnknown(each)] as const);
  return Object.fromEntries([...known, ['of_tomorrow', { deep: [1, 'two'] }]]);
}

describe('normalising', () => {
  it('takes any JSON and gives at least one event, losing nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANNELS), anyJson, (channel, payload) => {
        const events = ADAPTERS[channel].normalize(payload);
        expect(events).not.to.have.lengthOf(0);
        expect(lostLeaves(payload, events)).to.deep.equal([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes documented payloads that are broken anywhere', () => {
    fc.assert(
      fc.property(broken, ({ channel, payload }) => {
        const events = normalize({ channel, payload });
        expect(events).not.to.have.lengthOf(0);
        expect(lostLeaves(payload, events)).to.deep.equal([]);
        for (const event of events) {
          expect(event.dedupeKey.length).to.be.within(1, 300);
          expect(event.occurredAtMs ?? 0).to.satisfy(Number.isFinite);
          expect(JSON.parse(JSON.stringify(event))).to.deep.equal(event);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('takes payloads broken in several places, alone or as an array, and replays every event from its raw', () => {
    const several = fc.tuple(
      fc.array(fc.tuple(fc.nat(), anyJson), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...SAMPLES), several, ({ channel, payload }, [breaks, asArray]) => {
        const changed = breaks.reduce<Json>((now, [at, junk]) => replaced(now, at, junk), payload);
        const given: Json = asArray ? [changed, payload] : changed;
        const events = normalize({ channel, payload: given });
        expect(lostLeaves(given, events)).to.deep.equal([]);
        for (const { raw, ...event } of events) {
          const [again, ...more] = ADAPTERS[channel].normalize(raw, event.accountId ?? undefined);
          const { raw: _, ...read } = again!;
          expect(more).to.have.lengthOf(0);
          expect(isDeepStrictEqual(read, event), JSON.stringify([read, event, given])).to.equal(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a payload with fields of tomorrow in every object as what it was', () => {
    for (const { id, channel, payload } of SAMPLES) {
      const told = (given: Json) =>
        normalize({ channel, payload: given }).map(each => [
          each.kind,
          each.customerId,
          each.threadId,
          each.messageId,
          each.targetIds,
          each.content?.text,
        ]);
      expect(told(withUnknown(payload)), id).to.deep.equal(told(payload));
    }
  });

  it('splits a batch into events that each replay alone and together hold all of it', () => {
    const meta = SAMPLES.filter(
      ({ channel, payload }) => (channel === 'whatsapp' || channel === 'facebook') && isObject(payload),
    );
    fc.assert(
      fc.property(fc.subarray(meta, { minLength: 2, maxLength: 8 }), fc.boolean(), (chosen, merged) => {
        const channel = chosen[0]!.channel;
        const own = chosen
          .filter(each => each.channel === channel)
          .map(each => each.payload as { object: Json; entry: Json[] });
        const entries = own.flatMap(each => each.entry) as Record<string, Json[]>[];
        const lists = ['messaging', 'changes', 'standby'] as const;
        const one = Object.fromEntries(lists.map(name => [name, entries.flatMap(each => each[name] ?? [])]));
        const payload = {
          object: own[0]!.object,
          entry: merged ? [{ ...entries[0], ...one }] : entries,
        } as Json;
        const events = ADAPTERS[channel].normalize(payload);
        expect(lostLeaves(payload, events)).to.deep.equal([]);
        for (const { raw, ...event } of events) {
          const [again, ...more] = ADAPTERS[channel].normalize(raw);
          const { raw: _, ...read } = again!;
          expect(more).to.have.lengthOf(0);
          expect(isDeepStrictEqual(read, event), JSON.stringify([read, event])).to.equal(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('splits several messages of one change with the contacts of their own senders', () => {
    const item = (from: string, id: string) => ({
      from,
      id,
      timestamp: '1760000000',
      type: 'text',
      text: { body: id },
    });
    const contacts = ['1', '2', '3'].map(wa_id => ({ wa_id, profile: { name: `N${wa_id}` } }));
    const value = {
      metadata: { phone_number_id: 'P' },
      contacts,
      messages: [item('1', 'a'), item('2', 'b'), item('1', 'c')],
    };
    const payload = {
      object: 'whatsapp_business_account',
      entry: [{ id: 'W', changes: [{ field: 'messages', value }] }],
    };
    const events = ADAPTERS.whatsapp.normalize(payload);
    expect(events.map(each => [each.messageId, each.customerName, each.accountId])).to.deep.equal([
      ['a', 'N1', 'P'],
      ['b', 'N2', 'P'],
      ['c', 'N1', 'P'],
    ]);
    expect(lostLeaves(payload, events)).to.deep.equal([]);
    for (const each of events)
      expect(ADAPTERS.whatsapp.normalize(each.raw)[0]?.customerName).to.equal(each.customerName);
  });
});
