/** A small site on this machine: pages, a sitemap, robots.txt; what it serves can be changed while it runs. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebSite {
  readonly url: string;
  /** Path to what is served there: a page, or a status. */
  readonly pages: Map<string, string | Uint8Array | number>;
  /** Requests by path. */
  readonly asked: Map<string, number>;
  close(): Promise<void>;
}

export async function startWebSite(): Promise<WebSite> {
  const pages = new Map<string, string | Uint8Array | number>();
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    const page = pages.get(path) ?? 404;
    if (typeof page === 'number') response.writeHead(page, page === 302 ? { location: path } : {}).end();
    else
      response
        .writeHead(200, { 'content-type': path.endsWith('.pdf') ? 'application/pdf' : 'text/html' })
        .end(page);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export const page = (title: string, body: string) =>
  `<html><head><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
