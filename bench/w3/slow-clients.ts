/**
 * Clients that read so many bytes a second and no more, over plain TCP: socket.io's protocol by hand. Each puts the
 * answers together as it hears them; a connection that is lost is made anew and resumes by the last id.
 */
import { randomBytes } from 'node:crypto';
import { connect as dial } from 'node:net';
import { digestOf } from './answers.ts';

const count = Number(process.env.CLIENTS);
const rooms = Number(process.env.ROOMS);
const bytesPerSecond = Number(process.env.BYTES_PER_SECOND);
const READS_PER_SECOND = 10;

/** A text frame of a client (RFC 6455: masked, here with zeros), shorter than 64 kB. */
function masked(text: string): Buffer {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, 0, 0]);
  if (head.length === 4) head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, Buffer.alloc(4), body]);
}

/** The texts of whole frames, and what remains. */
function unframe(bytes: Buffer): { texts: string[]; rest: Buffer } {
  const texts: string[] = [];
  for (;;) {
    if (bytes.length < 2) return { texts, rest: bytes };
    const short = bytes[1]!;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return { texts, rest: bytes };
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return { texts, rest: bytes };
    texts.push(bytes.toString('utf8', head, head + length));
    bytes = bytes.subarray(head + length);
  }
}

const results = { ended: 0, broken: 0, gaps: 0, duplicates: 0, reconnects: 0, deltas: 0 };
const heard: string[][] = [];

class SlowReader {
  readonly #room: number;
  readonly #number: number;
  #partial = { turn: 0, text: '' };
  #joined: (() => void) | undefined;
  #closing = false;

  constructor(number: number) {
    this.#number = number;
    this.#room = number % rooms;
    heard[number] = [];
  }

  open(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#joined = resolve;
    let rest = Buffer.alloc(0);
    let upgraded = false;
    const socket = dial({
      port: Number(process.env.PORT),
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(bytesPerSecond / READS_PER_SECOND),
        callback: (length, buffer) => {
          rest = Buffer.concat([rest, Buffer.from(buffer.subarray(0, length))]);
          if (!upgraded) {
            const end = rest.indexOf('\r\n\r\n');
            if (end < 0) return true;
            upgraded = true;
            rest = rest.subarray(end + 4);
          }
          const frames = unframe(rest);
          rest = Buffer.from(frames.rest);
          for (const text of frames.texts) this.#take(text, each => socket.write(masked(each)));
          setTimeout(() => socket.resume(), 1_000 / READS_PER_SECOND);
          return false;
        },
      },
    });
    socket.write(
      `GET /ws/chat/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#closing) return;
      results.reconnects++;
      void this.open();
    });
    return promise;
  }

  #take(text: string, send: (text: string) => void): void {
    const kind = text.slice(0, 2);
    if (text[0] === '2') send('3');
    else if (text[0] === '0') send(`40${JSON.stringify({ token: process.env.TOKEN })}`);
    else if (kind === '40') {
      const after = String(heard[this.#number]!.length);
      this.#partial = { turn: 0, text: '' };
      send(`420${JSON.stringify(['subscribe', { conversationId: `room${this.#room}`, after }])}`);
    } else if (kind === '43') this.#joined!();
    else if (kind === '42') this.#event(JSON.parse(text.slice(2))[1]);
  }

  #event({ event, data }: { event: string; data: { turn: number; offset: number; text: string } }): void {
    const mine = heard[this.#number]!;
    if (event === 'delta') {
      results.deltas++;
      if (this.#partial.turn !== data.turn) this.#partial = { turn: data.turn, text: '' };
      if (data.offset > this.#partial.text.length) results.broken++;
      this.#partial.text = this.#partial.text.slice(0, data.offset) + data.text;
      return;
    }
    if (event !== 'message') return;
    if (data.turn <= mine.length) results.duplicates++;
    if (data.turn > mine.length + 1) results.gaps++;
    // What was shown of it while it was written was a beginning of it.
    if (this.#partial.turn === data.turn && !data.text.startsWith(this.#partial.text)) results.broken++;
    mine.push(digestOf(data.text));
    if (mine.length === Number(process.env.ANSWERS)) {
      this.#closing = true;
      results.ended++;
      process.send!({ ended: results.ended });
    }
  }
}

await Promise.all(Array.from({ length: count }, (_, number) => new SlowReader(number).open()));
process.send!({ ready: count });
process.on('message', (told: { check?: readonly (readonly string[])[]; end?: number }) => {
  if (told.check) {
    const right = heard.filter((mine, number) => mine.join() === told.check![number % rooms]!.join()).length;
    process.send!({ checked: { ...results, right } });
  }
  if (told.end) process.exit(0);
});
