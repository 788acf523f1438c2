/** What was refused, cut or withheld of tools, by kind: never by tenant, tool or text. */
import { Counter, type Registry } from 'prom-client';

export type Violation = 'address' | 'size' | 'time' | 'output-schema' | 'injection' | 'not-allowed';

export function createSafetyCounter(registry: Registry): (kind: Violation) => void {
  const counter = new Counter({
    name: 'troupe_safety_violations_total',
    help: 'Calls of tools that were refused or whose answer was cut or withheld, by kind',
    labelNames: ['kind'],
    registers: [registry],
  });
  return kind => counter.inc({ kind });
}
