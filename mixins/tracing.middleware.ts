/**
 * The OpenTelemetry bridge: a span for every call, ended on errors too, parent and child across nodes by W3C
 * `traceparent` in the call's headers. Outermost: it sees what everything else does. Records the action, the
 * node and the error code; never parameters, never a message's text. Whether a trace that begins here is sent is
 * drawn once, before anything is made for it: of one that is not, all calls know so and no span exists.
 */
import {
  context,
  INVALID_SPANID,
  INVALID_TRACEID,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Context as TraceContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { ActionSchema, Context, Middleware } from 'moleculer';
import { systemRandom } from '../lib/kernel/clock.ts';
import type { Next } from '../lib/moleculer/action.ts';
import { toTroupeError } from '../lib/moleculer/errors.ts';

type WithHeaders = Context & {
  headers?: Record<string, string>;
  options: { headers?: Record<string, string> };
};

/** Of a trace that is not sent. Its ids are never shown: another node is told `sampled: no` under ids of its own. */
const UNSENT = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: INVALID_TRACEID,
  spanId: INVALID_SPANID,
  traceFlags: TraceFlags.NONE,
});

const hex = (digits: number) =>
  Array.from({ length: digits / 8 }, () =>
    Math.floor(systemRandom() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
const unsentParent = () => `00-${hex(32)}-${hex(16)}-00`;

/** `percent`: of the traces that begin on this node, those that are sent; a caller's `traceparent` decides for his own. */
export function tracingMiddleware(percent: number): Middleware {
  const tracer = trace.getTracer('troupe');
  const share = percent / 100;

  function traced(
    next: Next,
    ctx: WithHeaders,
    name: string,
    kind: SpanKind,
    parent: TraceContext,
  ): Promise<unknown> {
    const attributes = { 'rpc.system': 'moleculer', 'rpc.method': name, 'troupe.node': ctx.nodeID ?? '' };
    return tracer.startActiveSpan(name, { kind, attributes }, parent, async span => {
      if (kind === SpanKind.CLIENT) {
        const headers: Record<string, string> = { ...ctx.headers };
        propagation.inject(context.active(), headers);
        ctx.headers = headers;
      }
      try {
        return await next(ctx);
      } catch (error) {
        const { code } = toTroupeError(error);
        span.setAttribute('error.type', code);
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  const wrap = (kind: SpanKind) =>
    function tracing(next: Next, action: ActionSchema) {
      const name = action.name ?? '';
      if (name.startsWith('$')) return next;
      const untraced = (ctx: WithHeaders) => {
        if (kind === SpanKind.CLIENT) ctx.headers = { ...ctx.headers, traceparent: unsentParent() };
        return next(ctx);
      };
      return function tracedCall(raw: Context) {
        const ctx = raw as WithHeaders;
        const active = context.active();
        if (ctx.headers?.traceparent) {
          const parent = propagation.extract(active, ctx.headers);
          if (trace.getSpanContext(parent)?.traceFlags === TraceFlags.SAMPLED)
            return traced(next, ctx, name, kind, parent);
          // His ids go on with the call as they are.
          return active === UNSENT ? next(ctx) : context.with(UNSENT, next, undefined, ctx);
        }
        if (active === UNSENT) return untraced(ctx);
        if (!trace.getSpanContext(active) && systemRandom() >= share)
          return context.with(UNSENT, untraced, undefined, ctx);
        return traced(next, ctx, name, kind, active);
      };
    };
  return {
    name: 'OpenTelemetry',
    localAction: wrap(SpanKind.SERVER),
    remoteAction: wrap(SpanKind.CLIENT),
  } as unknown as Middleware;
}
