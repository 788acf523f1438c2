// Protects: a Moleculer project of anybody's, with this middleware and mixin, lets personal data into no log line, span, label or error, and gives a handler placeholders whose values only its caller gets back.
import { expect } from 'chai';
import fc from 'fast-check';
import { type Context, Errors, Loggers, type Service, ServiceBroker } from 'moleculer';
import { LOG_POLICY } from '../../../lib/core/dlp/policy.ts';
import { dlpMiddleware } from '../../../mixins/dlp.middleware.ts';
import { dlpMixin } from '../../../mixins/dlp.mixin.ts';

const MAIL = 'planted.person@example.org';
const CARD = '4012888888881881';
const PLANTED = [MAIL, CARD];
const found = (value: unknown) => PLANTED.filter(each => JSON.stringify(value).includes(each));

/** A logger of the framework's own kind that keeps what it would write. */
class Recorder extends Loggers.Base<object> {
  readonly #lines: unknown[];
  constructor(lines: unknown[]) {
    super();
    this.#lines = lines;
  }
  override getLogHandler() {
    return (_level: string, args: unknown[]) => {
      this.#lines.push(...args.map(each => (each instanceof Error ? each.stack : each)));
    };
  }
}

describe('a broker that is not of Troupe', () => {
  const lines: unknown[] = [];
  const spans: { tags: unknown; error: unknown }[] = [];
  const redactions: Record<string, number> = {};
  const heard: unknown[] = [];
  let broker: ServiceBroker;

  /** With the framework's own logger, tracer and metrics, which record whatever they are given. */
  before(async () => {
    broker = new ServiceBroker({
      logger: new Recorder(lines) as never,
      tracing: {
        enabled: true,
        exporter: {
          type: 'Event',
          options: {
            sendStartSpan: true,
            sendFinishSpan: true,
            interval: 0,
            broadcast: true,
            spanConverter: (span: { tags: unknown; error: unknown }) => {
              spans.push({ tags: structuredClone(span.tags), error: String(span.error) });
              return span;
            },
          },
        },
      } as never,
      metrics: { enabled: true },
      middlewares: [
        dlpMiddleware({
          onRedacted: place => (entity, count) => {
            redactions[`${place} ${entity}`] = (redactions[`${place} ${entity}`] ?? 0) + count;
          },
        }),
      ],
    });
    broker.createService({
      name: 'shop',
      mixins: [dlpMixin({ allowFields: ['orderId'] })],
      actions: {
        fail: {
          tracing: { tags: { params: true } },
          handler(this: Service, ctx: Context<{ who: string }>) {
            this.logger.info(`asked by ${ctx.params.who}`, { deep: [{ mail: ctx.params.who }] });
            throw new Errors.MoleculerError(`no order of ${ctx.params.who}`, 404, 'NO_ORDER', {
              who: ctx.params.who,
            });
          },
        },
        ask: {
          dlp: { tokenize: ['messages.text', 'lookUp'] },
          handler(ctx: Context<{ messages: { text: string }[] }>) {
            heard.push(ctx.params);
            return {
              text: `I wrote to ${/⟦EMAIL\w+⟧/.exec(JSON.stringify(ctx.params))?.[0]}`,
              seen: ctx.params,
            };
          },
        },
        note: {
          dlp: { mask: ['text'] },
          handler: (ctx: Context<{ text: string }>) => ctx.params.text,
        },
      },
    } as never);
    await broker.start();
  });
  after(() => broker.stop());

  it('tells errors, log lines, spans and labels without it, and counts what it hid where', async () => {
    const error = (await broker.call('shop.fail', { who: `${MAIL}, card ${CARD}` }).then(
      () => expect.fail('it fails'),
      (reason: unknown) => reason,
    )) as Errors.MoleculerError;
    expect([error.code, error.type]).to.deep.equal([404, 'NO_ORDER']);
    expect(error.message).to.equal('no order of [EMAIL_ADDRESS], card [CREDIT_CARD]');
    expect(found([error.message, error.stack, error.data])).to.deep.equal([]);
    broker.logger.warn(`the broker's own logger, which is older than its middlewares: ${MAIL}`);
    broker.metrics.register({ type: 'counter', name: 'asked', labelNames: ['by'] });
    broker.metrics.increment('asked', { by: MAIL });
    expect(spans.length).to.be.at.least(2);
    expect(JSON.stringify(spans)).to.include('[EMAIL_ADDRESS]');
    expect(found(spans)).to.deep.equal([]);
    expect(JSON.stringify(lines))
      .to.include('asked by [EMAIL_ADDRESS]')
      .and.include('older than its middlewares');
    expect(found(lines)).to.deep.equal([]);
    const labels = broker.metrics.list({ includes: 'asked' }).flatMap(({ values }) => [...values.values()]);
    expect(JSON.stringify(labels)).to.include('[EMAIL_ADDRESS]');
    expect(found(labels)).to.deep.equal([]);
    for (const place of ['log', 'error', 'trace', 'metric'])
      expect(redactions[`${place} EMAIL_ADDRESS`], place).to.be.above(0);
  });

  it('gives a handler placeholders, and only its caller the values; what the caller passed stays his', async () => {
    const params = {
      messages: [{ text: `Write to ${MAIL}`, id: MAIL }],
      lookUp: { orderId: CARD, card: CARD },
    };
    const given = structuredClone(params);
    const answer = await broker.call<{ text: string; seen: unknown }, typeof params>('shop.ask', params);
    expect(params).to.deep.equal(given);
    expect(heard.at(-1)).to.deep.equal({
      messages: [{ text: 'Write to ⟦EMAIL_ADDRESS_1⟧', id: MAIL }],
      lookUp: { orderId: CARD, card: '⟦CREDIT_CARD_1⟧' },
    });
    expect(answer).to.deep.equal({ text: `I wrote to ${MAIL}`, seen: given });
  });

  it('masks for good what an action says so of', async () => {
    expect(await broker.call('shop.note', { text: `${MAIL} paid by ${CARD}` })).to.equal(
      '[EMAIL_ADDRESS] paid by [CREDIT_CARD]',
    );
  });

  it('gives back whatever text it was given, placeholders of a stranger among it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(MAIL, CARD, '⟦EMAIL_ADDRESS_1⟧', ' '))),
        async parts => {
          const text = parts.join(' ');
          const { seen } = await broker.call<{ seen: { messages: { text: string }[] } }, object>('shop.ask', {
            messages: [{ text }],
          });
          expect(seen.messages[0]!.text).to.equal(text);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a policy of one call', () => {
  it('decides what is looked for; none leaves everything as it is', async () => {
    const broker = new ServiceBroker({ logger: false });
    broker.createService({
      name: 'notes',
      mixins: [
        dlpMixin({
          maskPolicy: ctx =>
            (ctx.meta as { strict?: boolean }).strict
              ? { ...LOG_POLICY, entities: { EMAIL_ADDRESS: { action: 'keep' } } }
              : undefined,
        }),
      ],
      actions: {
        keep: { dlp: { mask: ['text'] }, handler: (ctx: Context<{ text: string }>) => ctx.params.text },
      },
    } as never);
    await broker.start();
    const keep = (meta: object) => broker.call('notes.keep', { text: `${MAIL} ${CARD}` }, { meta });
    expect([await keep({}), await keep({ strict: true })]).to.deep.equal([
      `${MAIL} ${CARD}`,
      `${MAIL} [CREDIT_CARD]`,
    ]);
    await broker.stop();
  });
});
