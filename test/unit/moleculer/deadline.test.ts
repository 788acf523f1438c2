// Protects: no call is waited for longer than its time, and time that is not needed costs nothing and leaves nothing behind.
import { expect } from 'chai';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { deadlineMiddleware } from '../../../mixins/deadline.middleware.ts';

interface Task {
  readonly at: number;
  readonly task: () => void;
  cancelled: boolean;
}

/** Time that goes on when told. */
function handClock() {
  let now = 0;
  const tasks: Task[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(ms, task) {
      const entry: Task = { at: now + ms, task, cancelled: false };
      tasks.push(entry);
      return {
        cancel() {
          entry.cancelled = true;
        },
      };
    },
  };
  const pending = () => tasks.filter(each => !each.cancelled);
  return {
    clock,
    pending,
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = pending()
          .filter(({ at }) => at <= end)
          .sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        next.cancelled = true;
        next.task();
      }
      now = end;
    },
  };
}

function called(usual: number) {
  const time = handClock();
  const { localAction } = deadlineMiddleware(time.clock) as unknown as {
    localAction(next: unknown, action: object): (ctx: object) => Promise<unknown>;
  };
  let settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined;
  const handler = () =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
  const action = localAction.call({ options: { requestTimeout: usual } }, handler, { name: 'some.thing' });
  return {
    time,
    settle: () => settle!,
    call: (timeout?: number, meta: { deadline?: number } = {}) => action({ options: { timeout }, meta }),
  };
}

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    value => ({ value }),
    (error: { code?: string }) => ({ code: error.code }),
  );

describe('the deadline of a call', () => {
  for (const ms of [50, 999, 1_000, 30_000])
    it(`refuses with timeout after ${ms} ms, and not before`, async () => {
      const { time, call } = called(60_000);
      let seen: unknown;
      const ended = outcome(call(ms)).then(told => (seen = told));
      time.pass(ms - 1);
      await Promise.resolve();
      expect(seen).to.equal(undefined);
      time.pass(201);
      expect(await ended).to.deep.equal({ code: 'timeout' });
    });

  it("takes the broker's time where nobody names one", async () => {
    const { time, call } = called(2_000);
    const ended = outcome(call());
    time.pass(2_300);
    expect(await ended).to.deep.equal({ code: 'timeout' });
  });

  it('gives the answer and leaves nothing to look at', async () => {
    const { time, call, settle } = called(2_000);
    const ended = outcome(call());
    settle().resolve('fine');
    expect(await ended).to.deep.equal({ value: 'fine' });
    time.pass(200);
    expect(time.pending()).to.deep.equal([]);
  });

  it('hands a failure on as it is', async () => {
    const { call, settle } = called(500);
    const ended = outcome(call());
    settle().reject({ code: 'conflict' });
    expect(await ended).to.deep.equal({ code: 'conflict' });
  });

  it('is told in meta, the sooner of the caller’s and its own, and the caller keeps his', async () => {
    const { call, settle } = called(500);
    for (const [deadline, told, kept] of [
      [undefined, 500, {}],
      [90, 90, { deadline: 90 }],
      [9_000, 500, { deadline: 9_000 }],
    ] as const) {
      const meta: { deadline?: number } = deadline === undefined ? {} : { deadline };
      const ended = outcome(call(undefined, meta));
      expect(meta.deadline).to.equal(told);
      settle().resolve('fine');
      await ended;
      expect(meta).to.deep.equal(kept);
    }
  });

  it('that is over begins nothing', async () => {
    const { time, call, settle } = called(500);
    time.pass(1_000);
    expect(await outcome(call(undefined, { deadline: 999 }))).to.deep.equal({ code: 'timeout' });
    expect(settle()).to.equal(undefined);
  });
});
