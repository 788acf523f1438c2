// Protects: calls go to the endpoint that is well, free and fast; one that fails is left out and tried again; repeats and waits are bounded.
import { expect } from 'chai';
import fc from 'fast-check';
import { Continuation } from '../../../../lib/core/models/continuation.ts';
import { BREAKER, EndpointPool } from '../../../../lib/core/models/endpoint-pool.ts';
import { bestReissue, HEDGE, HedgeClock } from '../../../../lib/core/models/hedging.ts';
import { attemptLimitMs, RetryBudget } from '../../../../lib/core/models/patience.ts';
import { StreamScan } from '../../../../lib/core/models/stream-scan.ts';

const candidate = (name: string, mostRunning = 10) => ({ endpoint: { name, mostRunning } });
const A = candidate('a');
const B = candidate('b');

describe('an endpoint pool', () => {
  it('asks where fewer tokens are outstanding', () => {
    const pool = new EndpointPool();
    pool.begin('a', 1_000, 0);
    expect(pool.choose([A, B], 0).candidate).to.equal(B);
    pool.begin('b', 3_000, 0);
    expect(pool.choose([A, B], 0).candidate).to.equal(A);
  });

  it('asks a slow endpoint seldom, and again after a while', () => {
    const pool = new EndpointPool();
    for (const [name, latencyMs] of [
      ['a', 2_000],
      ['b', 100],
    ] as const) {
      pool.begin(name, 100, 0);
      pool.end(name, 100, 'ok', 0, { latencyMs });
    }
    expect(pool.choose([A, B], 0).candidate).to.equal(B);
    for (let n = 0; n < 5; n++) pool.begin('b', 100, 0);
    expect(pool.choose([A, B], 0).candidate, 'a little load does not change that').to.equal(B);
    expect(pool.choose([A, B], 200_000).candidate, 'old news are forgotten').to.equal(A);
  });

  it('does not queue at an endpoint that has said nothing yet, however idle it looked', () => {
    const pool = new EndpointPool();
    pool.begin('a', 1_000, 0);
    pool.begin('b', 1_000, 0);
    pool.end('b', 1_000, 'ok', 20, { latencyMs: 20 });
    for (let n = 0; n < 3; n++) {
      expect(pool.choose([A, B], 100).candidate, `with ${n} calls elsewhere`).to.equal(B);
      pool.begin('b', 100, 100);
    }
    pool.heard('a', 100);
    expect(pool.choose([A, B], 101).candidate, 'it speaks').to.equal(A);
  });

  it('leaves out what fails, longer each time, and lets one call try it', () => {
    const pool = new EndpointPool();
    const failing = (nowMs: number) => {
      pool.begin('a', 1, 0);
      pool.end('a', 1, 'failed', nowMs);
    };
    for (let n = 0; n < BREAKER.consecutive; n++) failing(0);
    expect(pool.choose([A], 1)).to.deep.include({ candidate: undefined, retryAtMs: BREAKER.ejectMs });
    const again = BREAKER.ejectMs + 1;
    expect(pool.choose([A], again).candidate).to.equal(A);
    pool.begin('a', 1, 0);
    expect(pool.choose([A], again).candidate, 'one probe at a time').to.equal(undefined);
    pool.end('a', 1, 'failed', again);
    expect(pool.choose([A], again + BREAKER.ejectMs).candidate, 'twice as long').to.equal(undefined);
    const later = again + 2 * BREAKER.ejectMs + 1;
    pool.begin('a', 1, 0);
    pool.end('a', 1, 'ok', later);
    expect(pool.choose([A], later).candidate).to.equal(A);
  });

  it('never runs more calls at an endpoint than it takes, and counts none twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('begin', 'ok', 'failed', 'neutral'), { maxLength: 200 }),
        steps => {
          const pool = new EndpointPool();
          const running: string[] = [];
          let nowMs = 0;
          for (const step of steps) {
            nowMs += 10;
            if (step === 'begin') {
              const { candidate } = pool.choose([candidateOf('a'), candidateOf('b')], nowMs);
              if (!candidate) continue;
              pool.begin(candidate.endpoint.name, 7, nowMs);
              running.push(candidate.endpoint.name);
            } else {
              const name = running.shift();
              if (name) pool.end(name, 7, step, nowMs, { latencyMs: nowMs % 50 });
            }
            for (const name of ['a', 'b']) {
              const expected = running.filter(each => each === name).length;
              expect(pool.view(name)).to.deep.include({ running: expected, outstandingTokens: 7 * expected });
              expect(expected).to.be.at.most(3);
            }
          }
        },
      ),
    );
    function candidateOf(name: string) {
      return candidate(name, 3);
    }
  });
});

describe('patience', () => {
  it('never lasts longer than the setting or what is left, and leaves room for another attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600_000 }),
        fc.integer({ min: 1, max: 600_000 }),
        fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
        (limitMs, remainingMs, tailMs) => {
          const last = attemptLimitMs({ limitMs, remainingMs, tailMs, mayRepeat: false });
          const first = attemptLimitMs({ limitMs, remainingMs, tailMs, mayRepeat: true });
          expect(last).to.be.within(1, Math.min(limitMs, remainingMs));
          expect(first).to.be.at.most(Math.max(1, 0.6 * remainingMs));
        },
      ),
    );
    expect(attemptLimitMs({ limitMs: 60_000, remainingMs: 90_000, tailMs: 2_000, mayRepeat: true })).to.equal(
      12_000,
    );
  });

  it('repeats at most a tenth of the calls of an outage', () => {
    const budget = new RetryBudget();
    let repeated = 0;
    for (let n = 0; n < 1_000; n++) {
      budget.began();
      if (budget.take()) repeated++;
    }
    expect(repeated).to.be.within(100, 121);
  });

  it('hedges when it helps most, at most five of a hundred', () => {
    const clock = new HedgeClock();
    expect(clock.delayMs).to.equal(undefined);
    for (let n = 0; n < HEDGE.window; n++) clock.answered(n % 25 === 24 ? 400 : 20 + (n % 5));
    expect(clock.delayMs, 'as soon as a call is late').to.equal(24);
    let hedged = 0;
    for (let n = 0; n < 1_000; n++) {
      clock.began(100);
      if (clock.take(100)) hedged++;
    }
    expect(hedged).to.be.within(48, 60);
  });
  it('hedges early where the 95th percentile is itself slow', () => {
    const clock = new HedgeClock();
    for (let n = 0; n < HEDGE.window; n++) clock.answered(n % 10 === 9 ? 400 : 20);
    expect([clock.delayMs, clock.tailMs]).to.deep.equal([20, 400]);
  });
  it('goes on knowing what is slow once slow calls are overtaken', () => {
    const clock = new HedgeClock();
    for (let n = 0; n < 2 * HEDGE.window; n++)
      clock.answered(n % 25 === 24 ? 45 : 20 + (n % 5), n % 25 === 24);
    expect(clock.delayMs).to.equal(24);
  });
  it('brings the 99th percentile down as long as the budget reaches the slow ones, and no further', () => {
    // Share s slow, budget b: at least s - b (1 - s) stay slow, so the percentile falls where that is at most 1 %.
    fc.assert(
      fc.property(fc.integer({ min: 11, max: 200 }), slow => {
        const n = 1_000;
        const sorted = Float64Array.from({ length: n }, (_, i) => (i < n - slow ? 10 : 200));
        const { percentileMs, share, delayMs } = bestReissue(sorted, HEDGE)!;
        const s = slow / n;
        const stay = s * (1 - share * (1 - s));
        expect(delayMs).to.equal(10);
        expect(share * s).to.be.at.most(HEDGE.budget + 1e-9);
        expect(percentileMs < 30).to.equal(stay <= 0.01 + 1e-9);
        if (s > (0.01 + HEDGE.budget) / (1 + HEDGE.budget) + 1e-9) expect(percentileMs).to.be.at.least(199);
      }),
    );
  });
  it('does not hedge a dear call on what cheap ones have saved', () => {
    const clock = new HedgeClock();
    for (let n = 0; n < 100; n++) clock.began(10);
    expect(clock.take(1_000)).to.equal(false);
    expect(clock.take(10)).to.equal(true);
  });
});

describe('a stream on its way', () => {
  const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

  it('passes every byte of whole events on, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 40 }),
        (texts, size) => {
          const whole = Buffer.from(`: a comment\n\n${texts.map(event).join('')}data: [DONE]\n\n`);
          const scan = new StreamScan(true);
          const passed: Buffer[] = [];
          for (let at = 0; at < whole.length; at += size) {
            const part = scan.take(whole.subarray(at, at + size));
            if (part) passed.push(part);
          }
          expect(scan.broken).to.equal(false);
          expect(Buffer.concat(passed).toString()).to.equal(whole.toString());
        },
      ),
    );
  });

  it('reads usage and the end however a provider spaces its JSON and ends its lines', () => {
    for (const [space, line] of [
      ['', '\n'],
      [' ', '\n'],
      [' ', '\r\n'],
    ] as const) {
      const json = (text: string) => text.replaceAll(':', `:${space}`);
      const scan = new StreamScan(true);
      const events = [
        '{"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":null}',
        '{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}',
        '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}',
      ].map(each => `data: ${json(each)}${line}${line}`);
      expect(scan.take(Buffer.from(events[0]!))?.includes('content')).to.equal(true);
      expect(scan.finished).to.equal(false);
      scan.take(Buffer.from(events[1]!));
      expect(scan.finished).to.equal(true);
      expect(scan.take(Buffer.from(events[2]!)), 'hidden').to.equal(undefined);
      expect(scan.usage).to.deep.equal({ inputTokens: 7, cachedInputTokens: 0, outputTokens: 3 });
    }
  });

  it('does not pass what is no JSON', () => {
    const bad = 'data: {"choices":[{"delta":\n\n';
    for (const text of [bad, event('a') + bad, bad + event('a'), 'data: {"a":}\n\n'.replace('}', ' ')]) {
      const scan = new StreamScan(true);
      expect(scan.take(Buffer.from(text))).to.equal(undefined);
      expect(scan.broken).to.equal(true);
    }
  });
});

describe('an answer that another model ends', () => {
  const ANSWER =
    'You can send it back within thirty days of the delivery. The label is in the parcel, and the money is back within a week.';
  const join = (said: string, pieces: readonly string[]) => {
    const continuation = new Continuation(said);
    return said + pieces.map(piece => continuation.push(piece)).join('') + continuation.end();
  };

  it('is one text, wherever it was cut, whether the other goes on, repeats some of it, or begins anew', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: ANSWER.length - 1 }),
        fc.integer({ min: 0, max: ANSWER.length }),
        fc.integer({ min: 1, max: 30 }),
        (cut, repeated, size) => {
          // Fewer than a dozen repeated characters cannot be told from chance.
          const from = repeated >= cut ? 0 : repeated < 12 ? cut : cut - repeated;
          const next = ANSWER.slice(from);
          const pieces = next.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
          expect(join(ANSWER.slice(0, cut), pieces)).to.equal(ANSWER);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('loses nothing of what only looks like a repetition', () => {
    expect(join('It is very very very late.', [' It is', ' very', ' cold.'])).to.equal(
      'It is very very very late. It is very cold.',
    );
    expect(join('a', ['b'])).to.equal('ab');
  });
});
