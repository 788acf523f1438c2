/** Sends spans to an OTLP/HTTP collector. Without an address nothing is loaded into the tracing API, and spans cost next to nothing. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** Spans that may wait for the collector; beyond it they are dropped, not the work. */
const MOST_WAITING = 4_096;

/** Begins to export; gives a function that sends what waits and ends. `endpoint`: the collector's base address. */
export function exportTraces(endpoint: string, nodeId: string): () => Promise<void> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'troupe', 'service.instance.id': nodeId }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: new URL('/v1/traces', endpoint).href }), {
        maxQueueSize: MOST_WAITING,
      }),
    ],
  });
  // Registers W3C trace context too, so that traces join those of callers and providers.
  provider.register();
  return () => provider.shutdown();
}
