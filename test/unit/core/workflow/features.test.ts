// Guarantees: a workflow does what the DSL's reference says, for every kind of task, and the same after a crash anywhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { drive, type Outcome } from '../../../../lib/core/workflow/driver.ts';
import type { WorkflowEvent } from '../../../../lib/core/workflow/messages.ts';
import { parseFeature } from '../../../../scripts/eval/workflows/gherkin.ts';
import { arrange, runScenario } from '../../../../scripts/eval/workflows/scenario.ts';
import { inProcess, webPorts } from '../../../../scripts/eval/workflows/web.ts';

const folder = join(import.meta.dirname, 'features');
const scenarios = readdirSync(folder)
  .filter(file => file.endsWith('.feature'))
  .flatMap(file => parseFeature(readFileSync(join(folder, file), 'utf8')));
const ports = webPorts(inProcess);

const outcomeOf = ({ phase, output, error }: Outcome) => ({ phase, output, error });

describe('features of the workflow DSL', () => {
  for (const scenario of scenarios)
    it(`${scenario.feature}: ${scenario.name}`, async () => {
      expect(await runScenario(scenario, ports)).to.equal(null);
    });
});

describe('a crash at every event of every feature', () => {
  /** Boundaries tried in one run: all of a short journal, a spread of a long one. */
  const MAX_CRASHES = 60;
  for (const scenario of scenarios)
    it(`${scenario.feature}: ${scenario.name}`, async () => {
      const arranged = await arrange(scenario, ports);
      if (!arranged) throw new Error('the scenario has no workflow');
      const { definition, options } = arranged;
      const whole = await drive(definition, ports, options);
      const crashes = whole.journal.length > 1_000 ? 3 : MAX_CRASHES;
      const every = Math.ceil(whole.journal.length / crashes);
      for (let cut = 1; cut < whole.journal.length; cut += every) {
        const kept = JSON.parse(JSON.stringify(whole.journal.slice(0, cut))) as WorkflowEvent[];
        const settled = new Set(kept.flatMap(event => (event.type === 'EffectSettled' ? [event.key] : [])));
        const repeated: string[] = [];
        const resumed = await drive(definition, ports, {
          ...options,
          from: kept,
          onEffect: effect => {
            if (settled.has(effect.key)) repeated.push(effect.key);
          },
        });
        expect(repeated, `repeated after a crash at event ${cut}`).to.deep.equal([]);
        expect(outcomeOf(resumed), `after a crash at event ${cut}`).to.deep.equal(outcomeOf(whole));
      }
    });
});
