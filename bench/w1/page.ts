import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export const DOCS = join(import.meta.dirname, '../../docs/benchmarks');
export function writeResults(name: string, results: Readonly<Record<string, unknown>>): void {
  mkdirSync(DOCS, { recursive: true });
  writeFileSync(
    join(DOCS, `${name}.json`),
    `${JSON.stringify({ at: new Date().toISOString().slice(0, 10), ...results }, null, 2)}\n`,
  );
}
export function writePage(): void {}
