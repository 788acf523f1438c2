/** Reads JSON bodies within limits: size by the HTTP layer, depth here, before the parser sees the text. */
import type { FastifyInstance } from 'fastify';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** Deepest nesting of a body. */
export const DEPTH_LIMIT = 32;

/** Throws `body-too-deep` when brackets outside strings are nested deeper than the limit. */
export function checkDepth(text: string, limit = DEPTH_LIMIT): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > limit)
        throw new TroupeError('body-too-deep', `The body is nested deeper than ${limit} levels`);
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
}

/** JSON is all that is read, and no member that would change a prototype. */
export function acceptJson(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      checkDepth(body as string);
    } catch (error) {
      return done(error as Error);
    }
    parseJson(request, body as string, done);
  });
}
