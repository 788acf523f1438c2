/** A node process of the benchmark: the conversation unit with the workload's model stub. */
import { processConfig } from '../../lib/kernel/config.ts';
import { startNode } from '../../moleculer.config.ts';
import { stubEffects } from './stub-effects.ts';

const node = await startNode(processConfig(), { effects: stubEffects });
console.log('UP');
// Its input ends when the run that started it does, however that ends.
process.stdin.resume().once('end', () => process.exit(1));
process.on('SIGTERM', () => void node.stop().then(() => process.exit(0)));
