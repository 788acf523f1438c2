// Protects: the main job on the embedded default, from one command: answered, kept through a crash, stopped cleanly.
import { once } from 'node:events';
import { expect } from 'chai';
import { mainJobSuite } from '../suites/main-job.ts';
import { startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';
import { Client } from './client.ts';
import { type Platform, startPlatform } from './platform.ts';
import { makeTenant } from './program.ts';

describe('the platform on the embedded default', function () {
  this.timeout(60_000);
  let platform: Platform;
  before(async function () {
    this.timeout(120_000);
    platform = await startPlatform();
  });
  after(() => platform?.stop());

  mainJobSuite(() => ({
    ...platform,
    makeTenant: name => makeTenant(name, { TROUPE_DATA_DIR: platform.dataDir }),
  }));

  it('refuses a second start on its data folder, and says what to do', async () => {
    const error = await rejection(startPlatform({ env: { TROUPE_DATA_DIR: platform.dataDir } }));
    expect(error.message)
      .to.include('Another Troupe is running on the data folder')
      .and.include('TROUPE_DATA_DIR')
      .and.include('ended with 1');
    await new Client(platform.url, platform.apiKey).ask('still there?');
  });

  it('has every acknowledged message after kill -9 and a restart, and its key', async () => {
    const before = new Client(platform.url, platform.apiKey);
    const key = 'before-the-crash';
    const answer = await before.ask('How many days do I have to return something?', { key });
    const history = await before.conversation(answer.conversationId);
    await platform.kill();
    const { url, apiKey } = platform;
    platform = await platform.restart();
    expect({ url: platform.url, apiKey: platform.apiKey }).to.deep.equal({ url, apiKey });
    const after = new Client(platform.url, platform.apiKey);
    expect(await after.conversation(answer.conversationId)).to.deep.equal(history);
    expect(await after.ask('How many days do I have to return something?', { key })).to.deep.equal(answer);
    const next = await after.ask('Do you ship to Brazil?', { conversationId: answer.conversationId });
    expect(next.turn).to.equal(2);
  });
});

describe('the platform with a language model', function () {
  this.timeout(60_000);
  const TEXT = 'It is answered after all.';
  let model: Awaited<ReturnType<typeof startOpenAiServer>>;
  let platform: Platform;
  let held = true;
  before(async function () {
    this.timeout(120_000);
    model = await startOpenAiServer({
      script: () => (held ? { kind: 'hang' } : { kind: 'text', text: TEXT }),
    });
    platform = await startPlatform({ env: { TROUPE_MODEL_BASE_URL: model.url, TROUPE_MODEL_NAME: 'fake' } });
  });
  after(async () => {
    await platform?.stop();
    await model?.close();
  });

  it('answers, after kill -9 and a restart, what had been accepted and not answered', async () => {
    const client = new Client(platform.url, platform.apiKey);
    const key = 'unanswered';
    const unanswered = client.ask('Is anybody there?', { key }).catch((error: Error) => error);
    await model.request(0);
    await platform.kill();
    expect(await unanswered).to.be.instanceOf(Error);
    held = false;
    platform = await platform.restart();
    await model.request(1); // nobody has asked again: the platform goes on by itself
    const again = await client.ask('Is anybody there?', { key });
    expect(again.message.text).to.equal(TEXT);
    const { messages } = await client.conversation(again.conversationId);
    expect(messages.map(m => [m.role, m.text])).to.deep.equal([
      ['user', 'Is anybody there?'],
      ['assistant', TEXT],
    ]);
    expect(model.requests).to.have.length(2);
  });

  it('ends the model’s work when the turn is cancelled, and keeps the message', async () => {
    held = true;
    const client = new Client(platform.url, platform.apiKey);
    const conversationId = 'cnv_to_be_cancelled';
    const { length } = model.requests;
    const asked = client.request('POST', '/chat/messages', { message: 'hm', conversationId });
    const request = await model.request(length);
    const at = `/chat/conversations/${conversationId}`;
    expect((await client.request('POST', `${at}/cancel`, {})).status).to.equal(200);
    await request.ended;
    expect(request.aborted).to.equal(true);
    expect((await asked).status).to.equal(409);
    expect((await client.conversation(conversationId)).messages.map(m => m.role)).to.deep.equal(['user']);
  });

  it('stops on Ctrl-C with exit code 0, finishing what it can, and starts again', async () => {
    held = false;
    const client = new Client(platform.url, platform.apiKey);
    const { conversationId } = await client.ask('One more');
    const exited = once(platform.process, 'exit');
    platform.process.kill('SIGINT');
    expect((await exited)[0]).to.equal(0);
    platform = await platform.restart();
    expect((await client.conversation(conversationId)).messages).to.have.length(2);
  });
});
