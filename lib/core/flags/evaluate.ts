/**
 * What a feature flag says for a context, in OpenFeature's words. Percentages are sticky: who is in at 10 % is in at
 * 20 %, on every node, because the place of a targeting key on the line from 0 to 1 is a hash of flag and key.
 */
import { createHash } from 'node:crypto';

export interface FlagCondition {
  /** Name of an attribute of the context, such as `plan`; `targetingKey` is one too. */
  readonly attribute: string;
  readonly operator: 'in' | 'not-in' | 'starts-with' | 'ends-with' | 'at-least' | 'at-most';
  readonly values: readonly (string | number | boolean)[];
}

export interface Share {
  readonly variant: string;
  /** 0 to 100; the shares of one rollout amount to at most 100, the rest gets the default variant. */
  readonly percent: number;
}

/** What is served: one variant, or shares of several. */
interface Served {
  readonly variant?: string | undefined;
  readonly rollout?: readonly Share[] | undefined;
}

export interface FlagDefinition extends Served {
  readonly enabled: boolean;
  /** All of one kind of value. */
  readonly variants: Readonly<Record<string, unknown>>;
  readonly defaultVariant: string;
  /** The first whose conditions all hold decides. */
  readonly rules?: readonly (Served & { readonly conditions: readonly FlagCondition[] })[] | undefined;
}

export type EvaluationContext = Readonly<Record<string, unknown>>;

export interface Evaluation {
  readonly value: unknown;
  readonly variant: string;
  readonly reason: 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED';
}

/** Throws nothing: `flagFault` has refused what could not be evaluated. `needsKey` when a share needs a targeting key. */
export function evaluateFlag(
  key: string,
  flag: FlagDefinition,
  context: EvaluationContext,
): Evaluation | 'needs-targeting-key' {
  const give = (variant: string, reason: Evaluation['reason']): Evaluation => ({
    value: flag.variants[variant],
    variant,
    reason,
  });
  if (!flag.enabled) return give(flag.defaultVariant, 'DISABLED');
  const rule = flag.rules?.find(({ conditions }) => conditions.every(each => holds(each, context)));
  const served: Served = rule ?? flag;
  if (served.rollout) {
    const { targetingKey } = context;
    if (typeof targetingKey !== 'string' || targetingKey === '') return 'needs-targeting-key';
    return give(shareOf(key, targetingKey, served.rollout) ?? flag.defaultVariant, 'SPLIT');
  }
  if (rule) return give(rule.variant ?? flag.defaultVariant, 'TARGETING_MATCH');
  if (flag.variant !== undefined) return give(flag.variant, 'STATIC');
  return give(flag.defaultVariant, flag.rules?.length ? 'DEFAULT' : 'STATIC');
}

/** Where a targeting key stands for a flag, in [0, 1). */
export function placeOf(flagKey: string, targetingKey: string): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([flagKey, targetingKey]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

function shareOf(flagKey: string, targetingKey: string, shares: readonly Share[]): string | undefined {
  const place = placeOf(flagKey, targetingKey) * 100;
  let end = 0;
  for (const { variant, percent } of shares) {
    end += percent;
    if (place < end) return variant;
  }
  return undefined;
}

function holds({ attribute, operator, values }: FlagCondition, context: EvaluationContext): boolean {
  const actual = Object.hasOwn(context, attribute) ? context[attribute] : undefined;
  switch (operator) {
    case 'in':
      return values.some(value => value === actual);
    case 'not-in':
      return !values.some(value => value === actual);
    case 'starts-with':
      return typeof actual === 'string' && values.some(value => actual.startsWith(String(value)));
    case 'ends-with':
      return typeof actual === 'string' && values.some(value => actual.endsWith(String(value)));
    case 'at-least':
      return (
        typeof actual === 'number' && values.every(value => typeof value === 'number' && actual >= value)
      );
    case 'at-most':
      return (
        typeof actual === 'number' && values.every(value => typeof value === 'number' && actual <= value)
      );
  }
}

/** What is wrong with a definition beyond its shape; undefined when it can be evaluated. */
export function flagFault(flag: FlagDefinition): string | undefined {
  const kinds = new Set(Object.values(flag.variants).map(kindOf));
  if (kinds.size !== 1) return 'all variants must be values of one kind: boolean, text, number or object';
  if (kinds.has('null')) return 'a variant needs a value';
  for (const served of [flag, ...(flag.rules ?? [])]) {
    const named = [served.variant, ...(served.rollout ?? []).map(({ variant }) => variant)];
    const unknown = named.find(name => name !== undefined && !Object.hasOwn(flag.variants, name));
    if (unknown !== undefined) return `there is no variant ${unknown}`;
    if ((served.rollout ?? []).reduce((sum, { percent }) => sum + percent, 0) > 100)
      return 'the shares of a rollout amount to more than 100 %';
    if (served.variant !== undefined && served.rollout) return 'give a variant or a rollout, not both';
  }
  return Object.hasOwn(flag.variants, flag.defaultVariant)
    ? undefined
    : `there is no variant ${flag.defaultVariant}`;
}

export function kindOf(value: unknown): 'boolean' | 'string' | 'number' | 'object' | 'null' {
  if (value === null || value === undefined) return 'null';
  const kind = typeof value;
  return kind === 'boolean' || kind === 'string' || kind === 'number' ? kind : 'object';
}
