/**
 * The one error type and the one table of errors.
 * A refusal is an error of this table; a broken invariant is an assertion (`invariant`).
 * `code` is stable: clients and tests match on it, never on the message. RFC 9457 names the HTTP form.
 */

export interface ErrorKind {
  /** HTTP status that the gateway answers with. */
  readonly status: number;
  /** Whether the same request may succeed later without change. */
  readonly retryable: boolean;
  /** Short text that is the same for each occurrence (RFC 9457 `title`). */
  readonly title: string;
}

export const ERRORS = {
  // The request itself
  'malformed-request': { status: 400, retryable: false, title: 'The request is not valid HTTP' },
  'headers-too-large': { status: 431, retryable: false, title: 'The headers are larger than 16 KB' },
  'malformed-body': { status: 400, retryable: false, title: 'The body is not valid JSON' },
  'validation-failed': {
    status: 422,
    retryable: false,
    title: 'A field of the request is not as its contract says',
  },
  'body-too-large': { status: 413, retryable: false, title: 'The body is larger than this route accepts' },
  'body-too-deep': {
    status: 400,
    retryable: false,
    title: 'The body is nested deeper than this route accepts',
  },
  'unsupported-media-type': {
    status: 415,
    retryable: false,
    title: 'This route does not accept that content type',
  },
  'document-unreadable': { status: 422, retryable: false, title: 'The file cannot be read as a document' },
  'document-encrypted': { status: 422, retryable: false, title: 'The file is protected by a password' },
  'document-too-large': { status: 413, retryable: false, title: 'The file holds more than a document may' },
  'not-found': { status: 404, retryable: false, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, retryable: false, title: 'This path does not accept that method' },
  conflict: { status: 409, retryable: false, title: 'The request does not fit the present state' },
  'idempotency-mismatch': {
    status: 422,
    retryable: false,
    title: 'This Idempotency-Key belongs to another request',
  },
  'idempotency-in-flight': {
    status: 409,
    retryable: true,
    title: 'The first request with this Idempotency-Key is still worked on',
  },
  'outcome-unknown': {
    status: 409,
    retryable: false,
    title: 'The first request with this Idempotency-Key was broken off',
  },
  'answer-not-kept': {
    status: 409,
    retryable: false,
    title: 'The request was done before, and its answer is not kept',
  },
  'precondition-failed': { status: 412, retryable: false, title: 'The resource is in another state' },
  'precondition-required': { status: 428, retryable: false, title: 'Say which state you change' },
  // Who asks
  'origin-refused': { status: 403, retryable: false, title: 'Pages of that origin may not call' },
  unauthenticated: { status: 401, retryable: false, title: 'No valid credentials were given' },
  'credentials-expired': {
    status: 401,
    retryable: false,
    title: 'These credentials have run out: renew them and connect again',
  },
  forbidden: { status: 403, retryable: false, title: 'These credentials do not allow that' },
  'tenant-missing': { status: 401, retryable: false, title: 'The call carries no tenant' },
  // Load and time
  'rate-limited': { status: 429, retryable: true, title: 'Too many requests' },
  'quota-exhausted': { status: 429, retryable: true, title: 'The plan allows no more of this now' },
  'mailbox-full': { status: 429, retryable: true, title: 'Too many messages wait in this conversation' },
  overloaded: { status: 503, retryable: true, title: 'The platform has no room for this request now' },
  unavailable: { status: 503, retryable: true, title: 'A part that this request needs is not reachable' },
  timeout: { status: 504, retryable: true, title: 'The answer took longer than allowed' },
  // Actors
  'actor-type-unknown': { status: 404, retryable: false, title: 'No actor of that type exists' },
  'command-too-large': {
    status: 413,
    retryable: false,
    title: 'The command is larger than an actor accepts',
  },
  'activation-stale': { status: 409, retryable: true, title: 'Another node took this actor over' },
  'activation-elsewhere': { status: 503, retryable: true, title: 'The actor is at work on another node' },
  'journal-corrupt': { status: 500, retryable: false, title: 'A stored event of this actor cannot be read' },
  // Models
  'model-refused': { status: 502, retryable: false, title: 'The model provider refused the request' },
  'model-failed': { status: 502, retryable: true, title: 'The model provider failed' },
  'answer-failed': { status: 502, retryable: false, title: 'The agent could not answer this message' },
  'answer-unfit': {
    status: 502,
    retryable: false,
    title: "The model's answer does not have the shape that its agent promises",
  },
  'model-unknown': { status: 404, retryable: false, title: 'No model of that name is offered' },
  'region-refused': {
    status: 403,
    retryable: false,
    title: 'Data would leave the region that it is bound to',
  },
  'budget-exhausted': { status: 402, retryable: false, title: 'A budget does not cover this call' },
  'replay-diverged': {
    status: 409,
    retryable: false,
    title: 'The request differs from the recorded episode',
  },
  // Tools
  'tool-unknown': { status: 404, retryable: false, title: 'No tool of that name is registered' },
  'tool-failed': { status: 502, retryable: true, title: 'The tool failed' },
  'tool-refused': { status: 422, retryable: false, title: 'The tool refused the call' },
  'tool-output-unfit': {
    status: 502,
    retryable: false,
    title: 'The answer of the tool does not have the shape that it promises',
  },
  'tool-not-allowed': { status: 403, retryable: false, title: 'This agent may not use that tool' },
  'outbound-refused': {
    status: 422,
    retryable: false,
    title: 'The platform does not call that address in that way',
  },
  'response-too-large': {
    status: 502,
    retryable: false,
    title: 'The answer of another service is too large',
  },
  // Workflows
  'workflow-invalid': { status: 422, retryable: false, title: 'The workflow document is not valid' },
  // Secrets
  'sealed-unreadable': { status: 500, retryable: false, title: 'A sealed value cannot be opened' },
  // Ourselves
  'config-invalid': { status: 500, retryable: false, title: 'A setting is not valid' },
  internal: { status: 500, retryable: false, title: 'Something went wrong on our side' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** Facts for the caller; never secrets, never a message's text. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number;
}

/** A refusal or failure with a stable code. Survives the network: `lib/moleculer/errors.ts` rebuilds it. */
export class TroupeError extends Error {
  override readonly name = 'TroupeError';
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, detail: string, { data = {}, cause, retryAfter }: ErrorDetails = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.data = data;
    this.retryAfter = retryAfter;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** True for a TroupeError of that code, also for one that crossed the network without its class. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** Throws when a condition that the program itself must keep does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}
