/** Many lean clients in one process: socket.io's protocol over plain `ws`, so that they cost little and each server the same. */
import { WebSocket } from 'ws';

const count = Number(process.env.CLIENTS);
const rooms = Number(process.env.ROOMS);
const SAMPLED = 97;
/** Characters of a stamp: milliseconds since the epoch with three decimals. */
const STAMP = 17;
let got = 0;
const latencies: number[] = [];

function heard(data: Buffer): void {
  got++;
  if (got % SAMPLED === 0) {
    const text = data.toString('latin1');
    // The newest stamp: an answer told whole holds those of all its parts.
    const at = text.lastIndexOf('|');
    latencies.push(performance.timeOrigin + performance.now() - Number(text.slice(at - STAMP, at)));
  }
  if (got % count === 0) process.send!({ round: got / count });
}

function connect(room: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${process.env.PORT}/ws/chat/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  } as never);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const kind = data.toString('latin1', 0, 2);
      if (kind === '42') heard(data);
      else if (kind[0] === '2') socket.send('3');
      else if (kind[0] === '0') socket.send(`40${JSON.stringify({ token: process.env.TOKEN })}`);
      else if (kind === '40')
        socket.send(`420${JSON.stringify(['subscribe', { conversationId: `room${room}` }])}`);
      else if (kind === '43') resolve();
      else reject(new Error(data.toString()));
    });
  });
}

const AT_ONCE = 50;
for (let first = 0; first < count; first += AT_ONCE)
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, n) => connect((first + n) % rooms)),
  );
process.send!({ ready: count });
process.on('message', (told: { reset?: number; stats?: number; end?: number }) => {
  if (told.reset) {
    latencies.length = 0;
    process.send!({ reset: true });
  }
  if (told.stats) {
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)];
    process.send!({ stats: { p50: at(0.5), p99: at(0.99), got } });
  }
  if (told.end) process.exit(0);
});
