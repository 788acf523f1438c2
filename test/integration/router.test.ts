// Protects: a routing decision is explained, kept and can be made again; what came of it is learnt once, whatever comes when; a worse policy is taken back, and no tenant learns from another.
import { expect } from 'chai';
import * as router from '../../lib/contracts/router.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { refusal } from '../suites/rejection.ts';

describe('the router', function () {
  this.timeout(60_000);
  let node: TestNode;
  let ours: { tenantId: string; apiKey: string };
  let as: { meta: { tenantId: string } };
  before(async () => {
    node = await startEmbeddedNode();
  });
  beforeEach(async () => {
    ours = await node.makeTenant('ours');
    as = { meta: { tenantId: ours.tenantId } };
  });
  after(() => node?.stop());

  const decide = (message: string, more = {}) =>
    call(node.broker, router.decideRoute, { message, ...more }, as);
  const tell = (decisionId: string, quality: number, more = {}) =>
    call(node.broker, router.routeOutcome, { decisionId, source: 'thumbs', quality, ...more }, as);

  it('answers over HTTP with a decision and its reasons', async () => {
    const response = await fetch(`${node.url}/api/v1/router/decide`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ours.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Where is my order?' }),
    });
    const decision = (await response.json()) as Awaited<ReturnType<typeof decide>>;
    expect(response.status).to.equal(200);
    expect(decision.probabilitySuffices).to.be.within(0.5, 1);
    expect(Object.values(decision.propensities).reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-9);
    expect(decision.features).to.include({ language: 'en', novelty: 1, toolsWanted: 0 });
    expect(decision.expected.costMicroUsd).to.be.greaterThan(0);
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).to.match(/^router_decision_latency_ms_count [1-9]/m);
  });

  it('locks a request for strict JSON to the small tier, and goes where the request says', async () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      required: ['kind'],
      properties: { kind: { enum: ['order', 'return'] } },
    };
    expect(await decide('classify: where is my parcel', { schema })).to.include({
      tier: 'SLM_A',
      reason: 'early-exit',
    });
    expect(await decide('anything', { tier: 'LLM' })).to.include({ tier: 'LLM', overriddenBy: 'request' });
    expect(await decide('anything', { tiers: ['SLM_B'] })).to.include({ tier: 'SLM_B', reason: 'only-tier' });
  });

  it('learns each outcome once, from many at a time, and replays a decision as it was made', async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, n) => decide(`question ${n} about my tax dispute`)),
    );
    const early = made[0]!;
    const learnt = await Promise.all(
      made.map(({ decisionId }) => tell(decisionId, 0, { costMicroUsd: 900 })),
    );
    expect(learnt.map(({ version }) => version).toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 30 }, (_, n) => n + 1),
    );
    expect(await tell(early.decisionId, 1)).to.include({ learnt: false });
    expect(await tell(early.decisionId, 1, { source: 'judge' })).to.include({ learnt: true, version: 31 });
    const replay = (decisionId: string) => call(node.broker, router.replayRoute, { decisionId }, as);
    expect(await replay(early.decisionId)).to.include({ same: true, version: 0 });
    // What was learnt moves later decisions; those too come out the same again.
    await call(node.broker, router.startCanary, { candidate: { tier: 'LLM' } }, as); // makes the node look anew
    const late = await decide('my tax dispute again');
    expect(late.version).to.equal(31);
    expect(await replay(late.decisionId)).to.include({ same: true, version: 31 });
  });

  it('takes a worse policy back and leaves the tenant with the old one', async () => {
    const { canaryId } = await call(
      node.broker,
      router.startCanary,
      { candidate: { tier: 'SLM_A' }, share: 0.1 },
      as,
    );
    await refusal(call(node.broker, router.startCanary, { candidate: { tier: 'LLM' } }, as), 'conflict');
    let status: string | null = 'running';
    const arms = new Map<string, string>();
    for (let n = 0; n < 900 && status !== 'rolled-back'; n += 50) {
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          decide('where is it', { conversationId: `cnv_${n + i}`, tiers: ['SLM_A', 'LLM'] }),
        ),
      );
      for (const [i, { canary }] of made.entries()) arms.set(`cnv_${n + i}`, canary!.arm);
      const bad = made.filter(({ canary }) => canary!.arm === 'candidate');
      for (const { tier } of bad) expect(tier).to.equal('SLM_A');
      const told = await Promise.all(
        made.map(({ decisionId, canary }) => tell(decisionId, canary!.arm === 'candidate' ? 0 : 1)),
      );
      status = told.find(({ canary }) => canary === 'rolled-back')?.canary ?? status;
    }
    expect(status).to.equal('rolled-back');
    const share = [...arms.values()].filter(arm => arm === 'candidate').length / arms.size;
    expect(share).to.be.within(0.04, 0.18);
    const { canaries } = await call(node.broker, router.listCanaries, {}, as);
    expect(canaries[0]).to.include({ canaryId, status: 'rolled-back' });
    const drift = await call(node.broker, router.reportDrift, {}, as);
    expect(drift.outcomes).to.be.greaterThan(100);
    expect(drift.signals.map(({ signal }) => signal)).to.deep.equal([
      'quality',
      'misroutes',
      'cost',
      'latency',
    ]);
  });

  it('keeps decisions, outcomes and intents of one tenant from another', async () => {
    const { decisionId } = await decide('ours alone');
    const theirs = await node.makeTenant('theirs');
    const asThem = { meta: { tenantId: theirs.tenantId } };
    const outcome = { decisionId, source: 'thumbs', quality: 1 } as const;
    await refusal(call(node.broker, router.routeOutcome, outcome, asThem), 'not-found');
    await refusal(call(node.broker, router.replayRoute, { decisionId }, asThem), 'not-found');
    const intents = {
      where: ['where is my parcel', 'track order', 'has it shipped'],
      back: ['return it', 'send back', 'refund me'],
    };
    const examples = Object.entries(intents).flatMap(([intent, texts]) =>
      texts.flatMap(text => ['', 'please ', 'hello '].map(start => ({ text: start + text, intent }))),
    );
    await call(
      node.broker,
      router.teachIntents,
      {
        agent: 'shop',
        examples: [
          ...examples,
          { text: 'sing a song', intent: null },
          { text: 'who won the cup', intent: null },
        ],
      },
      as,
    );
    const asked = { agent: 'shop', text: 'where is my order parcel' };
    const { nearest, version } = await call(node.broker, router.detectIntent, asked, as);
    expect({ nearest, version }).to.deep.equal({ nearest: 'where', version: 1 });
    await refusal(call(node.broker, router.detectIntent, asked, asThem), 'not-found');
  });
});
