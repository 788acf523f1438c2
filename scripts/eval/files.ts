/** Files as businesses have them, sent to a platform in this process: a table of what becomes of each. */
import { Client } from '../../test/e2e/client.ts';
import { startEmbeddedNode } from '../../test/suites/embedded-node.ts';
import { tableOf, tryFiles, tryGigabyte, tryPages } from '../../test/suites/real-files.ts';
import { startWebSite } from '../../test/suites/web-site.ts';
import type { EvalSuite } from '../eval.ts';

export const about = 'what becomes of files: long, broken, locked, without end';
export const options: EvalSuite['options'] = {};

export async function run(): Promise<Record<string, unknown>> {
  const site = await startWebSite();
  const node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
  try {
    const client = new Client(node.url, (await node.makeTenant('files')).apiKey);
    const before = process.memoryUsage().rss;
    const large = await tryGigabyte(client);
    const grown = process.memoryUsage().rss - before;
    const outcomes = [...(await tryFiles(client)), ...(await tryPages(client, site)), ...large];
    console.log(tableOf(outcomes));
    return {
      files: outcomes.length,
      read: outcomes.filter(({ outcome }) => outcome.startsWith('found')).length,
      refused: outcomes.filter(({ outcome }) => /^[a-z-]+$/.test(outcome)).length,
      gigabyte_taken_mb: large.map(({ taken }) => Math.round(taken / 1_048_576)),
      gigabyte_grown_mb: Math.round(grown / 1_048_576),
    };
  } finally {
    await node.stop();
    await site.close();
  }
}
