/** What a tenant's `privacy` config says of prompts, as a policy. */
import { type Policy, PROMPT_POLICY } from './policy.ts';

export interface PrivacyConfig {
  /** `tokenize`: the model sees placeholders, customer and tools get the values. `off` (default): texts go as they are. */
  readonly prompts?: 'off' | 'tokenize';
  /** Kinds of data that the model may see, such as `GPE`. */
  readonly keep?: readonly string[];
  /** Tools whose results the model may see as they are. */
  readonly allowTools?: readonly string[];
  /** Members of JSON objects (arguments and results of tools) whose values the model may see, such as `orderId`. */
  readonly allowFields?: readonly string[];
}

export interface PromptPrivacy {
  readonly policy: Policy;
  readonly allowTools: ReadonlySet<string>;
  readonly allowFields: ReadonlySet<string>;
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];

/** Undefined where the tenant has not asked for it. Whatever else stands in the config is passed over. */
export function promptPrivacy(config: unknown): PromptPrivacy | undefined {
  const { prompts, keep, allowTools, allowFields } = (
    typeof config === 'object' && config !== null ? config : {}
  ) as PrivacyConfig;
  if (prompts !== 'tokenize') return undefined;
  return {
    policy: {
      ...PROMPT_POLICY,
      entities: Object.fromEntries(strings(keep).map(entity => [entity, { action: 'keep' as const }])),
    },
    allowTools: new Set(strings(allowTools)),
    allowFields: new Set(strings(allowFields)),
  };
}
