/** Calls of an OpenAI-compatible endpoint as HTTP, bytes in and bytes out: kept-alive connections, cancelled down to the socket. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { TroupeError } from '../../kernel/errors.ts';

const MOST_SOCKETS = 1_024;
const IDLE_MS = 30_000;
const plain = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS, timeout: IDLE_MS, scheduling: 'lifo' });
const secure = new SecureAgent({
  keepAlive: true,
  maxSockets: MOST_SOCKETS,
  timeout: IDLE_MS,
  scheduling: 'lifo',
});

export interface UpstreamCall {
  readonly url: URL;
  readonly key: string | undefined;
  readonly body: Buffer;
  readonly requestId: string;
  /** Longest silence, before the answer and in the middle of it, milliseconds. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** The answer once its head is there. Rejects with `model-failed` (another endpoint may do) or the signal's reason. */
export function callUpstream({
  url,
  key,
  body,
  requestId,
  idleMs,
  signal,
}: UpstreamCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const tls = url.protocol === 'https:';
    let request: ClientRequest | undefined;
    const abort = () => request?.destroy(signal.reason as Error);
    const fail = (error: Error & { code?: string }) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) return reject(signal.reason);
      if (error instanceof TroupeError) return reject(error);
      reject(
        new TroupeError(
          'model-failed',
          `The model provider cannot be reached (${error.code ?? 'connection'})`,
          { cause: error },
        ),
      );
    };
    if (signal.aborted) return reject(signal.reason);
    request = (tls ? httpsRequest : httpRequest)(url, {
      agent: tls ? secure : plain,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'x-request-id': requestId,
        ...(key ? { authorization: `Bearer ${key}` } : {}),
      },
    });
    signal.addEventListener('abort', abort, { once: true });
    request.once('error', fail);
    request.setTimeout(idleMs, () =>
      request.destroy(
        new TroupeError('model-failed', 'The model provider did not answer in time', {
          data: { timedOut: true },
        }),
      ),
    );
    request.once('response', response => {
      response.once('close', () => signal.removeEventListener('abort', abort));
      resolve(response);
    });
    request.end(body);
  });
}

/** Milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), bounded; 0 when there is none. */
export function retryAfterOf(value: string | undefined, nowMs: number): number {
  if (!value) return 0;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 120_000) : 0;
}

/** The whole of a body, as long as it stays below a limit. */
export function readAll(message: IncomingMessage, limit: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let length = 0;
  message.on('data', (part: Buffer) => {
    length += part.length;
    parts.push(part);
    if (length <= limit) return;
    reject(new TroupeError('model-failed', `The answer of the model provider is larger than ${limit} bytes`));
    message.destroy();
  });
  message.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, length)));
  message.once('error', reject);
  message.once('close', () => {
    if (!message.complete)
      reject(new TroupeError('model-failed', 'The model provider broke off in the middle of its answer'));
  });
  return promise;
}
