/** A stub of an OpenAI-compatible provider: about 500 bytes of JSON, or 50 events of a stream, as fast as it is asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const base = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'gpt-4o-mini' };
const whole = JSON.stringify({
  ...base,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'abcdefghij'.repeat(20) }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 50, completion_tokens: 50, total_tokens: 100 },
  system_fingerprint: 'fp_bench',
  service_tier: 'default',
});
const CHUNKS = 50;
const chunks = Array.from(
  { length: CHUNKS },
  (_, n) =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: `token${n} ` }, finish_reason: n === CHUNKS - 1 ? 'stop' : null }] })}\n\n`,
);

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { stream } = JSON.parse(Buffer.concat(parts).toString()) as { stream?: boolean };
    if (!stream) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(whole),
      });
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    let next = 0;
    const step = () => {
      if (response.destroyed) return;
      if (next === CHUNKS) return void response.end('data: [DONE]\n\n');
      response.write(chunks[next++]);
      setImmediate(step);
    };
    step();
  });
});
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
