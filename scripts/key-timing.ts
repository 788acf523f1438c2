/**
 * `make key-timing`: whether the time that the refusal of a wrong key takes tells of the keys that live. Prints a line
 * for each kind of wrong key and one JSON object last; exit code 1 when a difference is found, or that of the control is not. EACH changes how many.
 */
import { startEmbeddedNode } from '../test/suites/embedded-node.ts';
import { CONTROL, CONTROL_US, FOUND, measureKeyTiming } from '../test/suites/key-timing.ts';

const node = await startEmbeddedNode();
try {
  const { apiKey } = await node.makeTenant('timed');
  const timings = await measureKeyTiming(node, apiKey, Number(process.env.EACH ?? '3000'));
  for (const { kind, count, medianUs, z } of timings)
    console.log(`a wrong key that ${kind}: ${count} refused, median ${medianUs} us, z ${z}`);
  console.log(`A difference is found from |z| = ${FOUND} on; the control's ${CONTROL_US} us must be.`);
  console.log(JSON.stringify(timings));
  if (timings.some(({ kind, z }) => Math.abs(z) >= FOUND !== (kind === CONTROL))) process.exitCode = 1;
} finally {
  await node.stop();
}
