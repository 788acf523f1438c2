/** The control plane: feature flags and configs. Stages of agents and tools stand in stages.contracts.ts. */
import { contract } from './contract.ts';
import {
  decimal,
  flag,
  id,
  integer,
  json,
  LARGEST_INT,
  list,
  object,
  oneOf,
  optional,
  record,
  STORABLE,
  text,
} from './schema.ts';

const flagKey = id({ doc: 'Key of the flag', example: 'new-greeting' });
const variant = text({ min: 1, max: 100, pattern: STORABLE, doc: 'Name of a variant', example: 'on' });
const version = integer({ max: LARGEST_INT, doc: 'Counts the changes up from 1' });
const ifVersion = optional(
  integer({
    max: LARGEST_INT,
    doc: 'Only if this is still the newest version (0: only if there is none); else `conflict`',
  }),
);
const changed = { version, changedAt: text({ max: 30 }), changedBy: text({ max: 200 }) } as const;

const served = {
  variant: optional(variant),
  rollout: optional(
    list(object({ variant, percent: decimal({ min: 0, max: 100 }) }), {
      max: 20,
      doc: 'Shares in percent by a sticky hash of the targeting key; the rest gets the default variant',
    }),
  ),
} as const;

const definition = {
  enabled: flag({ doc: 'Off: everybody gets the default variant' }),
  variants: record(json(), { doc: 'Values by name, all of one kind', example: { on: true, off: false } }),
  defaultVariant: variant,
  ...served,
  rules: optional(
    list(
      object({
        conditions: list(
          object({
            attribute: text({ min: 1, max: 100, doc: 'Of the context', example: 'plan' }),
            operator: oneOf(['in', 'not-in', 'starts-with', 'ends-with', 'at-least', 'at-most']),
            values: list(json<string | number | boolean>(), { min: 1, max: 200 }),
          }),
          { max: 20 },
        ),
        ...served,
      }),
      { max: 100, doc: 'The first whose conditions all hold decides' },
    ),
  ),
} as const;

export const putFlag = contract({
  name: 'flags.put',
  doc: 'Declares or changes a feature flag. Every node obeys within a second.',
  params: object({ key: flagKey, ...definition, ifVersion }),
  result: object({ key: flagKey, version }),
  errors: ['validation-failed', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/control/flags/:key', scope: 'operate' },
});

export const removeFlag = contract({
  name: 'flags.remove',
  doc: 'Removes a flag: callers get their own default. Its history stays.',
  params: object({ key: flagKey }),
  result: object({ key: flagKey, version }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/control/flags/:key', scope: 'operate' },
});

const storedFlag = object({ key: flagKey, definition: json(), ...changed });

export const listFlags = contract({
  name: 'flags.list',
  doc: 'The flags as they are now.',
  params: object({}),
  result: object({ flags: list(storedFlag, { max: 500 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/flags', scope: 'operate', etag: true },
});

export const flagHistory = contract({
  name: 'flags.history',
  doc: 'Every version of a flag, the newest first, with who made it. A definition of null is a removal.',
  params: object({ key: flagKey }),
  result: object({ versions: list(storedFlag, { max: 200 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/flags/:key/history', scope: 'operate' },
});

export const evaluateFlags = contract({
  name: 'flags.evaluate',
  doc: 'What the flags say for a context, by the OpenFeature provider. OFREP is the door to it.',
  params: object({
    key: optional(flagKey),
    context: json<Record<string, unknown>>({ doc: 'Attributes, `targetingKey` among them' }),
  }),
  result: object({
    version: integer({ doc: 'Of the control plane: nothing has changed while it stays' }),
    flags: list(
      object({
        key: text({ max: 200 }),
        value: optional(json()),
        variant: optional(text({ max: 100 })),
        reason: optional(text({ max: 40 })),
        errorCode: optional(text({ max: 40 })),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
});

const environment = id({
  doc: 'Such as production; values of `default` count where another has none',
  example: 'production',
});
const configKey = id({ doc: 'Key of the config', example: 'greeting' });

export const putConfig = contract({
  name: 'configs.put',
  doc: 'Sets a config of an environment. A secret is kept sealed and is never told again, only used.',
  params: object({
    environment,
    key: configKey,
    value: json({ doc: 'Any JSON, at most 64 KB' }),
    secret: optional(flag({ doc: 'Kept sealed' })),
    ifVersion,
  }),
  result: object({ key: configKey, version }),
  errors: ['validation-failed', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/control/configs/:environment/:key', scope: 'operate' },
});

export const removeConfig = contract({
  name: 'configs.remove',
  doc: 'Removes a config of an environment. Its history stays, without secrets.',
  params: object({ environment, key: configKey }),
  result: object({ key: configKey, version }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'DELETE', path: '/control/configs/:environment/:key', scope: 'operate' },
});

const storedConfig = object({
  key: configKey,
  value: json({ doc: 'Null for a secret' }),
  secret: flag(),
  removed: flag(),
  ...changed,
});

export const listConfigs = contract({
  name: 'configs.list',
  doc: 'The configs of an environment as they are now.',
  params: object({ environment }),
  result: object({ configs: list(storedConfig, { max: 1_000 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/configs/:environment', scope: 'operate', etag: true },
});

export const configHistory = contract({
  name: 'configs.history',
  doc: 'Every version of a config, the newest first, with who made it.',
  params: object({ environment, key: configKey }),
  result: object({ versions: list(storedConfig, { max: 200 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/configs/:environment/:key/history', scope: 'operate' },
});

export const readConfigValue = contract({
  name: 'configs.read',
  doc: 'The value of a config for the platform itself, secrets opened: of the environment, else of `default`. Never over HTTP.',
  params: object({ environment, key: configKey }),
  result: object({ found: flag(), value: json() }),
  errors: ['sealed-unreadable'],
  policy: { timeoutMs: 5_000, retries: 2 },
});

export const rotateDataKey = contract({
  name: 'configs.rotateKey',
  doc: 'Makes a new data key for the tenant and seals its secrets anew with it. What other keys sealed stays readable, and nothing waits.',
  params: object({}),
  result: object({ keyId: text({ max: 200 }), resealed: integer({ doc: 'Secrets that were sealed anew' }) }),
  errors: ['sealed-unreadable'],
  policy: { timeoutMs: 60_000 },
  http: { method: 'POST', path: '/control/keys/rotate', scope: 'operate' },
});
