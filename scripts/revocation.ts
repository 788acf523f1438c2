/**
 * `make revocation`: three nodes as processes of their own, each with a gateway, on real PostgreSQL, NATS and Redis.
 * Under load a key is revoked, a flag flipped, a version of tools promoted and a data key rotated on one of them; says
 * in seconds for how long after it was asked for each node still went by the old state, and how many requests failed. The last line is one JSON
 * object; exit code 1 when a node needed more than a second after the change was made or a request failed. NODES changes how many.
 */
import pg from 'pg';
import { measureObedience } from '../test/suites/obedience.ts';
import { addressesFromEnvironment, startCluster } from './cluster.ts';

const LIMIT_MS = 1_000;
const seconds = (ms: number) => (ms / 1_000).toFixed(3);

const cluster = await startCluster({
  nodes: Number(process.env.NODES ?? '3'),
  gateways: true,
  addresses: addressesFromEnvironment(),
  demo: true,
  environment: { TROUPE_ADDRESS_PER_MINUTE: '0' },
  onLog: (node, line) => console.error(`${node}  ${line}`),
});
const database = new pg.Client({ connectionString: cluster.databaseUrl });
await database.connect();
try {
  const results = await measureObedience({
    urls: cluster.workers.map(({ url }) => url),
    apiKey: cluster.apiKey,
    sealedConfigs: async () =>
      (await database.query('select key, version, value from config_value where secret')).rows,
  });
  for (const { change, lateMs, toldMs, asked, others, failed } of results)
    console.log(
      `${change}: obeyed after ${lateMs.map(seconds).join(', ')} s (told that it is made after ${seconds(toldMs)}); ${asked} asked, ${others} other requests, ${failed.length} failed`,
    );
  console.log(JSON.stringify(results));
  if (
    results.some(({ lateMs, toldMs, failed }) => failed.length > 0 || Math.max(...lateMs) - toldMs > LIMIT_MS)
  )
    process.exitCode = 1;
} finally {
  await database.end();
  await cluster.stop();
}
