/** The main job, through HTTP alone: a customer's question gets its answer. The same on every way to run the platform. */
import { expect } from 'chai';
import { Client, type ServerEvent } from '../e2e/client.ts';

export interface GivenPlatform {
  readonly url: string;
  /** Of the demo shop. */
  readonly apiKey: string;
  /** Makes a tenant as an operator does, and gives its key. */
  makeTenant(name: string): Promise<string>;
}

const RETURNS = 'How many days do I have to return something?';
const EMAIL = 'linh.tran@example.com';

export function mainJobSuite(given: () => GivenPlatform): void {
  let shop: Client;
  let other: Client;
  before(async () => {
    const { url, apiKey, makeTenant } = given();
    shop = new Client(url, apiKey);
    other = new Client(url, await makeTenant(`Second ${Math.trunc(performance.now())}`));
  });

  describe('a question', () => {
    it('is answered with the article that says so', async () => {
      const { message, usage, turn, status } = await shop.ask(RETURNS);
      expect(message.text).to.include('30 days');
      expect(message.role).to.equal('assistant');
      expect(message.citations[0]).to.include({ title: 'Returns: the 30-day rule' });
      expect(message.citations[0]!.quote).to.include('30 days');
      expect(usage.tier).to.equal('OFFLINE');
      expect({ turn, status }).to.deep.equal({ turn: 1, status: 'answered' });
    });

    it('in Vietnamese is answered in Vietnamese, from a Vietnamese article', async () => {
      const { message } = await shop.ask('Tôi có bao nhiêu ngày để trả hàng?');
      expect(message.text).to.include('30 ngày');
      expect(message.citations).to.not.be.empty;
    });

    it('that no article answers is not answered, and a person is offered', async () => {
      const { message } = await shop.ask('What is the capital of France?');
      expect(message.text)
        .to.match(/do not know/)
        .and.match(/person/)
        .and.match(/without a language model/);
      expect(message.citations).to.deep.equal([]);
      expect(message.text).to.not.include('Paris');
    });

    it('for a person hands the conversation over', async () => {
      const { conversationId } = await shop.ask('I want to talk to a human being');
      const { status } = await shop.conversation(conversationId);
      const response = await shop.request('GET', `/chat/conversations/${conversationId}`);
      const { wantsPerson } = (await response.json()) as { wantsPerson: string | null };
      expect(status).to.equal('open');
      expect(wantsPerson).to.be.a('string');
    });
  });

  describe('a conversation', () => {
    it('goes on where it was, and its history is whole and in order', async () => {
      const first = await shop.ask('I want to cancel my order');
      const { conversationId } = first;
      expect(first.message.text).to.match(/order/i);
      const second = await shop.ask('KM-10312', { conversationId });
      expect(second.turn).to.equal(2);
      expect(second.message.text).to.match(/e-?mail/i);
      const { messages } = await shop.conversation(conversationId);
      expect(messages.map(({ role, text }) => [role, text])).to.deep.equal([
        ['user', 'I want to cancel my order'],
        ['assistant', first.message.text],
        ['user', 'KM-10312'],
        ['assistant', second.message.text],
      ]);
      expect(messages[1]!.id).to.equal(first.message.id);
    });

    it('answers messages that come at once each, in the order in which they were accepted', async () => {
      const { conversationId } = await shop.ask('hello');
      const texts = ['How do I cancel an order?', 'Do you ship to Brazil?', RETURNS, 'thanks'];
      await Promise.all(texts.map(text => shop.ask(text, { conversationId })));
      const { messages } = await shop.conversation(conversationId);
      expect(messages.filter(m => m.role === 'user')).to.have.length(5);
      expect(messages.filter(m => m.role === 'assistant').map(m => m.turn)).to.deep.equal([1, 2, 3, 4, 5]);
    });
  });

  describe('a message that is sent again with its Idempotency-Key', () => {
    it('is answered once, with the same answer', async () => {
      const key = `again-${performance.now()}`;
      const first = await shop.ask(RETURNS, { key });
      expect(await shop.ask(RETURNS, { key })).to.deep.equal(first);
      const { messages } = await shop.conversation(first.conversationId);
      expect(messages.map(m => m.role)).to.deep.equal(['user', 'assistant']);
    });

    it('ten times at once is still one message', async () => {
      const key = `at-once-${performance.now()}`;
      const answers = await Promise.all(Array.from({ length: 10 }, () => shop.ask(RETURNS, { key })));
      for (const answer of answers) expect(answer).to.deep.equal(answers[0]);
      const { messages } = await shop.conversation(answers[0]!.conversationId);
      expect(messages).to.have.length(2);
    });

    it('by another tenant is another message', async () => {
      const key = `mine-${performance.now()}`;
      const ours = await shop.ask(RETURNS, { key });
      const theirs = await other.ask(RETURNS, { key });
      expect(theirs.conversationId).to.not.equal(ours.conversationId);
      expect(theirs.message.citations).to.deep.equal([]);
    });
  });

  describe('a stream', () => {
    const seqOf = (event: ServerEvent) => Number.parseInt(event.id, 10);

    it('tells what happens, event by event with ids, and ends with the answer that JSON would give', async () => {
      const events = await shop.stream(RETURNS);
      const names = events.map(event => event.event);
      expect(names[0]).to.equal('accepted');
      expect(names.at(-1)).to.equal('message');
      expect(names).to.include('delta').and.include('tool');
      for (const event of events) expect(event.id).to.match(/^\d+\.\w+$/);
      expect(new Set(events.map(event => event.id)).size).to.equal(events.length);
      const order = events.map(seqOf);
      expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
      const { message, conversationId } = events.at(-1)!.data as never as {
        message: { text: string; citations: { title: string }[] };
        conversationId: string;
      };
      const spoken = events.filter(event => event.event === 'delta').map(event => event.data.text);
      expect(spoken.join('')).to.equal(message.text);
      expect(message.citations[0]!.title).to.equal('Returns: the 30-day rule');
      expect((await shop.conversation(conversationId)).messages.at(-1)!.text).to.equal(message.text);
    });

    it('that is asked for again with its key gives the recorded answer', async () => {
      const key = `stream-${performance.now()}`;
      const first = (await shop.stream(RETURNS, { key })).at(-1)!;
      const again = await shop.stream(RETURNS, { key });
      expect(again.filter(event => event.event === 'message')).to.have.length(1);
      expect((again.at(-1)!.data as never as { message: unknown }).message).to.deep.equal(
        (first.data as never as { message: unknown }).message,
      );
    });
  });

  describe('the tools of the shop', () => {
    it('look up where a parcel is', async () => {
      const { message } = await shop.ask(`Where is my order KM-10234? ${EMAIL}`);
      expect(message.toolCalls).to.deep.equal([{ name: 'track_parcel', status: 'done' }]);
      expect(message.text).to.include('KM-10234').and.include('SWH820327606');
    });

    it('tell nothing to somebody who does not know the e-mail address', async () => {
      const { message } = await shop.ask('Where is my order KM-10234? mallory@example.com');
      expect(message.text).to.not.include('SWH820327606');
    });

    it('change an address, and the order has it from then on', async () => {
      const address = '5 Bach Dang, Hai Chau, Da Nang 50200, Vietnam';
      const { message } = await shop.ask(
        `Please change the delivery address of order KM-10308 (${EMAIL}) to ${address}`,
      );
      expect(message.toolCalls).to.deep.equal([{ name: 'change_address', status: 'done' }]);
      expect(message.text).to.include(address);
      const { message: later } = await shop.ask(`What is the status of my order KM-10308? ${EMAIL}`);
      expect(later.text).to.include('KM-10308');
    });

    it('are not there for a tenant that has no shop', async () => {
      const { message } = await other.ask(`Where is my order KM-10234? ${EMAIL}`);
      expect(message.text).to.not.include('SWH820327606');
    });
  });

  describe('two tenants', () => {
    const SECRET = 'The badger password of the vault is quincunx.';
    let documentId: string;
    let conversationId: string;
    before(async () => {
      documentId = (await other.ingest('Vault rules', SECRET)).id;
      ({ conversationId } = await other.ask('What is the badger password of the vault?'));
    });

    it('each find what is theirs', async () => {
      const [best] = await other.search('badger password of the vault');
      expect(best).to.include({ documentId, title: 'Vault rules' });
      expect((await other.documents()).map(document => document.title)).to.deep.equal(['Vault rules']);
      expect((await shop.search('How many days to return something'))[0]!.title).to.match(/return/i);
    });

    it('never find what is the other’s', async () => {
      const found = await shop.search('badger password of the vault quincunx');
      expect(JSON.stringify(found)).to.not.include('quincunx');
      expect(await other.search('How many days to return something')).to.deep.equal([]);
      expect((await shop.documents()).map(document => document.id)).to.not.include(documentId);
      const { message } = await shop.ask('What is the badger password of the vault?');
      expect(message.text).to.not.include('quincunx');
      expect((await other.ask(RETURNS)).message.citations).to.deep.equal([]);
    });

    it('cannot read, go on with, watch or steer the other’s conversations', async () => {
      const at = `/chat/conversations/${conversationId}`;
      expect((await shop.request('GET', at)).status).to.equal(404);
      expect((await shop.request('GET', `${at}/events`)).status).to.equal(404);
      for (const verb of ['takeover', 'cancel', 'pause', 'handback', 'resume'])
        expect((await shop.request('POST', `${at}/${verb}`, {})).status, verb).to.equal(404);
      expect((await shop.request('POST', `${at}/fork`, {})).status).to.equal(404);
      expect((await shop.request('POST', `${at}/reply`, { text: 'hi' })).status).to.equal(404);
      const own = await shop.ask('hello', { conversationId });
      expect(own.turn).to.equal(1);
      expect((await other.conversation(conversationId)).messages).to.have.length(2);
      expect((await other.conversation(conversationId)).status).to.equal('open');
    });

    it('cannot delete the other’s documents', async () => {
      expect((await shop.request('DELETE', `/ingestion/documents/${documentId}`)).status).to.equal(404);
      expect(await other.search('badger password')).to.not.be.empty;
    });
  });
}
