/** What a compensation is called with: its parameters by name, from the result of the call that it undoes, else from that call's arguments. */

type Fields = Readonly<Record<string, unknown>>;

/** The parameters of a compensation that are named so take everything. */
const WHOLE = { arguments: 'arguments', result: 'result' } as const;

export function compensationArguments(
  parameters: Fields,
  given: Fields,
  result: unknown,
): Readonly<Record<string, unknown>> {
  const { properties } = parameters as { properties?: Fields };
  const results = fieldsOf(result);
  if (!properties) return { ...given, ...results };
  const taken: [string, unknown][] = [];
  for (const name of Object.keys(properties)) {
    if (Object.hasOwn(results, name)) taken.push([name, results[name]]);
    else if (Object.hasOwn(given, name)) taken.push([name, given[name]]);
    else if (name === WHOLE.arguments) taken.push([name, given]);
    else if (name === WHOLE.result) taken.push([name, result]);
  }
  return Object.fromEntries(taken);
}

/** Ours answer `{ok, result}`; others as they like. */
function fieldsOf(result: unknown): Fields {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {};
  const { ok, result: inner } = result as { ok?: unknown; result?: unknown };
  return ok === true && inner !== undefined ? fieldsOf(inner) : (result as Fields);
}
