/**
 * The outside world of the crash test: a process of its own that tools act on by HTTP, and that nothing kills. Every
 * line of its file is on disk before it answers. Some tools act once for each key, as a good API does; the others act
 * as often as they are asked to, and the checker counts.
 *
 * `ledger.ts <file>` prints its port.
 */
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '../../lib/kernel/clock.ts';
import type { LedgerArguments, ToolName } from './plan.ts';

export interface LedgerLine extends LedgerArguments {
  readonly t: number;
  /** `begun` and `done` are one execution; `repeat` was answered from the record. */
  readonly kind: 'begun' | 'done' | 'repeat';
  readonly tool: ToolName;
  readonly key: string;
}
export type LedgerRequest = LedgerArguments & { readonly tool: ToolName; readonly key: string };

const file = await open(process.argv[2]!, 'a');
const ONCE_BY_KEY: ReadonlySet<ToolName> = new Set(['ledger_idempotent', 'ledger_once_kept']);
const executions = new Map<string, Promise<string>>();
let queue: { text: string; resolve: () => void }[] = [];
let writing = false;

/** Resolves when the line is on disk. */
function record(kind: LedgerLine['kind'], request: LedgerRequest): Promise<void> {
  const { tool, key, conversation, message, ordinal, ms } = request;
  const line: LedgerLine = { t: Date.now(), kind, tool, key, conversation, message, ordinal, ms };
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.push({ text: `${JSON.stringify(line)}\n`, resolve });
  if (!writing) void write();
  return promise;
}

async function write(): Promise<void> {
  writing = true;
  while (queue.length > 0) {
    const batch = queue;
    queue = [];
    await file.appendFile(batch.map(line => line.text).join(''));
    await file.datasync();
    for (const line of batch) line.resolve();
  }
  writing = false;
}

async function execute(request: LedgerRequest): Promise<string> {
  await record('begun', request);
  await sleep(request.ms);
  await record('done', request);
  return JSON.stringify({ done: request.ordinal });
}

async function act(request: LedgerRequest): Promise<string> {
  const earlier = executions.get(request.key);
  if (earlier && ONCE_BY_KEY.has(request.tool)) {
    await record('repeat', request);
    return await earlier;
  }
  const execution = execute(request);
  executions.set(request.key, execution);
  return await execution;
}

async function lookUp(key: string): Promise<{ outcome: string; content: string }> {
  const execution = executions.get(key);
  return execution ? { outcome: 'done', content: await execution } : { outcome: 'absent', content: '' };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const server = createServer((request, response) => {
  const answer = async () => {
    const body = await bodyOf(request);
    return request.url === '/execute'
      ? { content: await act(body as LedgerRequest) }
      : await lookUp((body as { key: string }).key);
  };
  answer().then(
    result => response.end(JSON.stringify(result)),
    // A caller that died while it asked has not asked.
    () => response.destroy(),
  );
});
// Its input ends when the run that started it does, however that ends.
process.stdin.resume().once('end', () => process.exit(1));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`UP ${(server.address() as AddressInfo).port}`));
