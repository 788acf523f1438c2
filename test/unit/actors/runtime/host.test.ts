// Protects: a host refuses what it cannot take by a stable code, bounds its memory, and one bad actor harms no other.
import { expect } from 'chai';
import { COMMAND_LIMIT } from '../../../../actors/runtime/draft.ts';
import { refusal } from '../../../suites/rejection.ts';
import { add, address, gate, hostOn, MemoryJournal } from './fixtures.ts';

describe('an actor host', () => {
  it('answers a repeated command id with where it stands, in memory and after', async () => {
    const journal = new MemoryJournal();
    const { host } = hostOn(journal);
    expect(await host.submit(address('a'), 'm1', add(2))).to.deep.include({ seq: 1, duplicate: false });
    await host.submit(address('a'), 'm2', add(3));
    expect(await host.submit(address('a'), 'm1', add(2))).to.deep.include({ seq: 1, duplicate: true });
    host.evict(address('a'));
    expect(await host.submit(address('a'), 'm1', add(2))).to.deep.include({ seq: 1, duplicate: true });
    expect((await host.inspect(address('a'))).state).to.deep.equal({ sum: 5 });
  });

  it('refuses what does not fit into a full mailbox; the rest goes through in order', async () => {
    const journal = new MemoryJournal();
    const { passed, open } = gate();
    journal.before = () => passed;
    const { host } = hostOn(journal, { mailboxLimit: 2 });
    await host.activate(address('a'));
    const taken = [1, 2, 3].map(index => host.submit(address('a'), `m${index}`, add(index)));
    await refusal(host.submit(address('a'), 'm4', add(4)), 'mailbox-full');
    open();
    expect((await Promise.all(taken)).map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
  });

  it('refuses an oversized command and goes on with the next', async () => {
    const journal = new MemoryJournal();
    const { host } = hostOn(journal);
    const text = 'x'.repeat(COMMAND_LIMIT);
    await refusal(host.submit(address('a'), null, { type: 'Write', text } as never), 'command-too-large');
    expect(journal.appends).to.have.length(0);
    expect((await host.submit(address('a'), null, add())).seq).to.equal(1);
  });

  it('refuses an unknown type, and keys too short or too long', async () => {
    const { host } = hostOn(new MemoryJournal());
    await refusal(host.activate({ tenantId: 'acme', type: 'nobody', key: 'a' }), 'actor-type-unknown');
    for (const key of ['', 'x'.repeat(201)]) await refusal(host.activate(address(key)), 'validation-failed');
  });

  it('passes a refusal of the actor on and writes nothing for it, nor for a command without events', async () => {
    const journal = new MemoryJournal();
    const { host } = hostOn(journal);
    await refusal(host.submit(address('a'), 'm1', { type: 'Refuse' }), 'conflict');
    expect((await host.submit(address('a'), 'm2', add(0))).seq).to.equal(0);
    expect(journal.appends).to.have.length(0);
  });

  it('keeps an actor with a corrupt row shut, names the row, and serves the others', async () => {
    const journal = new MemoryJournal();
    const { host } = hostOn(journal);
    journal.of('counter/bad').push({ seq: 1, epoch: 1, unfinished: false, commandId: null, events: '[{' });
    const error = await refusal(host.submit(address('bad'), 'm1', add()), 'journal-corrupt');
    expect(error.data).to.deep.equal({ actor: 'counter/bad', seq: 1 });
    expect((await host.submit(address('good'), 'm1', add())).seq).to.equal(1);
  });

  it('passivates the longest unused beyond its limit, and the idle, and brings them back whole', async () => {
    const journal = new MemoryJournal();
    const { host, time } = hostOn(journal, { activationLimit: 2 });
    for (const key of ['a', 'b', 'c', 'd']) {
      await host.submit(address(key), null, add(7));
      time.nowMs += 10;
    }
    expect(host.activations).to.equal(4);
    host.sweep();
    expect(host.activations).to.equal(2);
    time.nowMs += 120_000;
    host.sweep();
    expect(host.activations).to.equal(0);
    expect((await host.inspect(address('a'))).state).to.deep.equal({ sum: 7 });
  });

  it('does not passivate one that is watched', async () => {
    const { host, time } = hostOn(new MemoryJournal());
    const { stop } = await host.watch(address('a'), () => {});
    time.nowMs += 120_000;
    host.sweep();
    expect(host.activations).to.equal(1);
    stop();
    host.sweep();
    expect(host.activations).to.equal(0);
  });

  it('takes no more when it drains', async () => {
    const { host } = hostOn(new MemoryJournal());
    await host.submit(address('a'), null, add());
    expect(await host.drain(1_000, async () => {})).to.equal(0);
    await refusal(host.submit(address('a'), null, add()), 'unavailable');
  });

  it('outruns another activation that wrote first: the command is tried again on what stands', async () => {
    const journal = new MemoryJournal();
    const { host } = hostOn(journal);
    await host.submit(address('a'), 'm1', add(1));
    const events = JSON.stringify([{ type: 'Added', amount: 10 }]);
    journal.of('counter/a').push({ seq: 2, epoch: 2, unfinished: false, commandId: 'other', events });
    expect((await host.submit(address('a'), 'm2', add(2))).seq).to.equal(3);
    expect((await host.inspect(address('a'))).state).to.deep.equal({ sum: 13 });
  });
});
