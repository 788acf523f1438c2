// Protects: customers who stop notices, unfollow, block or complain are told nothing unasked, by each platform's own word.
import { expect } from 'chai';
import { unaskedWish } from '../../../../lib/core/channels/unasked.ts';
import { first } from './corpus.ts';

describe('what a customer wants to be told unasked', () => {
  const wish = (kind: 'consent' | 'membership' | 'text', state: string, more: object = {}) =>
    unaskedWish({ kind, topic: '', state, scope: 'direct', customerId: 'c', ...more });
  /** What the reader of the channel makes of a documented webhook. */
  const readWish = (id: string) => unaskedWish(first(id));

  it('is read from what platforms send', () => {
    for (const id of [
      'whatsapp/preference',
      'facebook/notifications stopped',
      'zalo/unfollow',
      'telegram/blocked',
      'email/complaint',
    ])
      expect(readWish(id), id).to.equal('refused');
    for (const id of ['facebook/opt-in', 'zalo/follow']) expect(readWish(id), id).to.equal('welcome');
    for (const id of ['whatsapp/call permission', 'whatsapp/text', 'telegram/member promoted', 'zalo/click'])
      expect(readWish(id), id).to.equal(undefined);
  });

  it('is read from the name of an event whose state says something else', () => {
    expect(wish('consent', 'DONE', { topic: 'user_revoke_consent' })).to.equal('refused');
  });

  it('is nothing, once they said so', () => {
    for (const [kind, state] of [
      ['consent', 'stop'],
      ['consent', 'STOP_NOTIFICATIONS'],
      ['membership', 'unfollow'],
      ['consent', 'user_revoke_consent'],
      ['consent', 'unsubscribed'],
      ['consent', 'complained'],
    ] as const)
      expect(wish(kind, state), state).to.equal('refused');
  });

  it('is everything again, once they took it back', () => {
    for (const [kind, state] of [
      ['consent', 'resume'],
      ['consent', 'RESUME_NOTIFICATIONS'],
      ['membership', 'follow'],
      ['consent', 'user_grant_consent'],
    ] as const)
      expect(wish(kind, state), state).to.equal('welcome');
  });

  it('is not told by other events, other words, groups, or nobody', () => {
    expect(wish('text', 'stop')).to.equal(undefined);
    expect(wish('consent', 'reject')).to.equal(undefined);
    expect(wish('consent', 'constructor')).to.equal(undefined);
    expect(wish('membership', 'unfollow', { scope: 'group' })).to.equal(undefined);
    expect(wish('consent', 'stop', { customerId: undefined })).to.equal(undefined);
  });
});
