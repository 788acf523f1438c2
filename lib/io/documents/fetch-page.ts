/** Pages of other people's sites: politely (robots.txt), from public addresses, within limits. */
import { gunzipSync } from 'node:zlib';
import * as robots from 'robots-parser';
import { TroupeError } from '../../kernel/errors.ts';
import type { SafeFetch } from '../safe-fetch.ts';
import { MOST_FILE_BYTES } from './extract.ts';

export interface FetchedPage {
  readonly bytes: Uint8Array;
  readonly type: string;
}

// The package is CommonJS and its types say otherwise.
const robotsParser = robots.default as unknown as (url: string, text: string) => robots.Robot;

const AGENT = 'TroupeKnowledge/1.0';
const PAGE = { timeoutMs: 20_000, maxBytes: MOST_FILE_BYTES, maxRedirects: 5 };
/** The page is not there any more; another refusal says nothing of that. */
const GONE: ReadonlySet<number> = new Set([404, 410]);
const ROBOTS = { timeoutMs: 5_000, maxBytes: 500_000, maxRedirects: 5 };
/** RFC 9309, 2.4: not longer than a day. */
const ROBOTS_KNOWN_MS = 600_000;
const MOST_ORIGINS = 1_000;

type FetchPage = (url: string) => Promise<FetchedPage>;

/**
 * Rejects with `outbound-refused` (an address of ours, or robots.txt forbids it), `not-found` (404, 410),
 * `document-unreadable` (another refusal of the server), `response-too-large`, `unavailable` and `timeout`, which may pass.
 */
export function pageFetcher(fetch: SafeFetch, now: () => number): FetchPage {
  const known = new Map<string, { readonly robot: robots.Robot; readonly until: number }>();

  async function robotOf(origin: string): Promise<robots.Robot> {
    const found = known.get(origin);
    if (found && found.until > now()) return found.robot;
    const address = `${origin}/robots.txt`;
    const response = await fetch(address, { ...ROBOTS, headers: { 'user-agent': AGENT } });
    // RFC 9309, 2.3.1: none is leave, a server that fails is none.
    if (response.status >= 500) throw new TroupeError('unavailable', `${address} cannot be read now`);
    const robot = robotsParser(address, response.ok ? await response.text() : '');
    if (!response.ok) await response.body?.cancel();
    if (known.size >= MOST_ORIGINS) known.delete(known.keys().next().value!);
    known.set(origin, { robot, until: now() + ROBOTS_KNOWN_MS });
    return robot;
  }

  return async address => {
    const url = new URL(address);
    if ((await robotOf(url.origin)).isAllowed(url.href, AGENT) === false)
      throw new TroupeError('outbound-refused', `robots.txt of ${url.host} does not allow that page`);
    const response = await fetch(url, { ...PAGE, headers: { 'user-agent': AGENT, accept: '*/*' } });
    if (!response.ok) {
      await response.body?.cancel();
      const { status } = response;
      const passing = status === 429 || status >= 500;
      const code = passing ? 'unavailable' : GONE.has(status) ? 'not-found' : 'document-unreadable';
      throw new TroupeError(code, `${url.host} answered with ${status}`);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, type: response.headers.get('content-type') ?? '' };
  };
}

const MOST_SITEMAP_BYTES = 50 * 1_048_576;

/** Of a sitemap, which may be packed. Throws `document-too-large`, `document-unreadable`. */
export function sitemapText(bytes: Uint8Array): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_SITEMAP_BYTES }).toString('utf8');
  } catch (cause) {
    const large = (cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new TroupeError(
      large ? 'document-too-large' : 'document-unreadable',
      'The sitemap cannot be unpacked',
      {
        cause,
      },
    );
  }
}
