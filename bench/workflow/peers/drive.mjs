// The workload, the same for every system: `runs` runs of ten durable steps, `concurrency` at once, in a closed loop.
// A step yields once and counts up; a run's answer must be ten.
export const STEPS = 10;
const number = (name, fallback) => Number(process.env[name] ?? fallback);

export async function step(n) {
  await new Promise(resolve => setImmediate(resolve));
  return n + 1;
}

/** `run(id)` starts a run and resolves with the number that its last step gave. Prints one JSON line. */
export async function drive(peer, durability, run) {
  const runs = number('RUNS', 600);
  const concurrency = number('CONCURRENCY', 64);
  const errors = [];
  const round = async (prefix, count) => {
    const latencies = [];
    let next = 0;
    const worker = async () => {
      while (next < count) {
        const id = `${prefix}-${next++}`;
        const begun = performance.now();
        try {
          const n = await run(id);
          if (n !== STEPS) errors.push(`${id}: ${n}`);
        } catch (error) {
          errors.push(String(error?.message ?? error).slice(0, 200));
        }
        latencies.push(performance.now() - begun);
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: concurrency }, worker));
    return { seconds: (performance.now() - begun) / 1000, latencies: latencies.sort((a, b) => a - b) };
  };
  await round('warm', 100);
  const { seconds, latencies } = await round('run', runs);
  const at = share =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] * 10) / 10;
  console.log(
    JSON.stringify({
      peer,
      durability,
      runs,
      concurrency,
      steps: STEPS,
      stepsPerSec: Math.round((runs * STEPS) / seconds),
      p50ms: at(0.5),
      p99ms: at(0.99),
      errors: errors.length,
      firstError: errors[0] ?? null,
    }),
  );
}
