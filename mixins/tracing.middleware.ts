/**
 * The OpenTelemetry bridge: a span for every call, ended on errors too, parent and child across nodes by W3C
 * `traceparent` in the call's headers. Outermost: it sees what everything else does. Records the action, the
 * node and the error code; never parameters, never a message's text.
 */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ActionSchema, Context, Middleware } from 'moleculer';
import type { Next } from '../lib/moleculer/action.ts';
import { toTroupeError } from '../lib/moleculer/errors.ts';

type WithHeaders = Context & {
  headers?: Record<string, string>;
  options: { headers?: Record<string, string> };
};

export function tracingMiddleware(): Middleware {
  const tracer = trace.getTracer('troupe');
  const wrap = (kind: SpanKind) =>
    function tracing(next: Next, action: ActionSchema) {
      const name = action.name ?? '';
      if (name.startsWith('$')) return next;
      return function traced(raw: Context) {
        const ctx = raw as WithHeaders;
        const incoming = ctx.headers?.traceparent
          ? propagation.extract(context.active(), ctx.headers)
          : context.active();
        const attributes = { 'rpc.system': 'moleculer', 'rpc.method': name, 'troupe.node': ctx.nodeID ?? '' };
        return tracer.startActiveSpan(name, { kind, attributes }, incoming, async span => {
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
      };
    };
  return {
    name: 'OpenTelemetry',
    localAction: wrap(SpanKind.SERVER),
    remoteAction: wrap(SpanKind.CLIENT),
  } as unknown as Middleware;
}
