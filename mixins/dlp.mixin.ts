/**
 * What a service chooses of data loss prevention: actions say beside their handlers which of their parameters are
 * masked for good, and which are replaced by placeholders that come back as values in the answer.
 *
 *     mixins: [dlpMixin()],
 *     actions: {
 *       note: { dlp: { mask: ['text'] }, handler(ctx) {…} },
 *       ask:  { dlp: { tokenize: ['prompt', 'messages.text'] }, async handler(ctx) { return await model(ctx.params) } },
 *     }
 *
 * For any Moleculer project; it needs nothing of Troupe but `lib/core/dlp`. Hooks do the work, so it stands inside
 * validation and every middleware: what is recorded outside of them is the middleware's care.
 */
import type { ActionSchema, Context, ServiceSchema } from 'moleculer';
import type { OnRedacted } from '../lib/core/dlp/boundary.ts';
import { createDetector, type Detector, type DetectorOptions } from '../lib/core/dlp/detect.ts';
import { LOG_POLICY, type Policy, PROMPT_POLICY } from '../lib/core/dlp/policy.ts';
import { redact, redactValue, restore } from '../lib/core/dlp/redact.ts';
import { Vault } from '../lib/core/dlp/vault.ts';

/** What an action lets be done to it; paths go by dots, and through lists. */
export interface ActionDlp {
  /** Parameters that are masked before the handler sees them. Nothing brings them back. */
  readonly mask?: readonly string[];
  /** Parameters in which the handler sees placeholders; texts of what it returns get the values back. */
  readonly tokenize?: readonly string[];
}

export interface DlpMixinOptions {
  /** By which `mask` goes, for this call: of its tenant, say. Undefined leaves everything as it is. */
  readonly maskPolicy?: (ctx: Context) => Policy | undefined;
  /** By which `tokenize` goes, for this call. Undefined leaves everything as it is. */
  readonly tokenPolicy?: (ctx: Context) => Policy | undefined;
  /** Members of objects whose values pass as they are. */
  readonly allowFields?: readonly string[];
  readonly detector?: DetectorOptions;
  readonly onRedacted?: OnRedacted;
}

type WithVault = Context & { locals: { dlpVault?: Vault }; action?: { dlp?: ActionDlp } };

/** An action with what is done to it; in plain JavaScript write `dlp` beside its handler. */
export function withDlp(dlp: ActionDlp, action: ActionSchema): ActionSchema {
  return Object.assign(action, { dlp });
}

/** Methods that the service gets: `this.dlpMask(value)`, `this.dlpTokenize(value, vault)`, `this.dlpRestore(value, vault)`. */
export function dlpMixin({
  maskPolicy = () => LOG_POLICY,
  tokenPolicy = () => PROMPT_POLICY,
  allowFields = [],
  detector: detecting,
  onRedacted,
}: DlpMixinOptions = {}): Partial<ServiceSchema> {
  const fields = new Set(allowFields);
  let detector: Detector | undefined;

  function redacted(value: unknown, policy: Policy, vault?: Vault): unknown {
    detector ??= createDetector(detecting);
    const options = { detector, policy, fields, ...(vault ? { vault } : {}) };
    if (typeof value !== 'string') return redactValue(value, options);
    const { text, counts } = redact(value, options);
    if (onRedacted) for (const [entity, count] of Object.entries(counts)) onRedacted(entity, count);
    return text;
  }

  return {
    hooks: {
      before: {
        '*'(ctx: WithVault) {
          const rules = ctx.action?.dlp;
          const mask = rules?.mask && maskPolicy(ctx);
          const tokens = rules?.tokenize && tokenPolicy(ctx);
          // A local caller's object is the very same: what is changed is a copy.
          if (mask)
            for (const path of rules.mask!)
              ctx.params = changedAt(ctx.params, path.split('.'), each => redacted(each, mask));
          if (!tokens) return;
          const vault = new Vault();
          ctx.locals.dlpVault = vault;
          for (const path of rules.tokenize!)
            ctx.params = changedAt(ctx.params, path.split('.'), each => redacted(each, tokens, vault));
        },
      },
      after: {
        '*'(ctx: WithVault, result: unknown) {
          const vault = ctx.locals.dlpVault;
          return vault ? restored(result, vault) : result;
        },
      },
    } as ServiceSchema['hooks'],
    methods: {
      dlpMask: (value: unknown) => redacted(value, LOG_POLICY),
      dlpTokenize: (value: unknown, vault: Vault) => redacted(value, PROMPT_POLICY, vault),
      dlpRestore: restored,
    },
  } as Partial<ServiceSchema>;
}

/** A copy of the value with what stands at the path changed; what is not there stays so. */
function changedAt<T>(value: T, path: readonly string[], change: (value: unknown) => unknown): T {
  const [name, ...rest] = path;
  if (name === undefined) return change(value) as T;
  if (Array.isArray(value)) return value.map(each => changedAt(each, path, change)) as T;
  if (typeof value !== 'object' || value === null || !(name in value)) return value;
  return { ...value, [name]: changedAt((value as Record<string, unknown>)[name], rest, change) };
}

/** Texts at any depth of plain lists and objects; whatever else there is (a stream, a buffer) passes as it is. */
function restored(value: unknown, vault: Vault): unknown {
  if (typeof value === 'string') return restore(value, vault);
  if (Array.isArray(value)) return value.map(each => restored(each, vault));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, restored(each, vault)]));
}
