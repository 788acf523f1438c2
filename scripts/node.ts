/** Runs one node until it is told to stop. `npm run node`; what it hosts is set by its environment (.env.example). */

import { processConfig } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { startNode } from '../moleculer.config.ts';

/** A node that does not stop in good order within this is ended. */
const STOP_LIMIT_MS = 30_000;

try {
  const node = await startNode(processConfig());
  console.log(node.url ? `UP ${node.broker.nodeID} ${node.url}` : `UP ${node.broker.nodeID}`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    node.stop().then(
      () => process.exit(0),
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  console.error(error instanceof TroupeError ? `Troupe cannot start: ${error.message}` : error);
  process.exitCode = 1;
}
