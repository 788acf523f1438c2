// Protects: each workflow that ships does what its golden says, call by call and event by event, within its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { field, textField } from '../../../lib/core/workflow/definition.ts';
import { readDocument } from '../../../lib/core/workflow/document.ts';
import { drive, PortFailure } from '../../../lib/core/workflow/driver.ts';
import type { Json, JsonObject } from '../../../lib/core/workflow/jq/value.ts';
import type { CloudEvent } from '../../../lib/core/workflow/messages.ts';
import { type Problem, problem } from '../../../lib/core/workflow/problem.ts';

const WORKFLOWS = join(import.meta.dirname, '../../../workflows');
const GOLDEN = join(import.meta.dirname, 'golden');

interface Case {
  readonly title: string;
  readonly input: Json;
  readonly events?: readonly CloudEvent[];
  /** Answers of functions and workflows by name, in order; the last one again and again. */
  readonly answers?: Readonly<Record<string, readonly Json[]>>;
  readonly expected: {
    readonly phase: string;
    readonly output: Json;
    readonly calls: readonly Json[];
    readonly emitted: readonly string[];
  };
}

const names = readdirSync(WORKFLOWS)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -'.yaml'.length));

function definitionOf(name: string): JsonObject {
  const read = readDocument(readFileSync(join(WORKFLOWS, `${name}.yaml`), 'utf8'));
  if (!read.ok) throw new Error(`${name}: ${JSON.stringify(read.errors)}`);
  return read.definition;
}

function casesOf(name: string): readonly Case[] {
  return JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')) as Case[];
}

/** An answer `{fails: {kind, status, detail}}` is a failure. */
function answering(given: Case, calls: Json[]) {
  const left = new Map(Object.entries(given.answers ?? {}).map(([name, list]) => [name, [...list]]));
  return (name: string, input: Json): Json => {
    calls.push({ [name]: input });
    const list = left.get(name);
    if (!list || list.length === 0)
      throw new PortFailure(problem('configuration', `nothing answers "${name}"`));
    const answer = list.length > 1 ? list.shift()! : list[0]!;
    const fails = field(answer, 'fails') as { kind: 'runtime'; status: number; detail: string } | undefined;
    if (fails) throw new PortFailure(problem(fails.kind, fails.detail, { status: fails.status }) as Problem);
    return answer;
  };
}

async function play(definition: JsonObject, given: Case): Promise<Case['expected'] & { steps: number }> {
  const calls: Json[] = [];
  const answer = answering(given, calls);
  const end = await drive(
    definition,
    {
      http: () => Promise.reject(new PortFailure(problem('communication', 'no network here'))),
      function: async (name, input) => answer(name, input),
      workflow: async ({ name, input }) => ({ output: answer(name, input) }),
    },
    { input: given.input, events: given.events ?? [] },
  );
  return {
    phase: end.phase,
    output: end.output ?? ({ ...end.error } as Json),
    calls,
    emitted: end.emitted.map(event => event.type),
    steps: end.state.steps,
  };
}

describe('workflows of a support business', () => {
  it('are the eighteen that are promised', () => {
    expect(names).to.have.length(18);
  });

  for (const name of names) {
    const definition = definitionOf(name);
    it(`${name} says what it is for, and its budget of steps and time`, () => {
      expect(textField(definition, 'document', 'name')).to.equal(name);
      expect(textField(definition, 'document', 'summary')).to.be.a('string');
      expect(field(definition, 'document', 'metadata', 'budget', 'maxSteps')).to.be.within(1, 100);
      expect(field(definition, 'timeout', 'after')).to.be.an('object');
    });
    for (const given of casesOf(name))
      it(`${name}: ${given.title}`, async () => {
        const { steps, ...played } = await play(definition, given);
        expect(played).to.deep.equal(given.expected);
        expect(steps).to.be.at.most(
          field(definition, 'document', 'metadata', 'budget', 'maxSteps') as number,
        );
      });
  }
});
