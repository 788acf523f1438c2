/**
 * `up.ts [--only pg,nats,...] [--no-fsync]`: starts the servers, prints their variables as `export` lines, and
 * keeps them until Ctrl-C. `--prepare` only fetches and unpacks what a later run needs, then ends.
 */
import { parseArgs } from 'node:util';
import { unpacked } from './programs.ts';
import { partsOf, provide } from './provide.ts';
import { say } from './say.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    prepare: { type: 'boolean', default: false },
    'no-fsync': { type: 'boolean', default: false },
  },
});
const parts = partsOf(values.only);

if (values.prepare) {
  await Promise.all(parts.map(unpacked));
} else {
  const { variables, stop } = await provide(parts, { fsync: !values['no-fsync'] });
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}='${value}'`);
  say('Ctrl-C stops them and removes their data');
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  const alive = setInterval(() => undefined, 60_000);
  await promise;
  clearInterval(alive);
  await stop();
}
