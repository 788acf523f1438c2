/** From what came over the network to what the page works with. Unknown shapes become null, never an exception. */
import type { AnswerMessage, ChatEvent, Citation, Problem, ToolStep, Usage } from './types.ts';

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0);

/** The id of an event that stands in the journal begins with its position there. */
const JOURNALED = /^\d+\./;

/** Codes that say "not now": the same request may succeed a little later. */
const TRANSIENT = new Set([
  'rate-limited',
  'mailbox-full',
  'overloaded',
  'unavailable',
  'timeout',
  'activation-stale',
  'activation-elsewhere',
]);

export function isTransient({ code, status }: Problem): boolean {
  if (code !== '') return TRANSIENT.has(code);
  return status === 408 || status === 429 || status === 502 || status === 503 || status === 504;
}

/** A problem from a body that may be anything: a proxy answers HTML, a dying process nothing. */
export function problemOf(body: unknown, status: number, retryAfter: string | null = null): Problem {
  const fields = fieldsOf(body);
  const seconds = Number(retryAfter ?? fields.retryAfter);
  return {
    code: text(fields.code),
    title: text(fields.title),
    detail: text(fields.detail),
    status: count(fields.status) || status,
    retryAfter: seconds > 0 ? seconds : null,
  };
}

export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return null;
  }
}

const isText = (value: unknown) => typeof value === 'string';
const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);

function answerOf(value: unknown): AnswerMessage | null {
  const fields = fieldsOf(value);
  if (!text(fields.id)) return null;
  return {
    id: text(fields.id),
    role: fields.role === 'person' ? 'person' : 'assistant',
    text: text(fields.text),
    citations: listOf<Citation>(fields.citations),
    toolCalls: listOf<ToolStep>(fields.toolCalls),
    ...(Array.isArray(fields.quickReplies) ? { quickReplies: fields.quickReplies.filter(isText) } : {}),
  };
}

function usageOf(value: unknown): Usage | null {
  const fields = fieldsOf(value);
  if (!text(fields.model)) return null;
  return {
    tier: text(fields.tier),
    model: text(fields.model),
    inputTokens: count(fields.inputTokens),
    outputTokens: count(fields.outputTokens),
    costMicroUsd: count(fields.costMicroUsd),
  };
}

/** The event of that name, or null for one that this page does not know. */
export function chatEventOf(type: string, data: string, id: string): ChatEvent | null {
  const body = parseJson(data);
  const fields = fieldsOf(body);
  switch (type) {
    case 'accepted':
      return {
        type,
        conversationId: text(fields.conversationId),
        turn: count(fields.turn),
        messageId: text(fields.messageId),
      };
    case 'delta':
      return { type, text: text(fields.text), offset: count(fields.offset) };
    case 'tool': {
      const { status } = fields;
      const known = status === 'running' || status === 'done' || status === 'failed' || status === 'parked';
      return known && text(fields.name) ? { type, name: text(fields.name), status } : null;
    }
    case 'message': {
      const message = answerOf(fields.message);
      return (
        message && {
          type,
          conversationId: text(fields.conversationId),
          turn: count(fields.turn),
          message,
          usage: usageOf(fields.usage),
        }
      );
    }
    case 'status': {
      const { status, wantsPerson } = fields;
      return {
        type,
        conversationId: text(fields.conversationId),
        status: status === 'open' || status === 'with-person' || status === 'paused' ? status : null,
        turn: fields.answering === true ? count(fields.turn) : null,
        wantsPerson: wantsPerson === null || typeof wantsPerson === 'string' ? wantsPerson : undefined,
      };
    }
    case 'interrupted': {
      const final = fields.cause === 'cancel' || fields.cause === 'takeover';
      return { type, turn: count(fields.turn), partial: text(fields.partial), final };
    }
    case 'error':
      return { type, problem: problemOf(body, 500), lasting: JOURNALED.test(id) };
    default:
      return null;
  }
}
