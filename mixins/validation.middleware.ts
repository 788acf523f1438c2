/**
 * Checks a call's parameters against its contract, strict at every depth. Innermost: nothing stands between the
 * check and the handler. Names the fields that are wrong, never their values.
 */
import * as fastestValidator from 'fastest-validator';
import type { ActionSchema, Context, Middleware } from 'moleculer';
import type { AnyContract } from '../lib/contracts/contract.ts';
import { contractOf } from '../lib/contracts/registry.ts';
import { rootRules } from '../lib/contracts/schema.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import type { Next } from '../lib/moleculer/action.ts';

type Check = (value: unknown) => true | { field?: string; type: string; actual?: unknown }[];

// The package is CommonJS and its types say otherwise.
const Validator = fastestValidator.default as unknown as new () => { compile(rules: object): unknown };
const validator = new Validator();
const compiled = new Map<string, Check>();

/** Throws `validation-failed` with the fields that are wrong. */
export function checkParams(contract: Pick<AnyContract, 'name' | 'params'>, params: unknown): void {
  let check = compiled.get(contract.name);
  if (!check) {
    check = validator.compile(rootRules(contract.params)) as Check;
    compiled.set(contract.name, check);
  }
  const result = check(params);
  if (result === true) return;
  const fields = result.slice(0, 20).map(({ field = '', type, actual }) => ({
    // Of fields that are not in the contract only the names are told, by which the caller finds them.
    field: type === 'objectStrict' ? [field, String(actual).slice(0, 200)].filter(Boolean).join('.') : field,
    rule: type,
  }));
  throw new TroupeError(
    'validation-failed',
    `Not as ${contract.name} takes it: ${fields.map(f => `${f.field} (${f.rule})`).join(', ')}`,
    { data: { fields } },
  );
}

export function validationMiddleware(): Middleware {
  return {
    name: 'Validation',
    localAction(next: Next, action: ActionSchema) {
      const contract = contractOf(action.name ?? '');
      if (!contract) return next;
      return function validate(ctx: Context) {
        try {
          checkParams(contract, ctx.params);
        } catch (error) {
          return Promise.reject(error);
        }
        return next(ctx);
      };
    },
  } as unknown as Middleware;
}
