/**
 * `npm run fuzz`: random requests, valid and not, on every operation of the OpenAPI document of a platform that it
 * starts. Fails on an answer of 500, on one that does not come, on another tenant's text, and when memory grows.
 * `--requests 20000 --seed 1`.
 */
import { parseArgs } from 'node:util';
import { openApiDocument } from '../lib/contracts/openapi.ts';
import { startEmbeddedNode } from '../test/suites/embedded-node.ts';
import { fuzz } from '../test/suites/fuzz/run.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const node = await startEmbeddedNode();
const report = await fuzz(node, openApiDocument('1.0.0'), {
  requests: Number(values.requests),
  seed: Number(values.seed),
  say: line => console.error(line),
});
await node.stop();
console.log(JSON.stringify(report));
process.exit(report.faults.length === 0 && report.memoryFlat ? 0 : 1);
