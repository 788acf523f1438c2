// Protects: whatever comes in whatever order, a conversation stays whole: found by random sequences of commands.
import { expect } from 'chai';
import fc from 'fast-check';
import { conversationActor } from '../../../../actors/conversation/conversation.actor.ts';
import type { ConversationCommand, ConversationState } from '../../../../actors/conversation/state.ts';
import { LIMITS } from '../../../../actors/conversation/state.ts';
import { TroupeError } from '../../../../lib/kernel/errors.ts';
import { Talk } from './fixtures.ts';

type Move = (talk: Talk, step: number) => void;

const texts = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('hello', 'hello', 'where is my parcel?', '') },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 100_000 }).map(length => 'x'.repeat(length)) },
);
const policies = fc.constantFrom('queue' as const, 'merge' as const, 'interrupt' as const);
const by = 'ada';

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.tuple(policies, fc.constantFrom(0, 0, 500), texts).map(
    ([policy, mergeWindowMs, text]): Move =>
      (talk, step) => {
        const interruption = { policy, mergeWindowMs };
        talk.do({ type: 'ReceiveMessage', messageId: `m${step}`, text, at: step, agent: null, interruption });
      },
  ),
  texts.map(
    (text): Move =>
      talk =>
        talk.answer(text),
  ),
  fc.array(fc.constantFrom('search', 'refund'), { minLength: 1, maxLength: 10 }).map(
    (names): Move =>
      talk =>
        talk.wants(...names),
  ),
  fc.tuple(fc.nat(12), texts, fc.boolean()).map(
    ([index, content, failed]): Move =>
      (talk, at) => {
        const key = talk.state.turn?.calls[index]?.key ?? '9.9';
        talk.do({ type: 'ReportToolResult', key, content, failed, at });
      },
  ),
  fc.tuple(fc.nat(12), fc.boolean()).map(
    ([index, settles]): Move =>
      (talk, at) => {
        const key = talk.state.turn?.calls[index]?.key ?? '9.9';
        if (settles) talk.do({ type: 'SettleTool', key, content: 'settled', failed: false, by, at });
        else talk.do({ type: 'ParkTool', key, at });
      },
  ),
  fc.constant<Move>((talk, at) => talk.closeWindow(at)),
  fc.constantFrom('CancelTurn', 'TakeOver', 'HandBack', 'Pause', 'Resume').map(
    (type): Move =>
      (talk, at) =>
        talk.do({ type, by, at } as ConversationCommand),
  ),
  fc.constant<Move>((talk, at) => talk.do({ type: 'NoticeTyping', at })),
  texts.map(
    (text): Move =>
      (talk, step) => {
        talk.do({ type: 'SendPersonReply', messageId: `p${step}`, text, by, at: step });
      },
  ),
  fc.constant<Move>((talk, at) => {
    talk.do({ type: 'ReportModelFailure', key: talk.asking, code: 'model-failed', at });
  }),
);

const sequences = fc.tuple(fc.array(moves, { maxLength: 120 }), fc.constantFrom('', 'so far'));

/** Plays the moves; what is refused is refused with a stable code. */
function play(sequence: readonly Move[], partial: string, check: (talk: Talk) => void): void {
  const talk = new Talk();
  talk.partial = partial;
  sequence.forEach((move, step) => {
    try {
      move(talk, step);
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
    }
    check(talk);
  });
}

function holds(check: (talk: Talk) => void): void {
  fc.assert(
    fc.property(sequences, ([sequence, partial]) => play(sequence, partial, check)),
    { numRuns: 150 },
  );
}

describe('a conversation under any sequence of commands', function () {
  this.timeout(20_000);

  it('answers each message at most once', () => {
    holds(({ events }) => {
      const taken = new Map<number, readonly string[]>();
      const ended = new Set<string>();
      for (const event of events) {
        if (event.type === 'TurnStarted') taken.set(event.turn, event.messageIds);
        if (event.type !== 'TurnCompleted' && event.type !== 'TurnFailed') continue;
        for (const id of taken.get(event.turn) ?? []) {
          expect(ended.has(id), `${id} has ended twice`).to.equal(false);
          ended.add(id);
        }
      }
    });
  });

  it('shows a model no more than the limits allow', () => {
    const oneTurn = LIMITS.steps * (1 + LIMITS.callsPerReply) + LIMITS.waiting;
    holds(({ state }) => expect(state.context.length).to.be.at.most(LIMITS.contextItems + oneTurn));
  });

  it('shows no tool result without its call before it', () => {
    holds(({ state }) => {
      const called = new Set<string>();
      for (const item of state.context) {
        if (item.role === 'assistant') for (const call of item.toolCalls ?? []) called.add(call.id);
        if (item.role === 'tool') expect(called.has(item.callId), item.callId).to.equal(true);
      }
    });
  });

  it('is the same after a round trip through JSON, and is the fold of its events', () => {
    fc.assert(
      fc.property(sequences, ([sequence, partial]) => {
        let last: Talk | undefined;
        play(sequence, partial, talk => {
          last = talk;
        });
        if (!last) return;
        expect(JSON.parse(JSON.stringify(last.state))).to.deep.equal(last.state);
        const rows: typeof last.rows = JSON.parse(JSON.stringify(last.rows));
        let folded: ConversationState = conversationActor.initialState();
        rows.forEach((events, row) => {
          events.forEach((event, index) => {
            folded = conversationActor.evolve(folded, event, { seq: row + 1, index });
          });
        });
        expect(folded).to.deep.equal(last.state);
      }),
      { numRuns: 150 },
    );
  });

  it('owes nothing twice, and nothing to the model while a person has it', () => {
    holds(({ state }) => {
      const effects = conversationActor.react(state);
      const keys = effects.map(effect => effect.key);
      expect(new Set(keys).size).to.equal(keys.length);
      // What a cancelled turn did is undone whoever has the conversation.
      if (state.status === 'with-person')
        expect(effects.filter(({ type }) => type !== 'UndoTool')).to.deep.equal([]);
    });
  });

  it('applies any event to any state without throwing', () => {
    fc.assert(
      fc.property(sequences, sequences, ([one], [other]) => {
        const from = new Talk();
        const to = new Talk();
        for (const [talk, sequence] of [[from, one] as const, [to, other] as const])
          sequence.forEach((move, step) => {
            try {
              move(talk, step);
            } catch (error) {
              if (!(error instanceof TroupeError)) throw error;
            }
          });
        from.events.reduce(
          (state, event, index) => conversationActor.evolve(state, event, { seq: 1, index }),
          to.state,
        );
      }),
      { numRuns: 100 },
    );
  });
});
