/**
 * `npm run -s bench:w1`: the durable conversation turn on our runtime, as one JSON line. NODES=0 runs the actors in
 * this process, without NATS; NODES=n in n node processes behind NATS, called through the broker. An accepted message
 * is on disk before the model runs, its answer before it is given: two fsynced commits a turn, shared in groups.
 * W1_CPUPROFILE=<file> writes a CPU profile of the measured part.
 */
import { profiled } from './profiler.ts';
import { startSystem } from './system.ts';
import { runWorkload } from './workload.ts';

const nodes = Number.parseInt(process.env.NODES ?? '0', 10);
const profile = process.env.W1_CPUPROFILE;
const system = await startSystem({ nodes });
const line = await runWorkload({
  peer: nodes > 0 ? `Troupe actors, ${nodes} nodes on NATS` : 'Troupe actors, in process',
  durability:
    'PostgreSQL fsync=on, synchronous_commit=on: the message before the model runs, the answer before the reply',
  turn: system.turn,
  counts: system.counts,
  processes: system.processes,
  ...(profile ? { around: work => profiled(profile, work) } : {}),
});
console.log(JSON.stringify(line));
await system.stop();
