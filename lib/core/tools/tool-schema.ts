/** JSON Schemas of tools and answers: given by others, so that a bad one is a finding and never an exception. */
import { mismatch, validator } from '../workflow/json-schema.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Why it is no JSON Schema that can be used; undefined when it is. */
export function schemaFault(schema: Schema): string | undefined {
  try {
    validator(schema as never);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 300) : 'is not a JSON Schema';
  }
}

/** What of the value does not fit, in one line; undefined when it fits. Throws for a schema that `schemaFault` finds. */
export function misfit(schema: Schema, value: unknown): string | undefined {
  return mismatch(schema as never, value) ?? undefined;
}
