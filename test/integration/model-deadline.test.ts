// Protects: a deadline reaches from the caller's meta, or from OpenAI's client, down to the provider's socket, which is closed when nobody waits any more.
import { expect } from 'chai';
import { completeModel } from '../../lib/contracts/platform.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';
import { refusal } from '../suites/rejection.ts';

describe('the deadline of a model call', function () {
  this.timeout(30_000);
  let model: OpenAiServer;
  let platform: ModelPlatform;
  before(async () => {
    model = await startOpenAiServer({ script: () => ({ kind: 'hang' }) });
    platform = await startModelPlatform([{ name: 'hangs', url: model.url }]);
  });
  after(async () => {
    await platform?.stop();
    await model?.close();
  });

  it('comes in meta and ends the call at the provider', async () => {
    const { tenantId } = await platform.client('meta');
    const asked = model.requests.length;
    const deadline = Date.now() + 1_500;
    await refusal(
      call(
        platform.broker,
        completeModel,
        { callId: 'req_deadline', agent: null, context: [{ role: 'user', text: 'Anybody?' }] },
        { meta: { tenantId, deadline } },
      ),
      'timeout',
    );
    const request = await model.request(asked);
    await request.ended;
    expect(request.aborted, 'closed by us').to.equal(true);
    expect(Date.now() - deadline, 'soon after, not after the ninety seconds of the setting').to.be.below(
      10_000,
    );
  });

  it("comes in the header of OpenAI's clients", async () => {
    const { openai } = await platform.client('header');
    const asked = model.requests.length;
    const begun = Date.now();
    const ended = await openai.chat.completions
      .create(
        { model: 'fake-large', messages: [{ role: 'user', content: 'Anybody?' }] },
        { headers: { 'x-stainless-timeout': '1' } },
      )
      .then(
        () => 'answered',
        (error: { status?: number }) => error.status,
      );
    expect(ended).to.be.oneOf([502, 503, 504]);
    const request = await model.request(asked);
    await request.ended;
    expect(request.aborted).to.equal(true);
    expect(Date.now() - begun).to.be.within(500, 15_000);
  });
});
