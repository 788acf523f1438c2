// Protects: what a person has begun to write stays with its conversation, and no other conversation gets it.
import { expect } from 'chai';
import { draftsOf, keepDrafts, NO_DRAFTS } from '../../../web/src/inbox/drafts.ts';

function store() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}
const reply = (text: string) => ({ words: { ...NO_DRAFTS.words, reply: text }, tried: null });

describe('drafts of the inbox', () => {
  it('belong to their conversations', () => {
    const place = store();
    keepDrafts(place, 'a', reply('for a'));
    keepDrafts(place, 'b', reply('for b'));
    expect(draftsOf(place, 'a').words.reply).to.equal('for a');
    expect(draftsOf(place, 'b').words.reply).to.equal('for b');
    expect(draftsOf(place, 'c')).to.deep.equal(NO_DRAFTS);
  });

  it('leave nothing behind when they are sent', () => {
    const place = store();
    keepDrafts(place, 'a', { ...reply('for a'), tried: { key: 'reply for a', id: 'm' } });
    expect(draftsOf(place, 'a').tried?.id).to.equal('m');
    keepDrafts(place, 'a', NO_DRAFTS);
    expect(place.getItem('troupe.drafts')).to.equal('[]');
  });

  it('are kept for fifty conversations, those touched last', () => {
    const place = store();
    for (let i = 0; i < 60; i++) keepDrafts(place, `c${i}`, reply(`${i}`));
    expect(draftsOf(place, 'c9')).to.deep.equal(NO_DRAFTS);
    expect(draftsOf(place, 'c59').words.reply).to.equal('59');
  });

  it('end nothing when a browser refuses storage, or holds something else there', () => {
    const refuse = () => {
      throw new Error('The quota has been exceeded.');
    };
    keepDrafts({ getItem: refuse, setItem: refuse }, 'a', reply('for a'));
    expect(draftsOf({ getItem: refuse, setItem: refuse }, 'a')).to.deep.equal(NO_DRAFTS);
    for (const text of ['', '{', '7', 'null'])
      expect(draftsOf({ getItem: () => text, setItem: refuse }, 'a'), text).to.deep.equal(NO_DRAFTS);
  });
});
