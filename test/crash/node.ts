/**
 * A worker of the crash test: the conversation unit as it is shipped, with a scripted model, and tools that act on
 * the ledger. An error that nobody handles ends it, as it would end a node of the platform.
 */
import { processConfig } from '../../lib/kernel/config.ts';
import { startNode } from '../../moleculer.config.ts';
import { stubModel, stubTools } from './stub-services.ts';

const node = await startNode(processConfig());
node.broker.createService(stubModel());
node.broker.createService(stubTools(process.env.CRASH_LEDGER_URL!));
console.log(`UP ${node.broker.nodeID}`);
// Its input ends when the run that started it does, however that ends.
process.stdin.resume().once('end', () => process.exit(1));
process.on('SIGTERM', () => {
  node.stop().then(
    () => process.exit(0),
    error => {
      console.error(error);
      process.exit(1);
    },
  );
});
