// LangGraph JS with the PostgreSQL checkpointer, in process: a graph of ten nodes, one thread for each run.
// DURABILITY=sync commits each step before the next, as the others do; async is its default.
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { drive, STEPS, step } from './drive.mjs';

const durability = process.env.DURABILITY ?? 'sync';
const pool = new pg.Pool({ connectionString: process.env.PG_URL, max: 16 });
const saver = new PostgresSaver(pool);
await saver.setup();
let graph = new StateGraph(Annotation.Root({ n: Annotation() }));
for (let i = 1; i <= STEPS; i++) graph = graph.addNode(`step${i}`, async s => ({ n: await step(s.n) }));
graph = graph.addEdge(START, 'step1');
for (let i = 1; i < STEPS; i++) graph = graph.addEdge(`step${i}`, `step${i + 1}`);
const app = graph.addEdge(`step${STEPS}`, END).compile({ checkpointer: saver });

await drive(`LangGraph JS, ${durability}`, `PostgreSQL checkpoint of each step (${durability})`, async id => {
  const { n } = await app.invoke({ n: 0 }, { configurable: { thread_id: id }, durability });
  return n;
});
await pool.end();
