// DBOS, in process: a workflow of ten steps, each result committed before the next step.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { drive, STEPS, step } from './drive.mjs';

const workflow = DBOS.registerWorkflow(
  async () => {
    let n = 0;
    for (let i = 1; i <= STEPS; i++) {
      const before = n;
      n = await DBOS.runStep(() => step(before), { name: `step${i}` });
    }
    return n;
  },
  { name: 'ten' },
);
DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.env.PG_URL,
  systemDatabasePoolSize: 16,
  logLevel: 'error',
  runAdminServer: false,
  enableOTLP: false,
});
await DBOS.launch();
await drive('DBOS', 'PostgreSQL: input, each step and the outcome committed', async id =>
  (await DBOS.startWorkflow(workflow, { workflowID: id })()).getResult(),
);
await DBOS.shutdown();
