// Protects: projections count what happened and nothing else, keep no word of what was said, and name bad events.
import { expect } from 'chai';
import {
  type ConversationChange,
  conversationListProjection,
} from '../../../../lib/core/outbox/conversation-list.ts';
import type { Occurred, Projection } from '../../../../lib/core/outbox/projection.ts';
import {
  type RouteOutcomeTold,
  routeOutcomesProjection,
} from '../../../../lib/core/outbox/route-outcomes.ts';
import { type UsageChange, usageProjection } from '../../../../lib/core/outbox/usage.ts';
import { turnCompleted, usageOf } from '../../../suites/journal-writer.ts';
import { refusal } from '../../../suites/rejection.ts';

const AT = Date.UTC(2026, 7, 1, 23, 59);

function fold<C>(projection: Projection<C>, events: readonly object[], actor = 'conversation/c'): C[] {
  const changes = new Map<string, C>();
  events.forEach((event, index) => {
    const occurred = { tenantId: 't', actor, seq: index + 1, index: 0, committedAt: AT, event };
    projection.fold(changes, occurred as unknown as Occurred);
  });
  return [...changes.values()];
}

describe('usage', () => {
  it('adds completed turns by UTC day and model, and nothing else', () => {
    const rows = fold<UsageChange>(usageProjection, [
      { type: 'TurnStarted', turn: 1, at: AT },
      turnCompleted(1, AT, usageOf(1)),
      turnCompleted(2, AT, usageOf(10)),
      turnCompleted(3, AT + 60_000, usageOf(100)),
      { type: 'TurnFailed', turn: 4, code: 'timeout', at: AT },
    ]);
    expect(rows).to.deep.equal([
      { day: '2026-08-01', model: 'm', turns: 2, inputTokens: 11, outputTokens: 22, costMicroUsd: 33 },
      { day: '2026-08-02', model: 'm', turns: 1, inputTokens: 100, outputTokens: 200, costMicroUsd: 300 },
    ]);
  });

  it('takes the day of the commit for an event without a time', () => {
    expect(fold<UsageChange>(usageProjection, [turnCompleted(1, 0, usageOf(1))])[0]?.day).to.equal(
      '2026-08-01',
    );
  });

  it('refuses a turn whose usage is not whole numbers', async () => {
    for (const usage of [undefined, {}, { ...usageOf(1), costMicroUsd: 0.5 }, { ...usageOf(1), model: 7 }])
      await refusal(
        Promise.resolve().then(() => fold(usageProjection, [{ type: 'TurnCompleted', at: AT, usage }])),
        'validation-failed',
      );
  });
});

describe('the list of conversations', () => {
  const listed = (...events: object[]) => fold<ConversationChange>(conversationListProjection, events)[0];

  it('follows status, hand-over, turns and the last message, without its text', () => {
    const secret = 'my card is 4111 1111 1111 1111';
    const row = listed(
      { type: 'MessageReceived', text: secret, at: AT },
      { type: 'TurnStarted', turn: 3, at: AT },
      { type: 'PersonWanted', reason: secret, at: AT + 1 },
      { type: 'TakenOver', by: 'p', at: AT + 2 },
      { type: 'PersonReplied', text: 'Hi', by: 'p', at: AT + 3 },
    );
    expect(row).to.deep.equal({
      conversationId: 'c',
      status: 'with-person',
      assignee: 'p',
      statusSeq: 4,
      assigneeSeq: 4,
      unansweredSince: null,
      unansweredSeq: 5,
      answeredSeq: 5,
      wantsPerson: true,
      waitingSince: AT + 1,
      waitEndedSeq: 0,
      personSeq: 3,
      turns: 3,
      lastMessageAt: AT + 3,
      lastMessageLength: 2,
      messageSeq: 5,
    });
    expect(JSON.stringify(row)).to.not.include('4111');
  });

  it('counts the wait for a person from when one was first asked for', () => {
    const asked = (at: number) => ({ type: 'PersonWanted', at });
    expect(listed(asked(AT), asked(AT + 9))).to.include({ waitingSince: AT, personSeq: 2 });
    expect(listed(asked(AT), { type: 'HandedBack', at: AT + 5 }, asked(AT + 9))).to.include({
      waitingSince: AT + 9,
    });
  });

  it('opens again on handing back, and when a pause ends', () => {
    const back = listed({ type: 'PersonWanted' }, { type: 'TakenOver' }, { type: 'HandedBack' });
    expect(back).to.include({ status: 'open', assignee: null, wantsPerson: false, waitingSince: null });
    expect(listed({ type: 'Paused' })).to.include({ status: 'paused' });
    expect(listed({ type: 'Paused' }, { type: 'Resumed' })).to.include({ status: 'open' });
  });

  it('begins a fork with what it was forked from', () => {
    const row = listed({ type: 'Forked', at: AT, state: { turns: 5, wantsPerson: 'why' } });
    expect(row).to.include({ turns: 5, wantsPerson: true, lastMessageLength: 0 });
  });

  it('leaves other actors out, and refuses a message without text', async () => {
    expect(fold(conversationListProjection, [{ type: 'MessageReceived' }], 'workflow-run/r')).to.deep.equal(
      [],
    );
    await refusal(
      Promise.resolve().then(() => listed({ type: 'MessageReceived', at: AT })),
      'validation-failed',
    );
  });
});

describe('what comes of routing decisions', () => {
  const route = { decisionId: 'dec_1', costMicroUsd: 7, latencyMs: 9 };
  const told = (...events: object[]) => fold<RouteOutcomeTold>(routeOutcomesProjection, events);

  it('is told once for each source, the first time, with what the answer cost and took', () => {
    const outcomes = told(
      { type: 'TurnRated', turn: 1, rating: 'down', route },
      { type: 'TurnRated', turn: 1, rating: 'up', route },
      { type: 'TurnStarted', turn: 2, route },
      { type: 'TakenOver', by: 'mia', route },
      { type: 'TurnJudged', turn: 1, quality: 0.5, route },
      { type: 'PersonWanted', reason: 'x' },
      { type: 'TurnCompleted', turn: 2, route: { ...route, decisionId: 'dec_2' } },
    );
    expect(outcomes).to.deep.equal([
      { ...route, source: 'thumbs', quality: 0, escalated: false },
      { ...route, source: 'escalation', quality: 0.8, escalated: false },
      { ...route, source: 'judge', quality: 0.5, escalated: false },
    ]);
  });

  it('is refused where the event does not say what was decided', async () => {
    const broken = { type: 'TakenOver', by: 'mia', route: { decisionId: 'dec_1' } };
    await refusal(
      Promise.resolve().then(() => told(broken)),
      'validation-failed',
    );
  });
});
