/** Errors of a workflow: RFC 7807 problems with the standard types of the DSL. */
import type { JsonObject } from './jq/value.ts';

const BASE = 'https://serverlessworkflow.io/spec/1.0.0/errors/';

/** Standard types with their default status and title (DSL reference, "Standard Error Types"). */
export const STANDARD = {
  configuration: { status: 400, title: 'Configuration Error' },
  validation: { status: 400, title: 'Validation Error' },
  expression: { status: 400, title: 'Expression Error' },
  authentication: { status: 401, title: 'Authentication Error' },
  authorization: { status: 403, title: 'Authorization Error' },
  timeout: { status: 408, title: 'Timeout' },
  communication: { status: 500, title: 'Communication Error' },
  runtime: { status: 500, title: 'Runtime Error' },
} as const;

export type StandardError = keyof typeof STANDARD;

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  /** Pointer of the task that the error comes from. */
  readonly instance?: string;
}

export function problem(
  kind: StandardError,
  detail: string,
  more: { readonly status?: number; readonly title?: string; readonly instance?: string } = {},
): Problem {
  const { status, title } = STANDARD[kind];
  return {
    type: BASE + kind,
    status: more.status ?? status,
    title: more.title ?? title,
    detail: detail.slice(0, 2_000),
    ...(more.instance === undefined ? {} : { instance: more.instance }),
  };
}

/** A problem thrown inside a step, on its way to the task that it faults. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly problem: Problem;
  constructor(fault: Problem) {
    super(fault.detail ?? fault.title ?? fault.type);
    this.problem = fault;
  }
}

export function asJson(fault: Problem): JsonObject {
  return { ...fault };
}

/** Reason phrases of HTTP (RFC 9110), as titles of communication errors. */
const REASONS: Readonly<Record<number, string>> = {
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  418: "I'm a Teapot",
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export function reasonPhrase(status: number): string {
  return REASONS[status] ?? `HTTP ${status}`;
}
