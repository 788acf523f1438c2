/** What an expression of a task sees: `$context`, `$input`, `$task`, `$workflow`, ... (DSL, "Runtime expression arguments"). */
import { field, objectField, textField } from './definition.ts';
import { type Evaluator, evaluateTemplate } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { seal, sealedField } from './sealed.ts';
import { type Frame, LIMITS, type RunState } from './state.ts';

/** Arguments that only some expressions have. */
export interface Extra {
  /** Variables over all others: an error caught, an item of a loop not entered yet. */
  readonly vars?: Readonly<Record<string, Json>>;
  readonly input?: Json;
  readonly output?: Json;
  readonly rawOutput?: Json;
}

export function evaluatorFor(state: RunState, frame: Frame, extra: Extra = {}): Evaluator {
  return {
    instance: frame.task || '/',
    secrets: state.secrets,
    loose: textField(state.definition, 'evaluate', 'mode') === 'loose',
    surroundings: {
      nowMs: state.now,
      global: name => argument(state, frame, extra, name),
      indexText: (text, key) => sealedField(state.nonce, text, key),
    },
  };
}

function argument(state: RunState, frame: Frame, extra: Extra, name: string): Json | undefined {
  const named =
    extra.vars && Object.hasOwn(extra.vars, name) ? extra.vars[name] : inherited(state, frame, name);
  if (named !== undefined) return named;
  switch (name) {
    case 'context':
      return state.context;
    case 'input':
      return extra.input === undefined ? frame.input : extra.input;
    case 'output':
      return extra.output;
    case 'secrets':
      return Object.fromEntries(state.secrets.map(secret => [secret, seal(state.nonce, [secret])]));
    case 'runtime':
      return state.runtime;
    case 'workflow':
      return {
        id: state.runId,
        definition: state.definition,
        input: state.input,
        startedAt: dateTime(state.startedAt),
      };
    case 'task':
      return frame.parent === null && frame.task === '' ? undefined : taskDescriptor(state, frame, extra);
    case 'authorization':
      return authorizationOf(state, frame);
    default:
      return undefined;
  }
}

/** The proof of the task's call, as far as it is known before the call: basic and bearer. */
function authorizationOf(state: RunState, frame: Frame): JsonObject {
  const given = objectField(definitionAt(state, frame.task), 'with');
  const written =
    field(given, 'authentication') ??
    field(given, 'endpoint', 'authentication') ??
    field(given, 'document', 'endpoint', 'authentication');
  const name = typeof written === 'string' ? written : textField(written, 'use');
  const policy = name === undefined ? written : field(state.definition, 'use', 'authentications', name);
  const own = evaluatorFor(state, frame, { vars: { authorization: {} } });
  const token = textField(policy, 'bearer', 'token');
  if (token !== undefined) return { scheme: 'Bearer', parameter: evaluateTemplate(token, frame.input, own) };
  const [user, password] = [textField(policy, 'basic', 'username'), textField(policy, 'basic', 'password')];
  if (user === undefined || password === undefined) return {};
  const pair = [user, password].map(each => String(evaluateTemplate(each, frame.input, own)));
  // A secret is a mark here, and a mark cannot be encoded.
  if (state.nonce !== '' && pair.join('').includes(state.nonce)) return { scheme: 'Basic' };
  return { scheme: 'Basic', parameter: Buffer.from(pair.join(':')).toString('base64') };
}

/** Variables of the loops and handlers around a task, innermost first. */
function inherited(state: RunState, frame: Frame, name: string): Json | undefined {
  let at: Frame | undefined = frame;
  let own = true;
  while (at) {
    const vars: JsonObject | undefined = own ? undefined : at.scope?.vars;
    if (vars && Object.hasOwn(vars, name)) return vars[name];
    own = false;
    at = at.parent === null ? undefined : state.frames[at.parent];
  }
  return undefined;
}

function taskDescriptor(state: RunState, frame: Frame, extra: Extra): JsonObject {
  const definition = definitionAt(state, frame.task);
  const fields = isObject(definition) ? definition : {};
  return {
    // The definition's own fields as well: the reference's extension examples say `$task.call`.
    ...fields,
    name: frame.name,
    reference: frame.task,
    definition: fields,
    input: frame.rawInput,
    output: extra.rawOutput ?? frame.output?.value ?? null,
    startedAt: dateTime(frame.startedAt),
  };
}

export function dateTime(ms: number): JsonObject {
  return { iso8601: new Date(ms).toISOString(), epoch: { seconds: Math.floor(ms / 1000), milliseconds: ms } };
}

/** Whether the value's JSON stays under the limit, without writing it. */
export function fits(value: Json, limit: number = LIMITS.valueChars): boolean {
  let left = limit;
  const walk = (each: Json): boolean => {
    left -= typeof each === 'string' ? each.length + 2 : 4;
    if (left < 0) return false;
    if (Array.isArray(each)) return each.every(walk);
    if (!isObject(each)) return true;
    return Object.entries(each).every(([key, inner]) => {
      left -= key.length + 4;
      return walk(inner);
    });
  };
  return walk(value);
}
