/**
 * What becomes of an answer: requests to send now, and where the platform's window has closed the account's template
 * with what waits for the customer to write. Nothing is left out silently: what cannot go is there with its reason.
 */
import {
  type OutboundContext,
  type OutboundMessage,
  type OutboundRefusal,
  type OutboundTarget,
  planOutbound,
  type SendRequest,
} from './outbound.ts';
import { type Template, templateWith } from './template.ts';

export interface PlannedRequest {
  readonly part: number;
  /** Null when there is nothing that could be sent. */
  readonly request: SendRequest | null;
  /** `parked`: goes once the customer has written. */
  readonly state: 'waiting' | 'parked' | 'refused';
  readonly code: OutboundRefusal | null;
}

export interface Reopening {
  /** What the account may send after the window. */
  readonly template: Template | null;
  /** Something waits for this customer already: they have been invited. */
  readonly invited: boolean;
}

/** Refusals that pass when the customer writes. */
const PASSES: ReadonlySet<OutboundRefusal> = new Set(['window-closed', 'template-required', 'window-quota']);

/** `nameOf` gives each part the name by which it comes back in echoes and statuses. */
export function planAnswer(
  target: OutboundTarget,
  message: OutboundMessage,
  context: Omit<OutboundContext, 'correlation'>,
  { template, invited }: Reopening,
  nameOf: (part: number) => string,
): readonly PlannedRequest[] {
  const now = named(target, message, context, nameOf);
  if (now.ok) return now.requests.map(request => planned(request, 'waiting', null));
  const { reason } = now;
  if (!PASSES.has(reason)) return [{ part: 0, request: null, state: 'refused', code: reason }];

  const filled = template && !message.files?.length ? templateWith(template, message.text ?? '') : null;
  const invitation = template && !invited ? fixed(template) : null;
  const shown = filled ?? invitation;
  const sent = shown ? named(target, { template: shown }, context, nameOf) : null;
  const first = sent?.ok ? sent.requests.map(request => planned(request, 'waiting', null)) : [];
  if (filled && first.length > 0) return first;
  const rest = named(target, message, afresh(context), part => nameOf(part + first.length));
  if (!rest.ok) return [...first, { part: first.length, request: null, state: 'refused', code: rest.reason }];
  return [
    ...first,
    ...rest.requests.map(request =>
      planned({ ...request, part: request.part + first.length }, 'parked', reason),
    ),
  ];
}

const planned = (
  request: SendRequest,
  state: PlannedRequest['state'],
  code: OutboundRefusal | null,
): PlannedRequest => ({ part: request.part, request, state, code });

/** As if the customer had written just now, and nothing had been sent since. */
const afresh = (context: Omit<OutboundContext, 'correlation'>) => ({
  ...context,
  lastInboundAtMs: context.nowMs,
  sentInWindow: 0,
});

/** An invitation has no place for an answer, or leaves it empty. */
function fixed(template: Template): Template | null {
  return templateWith(template, '…') ?? template;
}

function named(
  target: OutboundTarget,
  message: OutboundMessage,
  context: Omit<OutboundContext, 'correlation'>,
  nameOf: (part: number) => string,
): ReturnType<typeof planOutbound> {
  const whole = planOutbound(target, message, { ...context, correlation: nameOf(0) });
  if (!whole.ok) return whole;
  const requests = whole.requests.map(({ part }) => {
    const again = planOutbound(target, message, { ...context, correlation: nameOf(part) });
    return again.ok ? again.requests[part]! : whole.requests[part]!;
  });
  return { ok: true, requests };
}
