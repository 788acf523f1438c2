/** Addresses of a sitemap (sitemaps.org 0.9): pages, or further sitemaps of an index. Only those of its own host count. */
import { Parser } from 'htmlparser2';

export interface Sitemap {
  readonly pages: readonly string[];
  readonly sitemaps: readonly string[];
  /** It lists more than is read: what is not here may be there all the same. */
  readonly cut: boolean;
}

/** Pages of one ingestion, and sitemaps that it reads. */
export const MOST_PAGES = 2_000;
export const MOST_SITEMAPS = 50;
const LONGEST = 2_000;

export function readSitemap(xml: string, address: string): Sitemap {
  const { host } = new URL(address);
  const found = { url: new Set<string>(), sitemap: new Set<string>() };
  const path: string[] = [];
  let text = '';
  const parser = new Parser(
    {
      onopentag(name) {
        path.push(name);
        text = '';
      },
      ontext(piece) {
        if (text.length < LONGEST) text += piece;
      },
      onclosetag(name) {
        path.pop();
        const kind = path.at(-1);
        if (name !== 'loc' || (kind !== 'url' && kind !== 'sitemap')) return;
        const location = text.trim();
        if (location.length > LONGEST || !URL.canParse(location)) return;
        const url = new URL(location);
        if (url.host === host && /^https?:$/.test(url.protocol)) found[kind].add(url.href);
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return {
    pages: [...found.url].slice(0, MOST_PAGES),
    sitemaps: [...found.sitemap].slice(0, MOST_SITEMAPS),
    cut: found.url.size > MOST_PAGES || found.sitemap.size > MOST_SITEMAPS,
  };
}
