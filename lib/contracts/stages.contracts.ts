/**
 * The stages through which manifests are promoted, for agents and for sources of tools alike: a version is a draft
 * until a stage points to it, and a rollback points the stage to where it pointed before.
 */
import { contract } from './contract.ts';
import { id, integer, json, LARGEST_INT, list, object, oneOf, optional, text } from './schema.ts';

const stage = oneOf(['staging', 'production'], {
  doc: 'Once `production` points somewhere it alone serves; `staging` is for trials',
  example: 'production',
});
const version = integer({ min: 1, max: LARGEST_INT, doc: 'Counts up from 1' });

/** The contracts of one registry: its place in the API, and how it names what it keeps. */
function registry<const Suffix extends string, const Path extends string>(
  suffix: Suffix,
  path: Path,
  { noun, serves, trials, example }: Readonly<Record<'noun' | 'serves' | 'trials' | 'example', string>>,
) {
  const name = id({ doc: `Name of the ${noun}`, example });
  const pointed = object({
    name,
    stage,
    version,
    change: integer({ doc: 'Counts the changes of the stage' }),
  });
  return {
    promote: contract({
      name: `stages.promote${suffix}`,
      doc: `Points a stage to a version of the ${noun}. Once \`production\` points somewhere, ${serves}. ${trials}`,
      params: object({ name, stage, version }),
      result: pointed,
      errors: ['not-found'],
      policy: { timeoutMs: 10_000 },
      http: { method: 'PUT', path: `/control/${path}/:name/stages/:stage`, scope: 'operate' },
    }),
    rollback: contract({
      name: `stages.rollback${suffix}`,
      doc: 'Points a stage back to the version that it pointed to before.',
      params: object({ name, stage }),
      result: pointed,
      errors: ['not-found', 'conflict'],
      policy: { timeoutMs: 10_000 },
      http: { method: 'POST', path: `/control/${path}/:name/stages/:stage/rollback`, scope: 'operate' },
    }),
    list: contract({
      name: `stages.list${suffix}`,
      doc: `Where the stages of the ${noun} point, and every change of them, the newest first.`,
      params: object({ name }),
      result: object({
        stages: list(
          object({
            stage,
            version,
            change: integer(),
            changedAt: text({ max: 30 }),
            changedBy: text({ max: 200 }),
          }),
          { max: 200 },
        ),
      }),
      errors: [],
      policy: { timeoutMs: 5_000, retries: 2 },
      http: { method: 'GET', path: `/control/${path}/:name/stages`, scope: 'operate' },
    }),
    versions: contract({
      name: `stages.versions${suffix}`,
      doc: `The versions of the ${noun}, the newest first, with who made them.`,
      params: object({ name }),
      result: object({
        versions: list(
          object({
            version,
            createdAt: text({ max: 30 }),
            createdBy: text({ max: 200, doc: 'Empty where it was not yet written down' }),
          }),
          { max: 1_000 },
        ),
      }),
      errors: [],
      policy: { timeoutMs: 5_000, retries: 2 },
      http: { method: 'GET', path: `/control/${path}/:name/versions`, scope: 'operate' },
    }),
    diff: contract({
      name: `stages.diff${suffix}`,
      doc: `What differs between two versions of the ${noun}, by JSON Pointer.`,
      params: object({ name, from: version, to: version }),
      result: object({
        differences: list(
          object({ path: text({ max: 1_000 }), before: optional(json()), after: optional(json()) }),
          { max: 5_000 },
        ),
      }),
      errors: ['not-found'],
      policy: { timeoutMs: 5_000, retries: 2 },
      http: { method: 'GET', path: `/control/${path}/:name/diff`, scope: 'operate' },
    }),
  } as const;
}

export const agentStages = registry('', 'agents', {
  noun: 'agent',
  serves: 'new conversations get that version',
  trials: 'A conversation with the agent `<name>@staging` gets the version that `staging` points to.',
  example: 'returns',
});

export const toolStages = registry('Tool', 'tools', {
  noun: 'source of tools',
  serves: 'its tools are offered and called in that version, from the next call on every node on',
  trials: 'Agents that are in `staging` themselves are offered the version that `staging` points to.',
  example: 'warehouse',
});
