// Protects: what a reload must not lose is kept, and a store that is full, forbidden or tampered with breaks nothing.
import { expect } from 'chai';
import { recall, recallDraft, remember, rememberDraft } from '../../../web/src/chat/storage.ts';
import { USAGE } from './fixtures.ts';

function store(initial: Record<string, string> = {}) {
  const kept = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

const forbidden = () => {
  throw new Error('The operation is insecure');
};

describe('what the page remembers', () => {
  it('is what it was told', () => {
    const outbox = { messageId: 'm', text: 'Hi', conversationId: null, acceptedAs: null, failure: null };
    const kept = { conversationId: 'c', outbox, usage: { a: USAGE }, ratings: { a: 'up' as const } };
    const place = store();
    remember(place, kept);
    rememberDraft(place, 'half a');
    expect(recall(place)).to.deep.equal(kept);
    expect(recallDraft(place)).to.equal('half a');
  });

  it('is nothing when the store holds something else', () => {
    const nothing = { conversationId: null, outbox: null, usage: {}, ratings: {} };
    for (const text of ['', '{', 'null', '7', '[]', '{"outbox":{"text":1},"conversationId":5,"usage":null}'])
      expect(recall(store({ 'troupe.chat': text })), text).to.deep.equal(nothing);
  });

  it('is nothing when the browser forbids it', () => {
    const closed = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    remember(closed, { conversationId: 'c', outbox: null, usage: {}, ratings: {} });
    rememberDraft(closed, '');
    expect(recall(closed).conversationId).to.equal(null);
    expect(recallDraft(closed)).to.equal('');
  });
});
