/**
 * Secrets of a run: what the tenant keeps as secret configs of the environment `workflows` (else of `default`). They
 * take the places of their marks right before an effect is performed, and are struck out of what it brings back.
 */
import type { EffectContext } from '../../actors/runtime/actor-type.ts';
import { readConfigValue } from '../../lib/contracts/control.contracts.ts';
import { objectField } from '../../lib/core/workflow/definition.ts';
import { isObject, type Json, put } from '../../lib/core/workflow/jq/value.ts';
import { Fault, problem } from '../../lib/core/workflow/problem.ts';
import { unseal } from '../../lib/core/workflow/sealed.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import type { WorkflowPorts } from './ports.ts';

export const SECRETS_ENVIRONMENT = 'workflows';
const PERSIST_MS = 10_000;
/** Shorter values are too likely to be something else. */
const STRUCK_CHARS = 6;
const STRUCK = '***';

/** The names of the secrets that an effect may use, and how they are marked in it. */
export interface SecretMarks {
  readonly nonce: string;
  readonly names: readonly string[];
}

/** Those of the secrets that a document declares that the tenant has. */
export async function availableSecrets(
  { broker, clock }: Pick<WorkflowPorts, 'broker' | 'clock'>,
  tenantId: string,
  definition: Json,
): Promise<string[]> {
  const declared = objectField(definition, 'use')?.secrets;
  const names = Array.isArray(declared) ? declared.filter(each => typeof each === 'string') : [];
  const found = await Promise.all(
    names.map(key => {
      const read = { environment: SECRETS_ENVIRONMENT, key };
      return persistentCall(broker, readConfigValue, read, { meta: { tenantId } }, clock, PERSIST_MS);
    }),
  );
  return names.filter((_, i) => found[i]!.found);
}

/** The effect with its secrets in place, and what strikes them out of an answer. */
export async function withSecrets<E>(
  ports: Pick<WorkflowPorts, 'broker' | 'clock'>,
  effect: E,
  marks: SecretMarks | undefined,
  context: EffectContext,
): Promise<{ readonly opened: E; strike(answer: Json): Json }> {
  if (!marks || !holdsSecrets(effect, marks)) return { opened: effect, strike: answer => answer };
  const { tenantId } = context.address;
  const values = new Map<string, Json>();
  for (const key of marks.names) {
    const read = { environment: SECRETS_ENVIRONMENT, key };
    const meta = { meta: { tenantId } };
    const found = await persistentCall(ports.broker, readConfigValue, read, meta, ports.clock, PERSIST_MS);
    if (found.found) values.set(key, found.value as Json);
  }
  const used = new Set<string>();
  const opened = unseal(effect as Json, marks.nonce, path => {
    const value = valueAt(values, path);
    used.add(value);
    return value;
  });
  const named = namedPolicies(opened, name => {
    const value = values.get(name);
    if (value === undefined) throw missing(name);
    for (const each of Object.values(isObject(value) ? value : {})) used.add(String(each));
    return value;
  });
  const secrets = [...used].filter(value => value.length >= STRUCK_CHARS);
  return { opened: named as E, strike: answer => strikeOut(answer, secrets) };
}

/** Most effects of a run with secrets use none: nothing is read for those. */
function holdsSecrets(effect: unknown, { nonce }: SecretMarks): boolean {
  const text = JSON.stringify(effect);
  return text.includes(`secret:${nonce}:`) || text.includes('"secret":');
}

function valueAt(values: ReadonlyMap<string, Json>, path: readonly string[]): string {
  let value: Json | undefined = values.get(path[0] ?? '');
  for (const key of path.slice(1))
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (value === undefined || value === null) throw missing(path.join('.'));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `authentication: {scheme, secret}` becomes `{scheme, parameters}`. */
function namedPolicies(value: Json, read: (name: string) => Json): Json {
  if (Array.isArray(value)) return value.map(each => namedPolicies(each, read));
  if (!isObject(value)) return value;
  const result: { [key: string]: Json } = {};
  for (const [key, each] of Object.entries(value))
    put(
      result,
      key,
      key === 'authentication' && isObject(each) && typeof each.secret === 'string'
        ? { ...each, parameters: read(each.secret) }
        : namedPolicies(each, read),
    );
  return result;
}

function strikeOut(value: Json, secrets: readonly string[]): Json {
  if (secrets.length === 0) return value;
  if (typeof value === 'string') return secrets.reduce((text, each) => text.replaceAll(each, STRUCK), value);
  if (Array.isArray(value)) return value.map(each => strikeOut(each, secrets));
  if (!isObject(value)) return value;
  const result: { [key: string]: Json } = {};
  for (const [key, each] of Object.entries(value)) put(result, key, strikeOut(each, secrets));
  return result;
}

function missing(name: string): Fault {
  return new Fault(problem('authorization', `There is no secret "${name}"`));
}
