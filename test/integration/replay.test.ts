// Protects: what an agent did once it does again, step by step, and a node that dies in the middle changes nothing of it.
import { join } from 'node:path';
import { expect } from 'chai';
import { run } from '../../scripts/eval/replay.ts';

const EPISODES = join(import.meta.dirname, '../../../shared/data/tau-airline/episodes_dev.jsonl.gz');

describe('recorded episodes', function () {
  this.timeout(60_000);
  it('run through the conversation actor as they were recorded, also when the node is killed in the middle of each', async () => {
    const figures = (await run({ data: EPISODES, limit: '5', kill: true, seed: '7' })) as Record<
      string,
      number
    > & {
      killed: Record<string, number>;
    };
    const whole = { episodes: 5, divergences: 0, called_twice: 0, matched: figures.tool_calls };
    expect(figures).to.deep.include(whole);
    expect(figures.killed).to.deep.include({ ...whole, kills: 5, identicalJournals: 5 });
  });
});
