// Protects: a client that reads slowly is sent what is true now, in order and never broken, and no more is on its way to it than it said it can take.
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Socket } from 'socket.io';
import { Connection } from '../../../services/gateway/realtime/connection.ts';
import { DeltaEvent, DurableEvent, type Outgoing } from '../../../services/gateway/realtime/outgoing.ts';
import { createRealtimeMetrics } from '../../../services/gateway/realtime/realtime-metrics.ts';

/** A socket whose network takes everything at once, as a proxy does, and whose client reads only when told to. */
class Reader {
  readonly written: string[] = [];
  readonly events: Outgoing[] = [];
  pings = 0;
  drained = 0;
  readonly engine = Object.assign(new EventEmitter(), {
    readyState: 'open',
    writeBuffer: [],
    transport: {
      name: 'websocket',
      socket: {
        _socket: {
          writableNeedDrain: false,
          destroyed: false,
          write: (data: Buffer) => {
            if (data.length === 3) this.pings++;
            else this.written.push(data.toString('utf8', data[1] === 126 ? 4 : data[1] === 127 ? 10 : 2));
            return true;
          },
        },
      },
    },
  });
  readonly connection = new Connection(
    { conn: this.engine } as unknown as Socket,
    createRealtimeMetrics(new Registry()),
    { written: item => this.events.push(item), drained: () => this.drained++ },
  );
  pong(): void {
    this.engine.emit('heartbeat');
  }
}

const PART = 'x'.repeat(400);
const delta = (n: number) =>
  new DeltaEvent('cnv_1', `0.d${n}`, { turn: 1, offset: n * PART.length, text: PART });

describe('a connection', () => {
  it('asks how far its client has read, and holds back until it answers', () => {
    const reader = new Reader();
    for (let n = 0; n < 100; n++) reader.connection.send(delta(n));
    const first = reader.written.length;
    expect(first).to.be.within(20, 50);
    expect(reader.pings).to.equal(1);
    expect(reader.connection.clear).to.equal(false);
    reader.pong();
    // What waited has become one part, and the text is whole.
    expect(reader.written).to.have.length(first + 1);
    const text = reader.written.reduce((known, frame) => {
      const { data } = JSON.parse(frame.slice(2))[1] as { data: { offset: number; text: string } };
      expect(data.offset).to.be.at.most(known.length);
      return known.slice(0, data.offset) + data.text;
    }, '');
    expect(text).to.equal(PART.repeat(100));
    expect(reader.drained).to.equal(1);
  });

  it('leaves out parts of a text that has come whole, and keeps order', () => {
    const reader = new Reader();
    for (let n = 0; n < 100; n++) reader.connection.send(delta(n));
    const before = reader.written.length;
    const whole = { id: '1.0', event: 'message', data: { turn: 1, text: 'whole' } };
    const said = { id: '2.0', event: 'accepted', data: {} };
    reader.connection.send(new DurableEvent('cnv_1', whole, { seq: 1, index: 0 }));
    reader.connection.send(new DurableEvent('cnv_1', said, { seq: 2, index: 0 }));
    reader.pong();
    const events = reader.written.slice(before).map(frame => JSON.parse(frame.slice(2))[1].event);
    expect(events).to.deep.equal(['message', 'accepted']);
  });

  it('lets more be on its way to a client that answers quickly, and asks it seldom', () => {
    const reader = new Reader();
    for (let n = 0; n < 2_000; n++) {
      reader.connection.send(delta(n));
      reader.pong();
    }
    expect(reader.written).to.have.length(2_000);
    expect(reader.pings).to.be.within(5, 40);
  });
});
