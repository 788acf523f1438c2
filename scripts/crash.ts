/**
 * `make crash`: real nodes on real servers are killed, paused and cut off while customers write, and a checker that
 * knows nothing of the runtime compares what was acknowledged with what there is. Exit code 1 when it finds anything.
 *
 *   crash.ts [--minutes 10] [--conversations 500] [--nodes 3] [--seed 1] [--rolling] [--mutation no-fence] [--faults kill,pause]
 *     [--folder <path>]
 */
import { parseArgs } from 'node:util';
import { MUTATIONS, type Mutation } from '../test/crash/mutations.ts';
import { type CrashResult, runCrash } from '../test/crash/run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    conversations: { type: 'string', default: '500' },
    nodes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    rolling: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    faults: { type: 'string' },
    folder: { type: 'string' },
  },
});

function table(result: CrashResult): string {
  const sections = {
    faults: result.faults,
    compared: result.compared,
    'recovery after SIGKILL': result.recovery,
    'wait for an answer, ms': result.waitMs,
    'errors at clients, retried': result.clientErrors,
    violations: result.violations,
  };
  const rows = Object.entries(sections).flatMap(([title, entries]) => [
    `\n${title}`,
    ...(Object.keys(entries).length === 0 ? ['  none'] : []),
    ...Object.entries(entries).map(([name, value]) => `  ${name.padEnd(28)} ${value ?? '-'}`),
  ]);
  return [...rows, ...result.examples.map(example => `  ! ${example}`)].join('\n');
}

if (values.mutation !== undefined && !(values.mutation in MUTATIONS)) {
  console.error(`There is no mutation "${values.mutation}". There are: ${Object.keys(MUTATIONS).join(', ')}`);
  process.exit(2);
}
const result = await runCrash({
  minutes: Number(values.minutes),
  conversations: Number(values.conversations),
  nodes: Number(values.nodes),
  seed: Number(values.seed),
  rolling: values.rolling,
  say: text => console.error(text),
  ...(values.mutation ? { mutation: values.mutation as Mutation } : {}),
  ...(values.faults ? { faults: values.faults.split(',') } : {}),
  ...(values.folder ? { folder: values.folder } : {}),
});
console.error(table(result));
console.log(JSON.stringify(result));
const caught = values.mutation
  ? ` (the mutation ${values.mutation} was ${result.ok ? 'NOT caught' : 'caught'})`
  : '';
console.error(
  result.ok ? `\nAll is well${caught}` : `\nViolations were found${caught}; records: ${result.folder}`,
);
process.exit(result.ok ? 0 : 1);
