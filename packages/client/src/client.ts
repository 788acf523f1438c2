/** Calls operations of the Troupe API by name, typed by the contracts that the platform itself checks. */
import { OPERATIONS, type Operations } from './operations.ts';

export type { Operations } from './operations.ts';
export type OperationName = keyof Operations;

/** RFC 9457 problem details. Match on `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly fields?: readonly { readonly field: string; readonly rule: string }[];
}

/** The platform answered, and refused. */
export class TroupeProblem extends Error {
  override readonly name = 'TroupeProblem';
  readonly problem: Problem;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter: number | undefined) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export interface ClientOptions {
  /** Where the platform is; empty for the page's own origin. */
  readonly url?: string;
  /** The API key or access token of each call; empty for calls that need none. */
  readonly key: () => string | Promise<string>;
  readonly fetch?: typeof fetch;
  /** Tries after a passing failure. Default 2. */
  readonly retries?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Default: a new one for each call that acts. */
  readonly idempotencyKey?: string;
  /** The ETag of what is changed. */
  readonly ifMatch?: string;
}

const PASSING = new Set([429, 502, 503, 504]);
const LONGEST_WAIT_S = 30;

export class TroupeClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Rejects with a `TroupeProblem` when the platform refuses, and with what `fetch` rejects with when it is not reached. */
  async call<N extends OperationName>(
    name: N,
    params: Operations[N]['params'],
    options: CallOptions = {},
  ): Promise<Operations[N]['result']> {
    const { retries = 2 } = this.#options;
    const key = options.idempotencyKey ?? crypto.randomUUID();
    for (let tries = 0; ; tries++) {
      const response = await this.request(name, params, { ...options, idempotencyKey: key });
      if (response.ok) return (await response.json()) as Operations[N]['result'];
      const refusal = await problemOf(response);
      if (tries >= retries || !PASSING.has(response.status)) throw refusal;
      const seconds = Math.min(refusal.retryAfter ?? 2 ** tries / 4, LONGEST_WAIT_S);
      await pause(seconds * 1_000, options.signal);
    }
  }

  /** The response as it comes, once: for streams, headers, and whoever tries again in a way of their own. */
  async request<N extends OperationName>(
    name: N,
    params: Operations[N]['params'],
    options: CallOptions & { readonly accept?: string } = {},
  ): Promise<Response> {
    const { method, path, acts } = OPERATIONS[name];
    const rest: Record<string, unknown> = { ...(params as object) };
    const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = String(rest[field]);
      delete rest[field];
      return encodeURIComponent(value);
    });
    const hasBody = method === 'POST' || method === 'PUT';
    const query = hasBody ? '' : queryOf(rest);
    const { fetch: ask = fetch, url = '', key } = this.#options;
    return await ask(`${url}${filled}${query}`, {
      method,
      headers: {
        accept: options.accept ?? 'application/json',
        ...(await credentials(key)),
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...(acts && options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
        ...(options.ifMatch ? { 'if-match': options.ifMatch } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(rest) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }
}

async function credentials(key: ClientOptions['key']): Promise<Record<string, string>> {
  const given = await key();
  return given === '' ? {} : { authorization: `Bearer ${given}` };
}

function queryOf(params: Record<string, unknown>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])))}`;
}

/** What a refusal says; a proxy on the way may have answered in another form. */
async function problemOf(response: Response): Promise<TroupeProblem> {
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  let problem: Problem;
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    const { status, statusText: title } = response;
    problem = { type: 'about:blank', title, status, code: 'unknown', detail: title, instance: '' };
  }
  return new TroupeProblem(problem, Number.isFinite(seconds) ? seconds : undefined);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}
