// Protects: an event stream reads the same however the network cuts it.
import { expect } from 'chai';
import fc from 'fast-check';
import { readSse, type SseEvent, SseOverflow, SseParser } from '../../../web/src/chat/sse.ts';

const STREAM =
  '\uFEFF: a comment\r\n\r\nid: 1\nevent: accepted\ndata: {"turn":1}\n\n' +
  'id: 2\revent: delta\rdata: {"text":"chào, 🍵"}\r\r' +
  'data: two\r\ndata:  lines\r\n\r\nid\nevent: empty\n\nunknown: field\ndata\n\nevent: cut off\ndata: here';

const EVENTS: readonly SseEvent[] = [
  { type: 'accepted', data: '{"turn":1}', id: '1' },
  { type: 'delta', data: '{"text":"chào, 🍵"}', id: '2' },
  { type: 'message', data: 'two\n lines', id: '2' },
  { type: 'message', data: '', id: '' },
];

function bodyOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function read(chunks: readonly Uint8Array[]): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(bodyOf(chunks))) events.push(event);
  return events;
}

describe('the reader of event streams', () => {
  const bytes = new TextEncoder().encode(STREAM);

  it('reads fields, comments, ids that last, and lines that end in CR, LF or both', async () => {
    expect(await read([bytes])).to.deep.equal(EVENTS);
  });

  it('gives the same when the stream is cut at any one byte', async () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(await read([bytes.slice(0, at), bytes.slice(at)]), `cut at ${at}`).to.deep.equal(EVENTS);
  });

  it('gives the same when it comes byte by byte, or in any other pieces', async () => {
    expect(await read([...bytes].map(byte => Uint8Array.of(byte)))).to.deep.equal(EVENTS);
    const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async places => {
        const edges = [0, ...places.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((to, index) => bytes.slice(edges[index], to));
        expect(await read(chunks)).to.deep.equal(EVENTS);
      }),
    );
  });

  it('drops an event that the end of the stream cuts off', () => {
    expect(new SseParser().push('data: half')).to.deep.equal([]);
  });

  it('refuses an event without end', () => {
    const parser = new SseParser();
    const piece = `data: ${'a'.repeat(900_000)}\n`;
    parser.push(piece);
    parser.push(piece);
    expect(() => parser.push(piece)).to.throw(SseOverflow);
  });

  it('tells the sender when nobody reads any more', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: controller => controller.enqueue(bytes),
      cancel() {
        cancelled = true;
      },
    });
    for await (const _ of readSse(body)) break;
    expect(cancelled).to.equal(true);
  });
});
