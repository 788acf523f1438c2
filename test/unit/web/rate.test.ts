// Protects: a customer's thumb is shown at once, and never as given when the platform did not get it.
import { expect } from 'chai';
import { isRateable, rate } from '../../../web/src/chat/rate.ts';
import { type ChatAction, initialState, reduce } from '../../../web/src/chat/reducer.ts';
import type { AnswerEntry } from '../../../web/src/chat/types.ts';

const ENTRY: AnswerEntry = {
  kind: 'assistant',
  id: 'a1',
  turn: 3,
  text: 'Yes',
  citations: [],
  toolCalls: [],
  partial: false,
  usage: null,
};

describe('a thumb', () => {
  async function press(answer: () => Promise<void>) {
    const asked: unknown[] = [];
    const actions: ChatAction[] = [];
    const api = {
      rate: (...given: unknown[]) => {
        asked.push(given);
        return answer();
      },
    };
    await rate(api, 'cnv', ENTRY, 'down', action => actions.push(action));
    return { asked, ratings: actions.map(action => reduce(initialState, action).ratings.a1) };
  }

  it('goes with the turn of its answer and is shown before the platform has said so', async () => {
    const { asked, ratings } = await press(async () => {});
    expect(asked).to.deep.equal([['cnv', 3, 'down']]);
    expect(ratings).to.deep.equal(['down']);
  });

  it('that did not arrive is not shown as given', async () => {
    const { ratings } = await press(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(ratings).to.deep.equal(['down', 'failed']);
  });

  it('is for whole answers of the assistant', () => {
    expect(isRateable(ENTRY)).to.equal(true);
    for (const other of [{ partial: true }, { turn: 0 }, { kind: 'person' }] as const)
      expect(isRateable({ ...ENTRY, ...other }), JSON.stringify(other)).to.equal(false);
  });

  it('is kept for the newest fifty answers', () => {
    let state = initialState;
    for (let i = 0; i < 60; i++) state = reduce(state, { type: 'rated', id: `a${i}`, rating: 'up' });
    expect(Object.keys(state.ratings)).to.have.length(50);
    expect(state.ratings.a59).to.equal('up');
  });
});
