/** The bytes of a request's body, as long as they stay below a limit. */
import type { IncomingMessage } from 'node:http';
import { TroupeError } from '../../../lib/kernel/errors.ts';

export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let length = 0;
  request.on('data', (part: Buffer) => {
    length += part.length;
    if (length > limit) reject(new TroupeError('body-too-large', `A body has at most ${limit} bytes`));
    else parts.push(part);
  });
  request.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
  request.once('error', reject);
  request.once('close', () => {
    if (!request.complete) reject(new TroupeError('malformed-request', 'The body ended too soon'));
  });
  return promise;
}
