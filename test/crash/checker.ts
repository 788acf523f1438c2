/**
 * Judges a crash test by its records alone. Written apart from the runtime: it knows what a customer was promised
 * and what stands in the journal and in the ledger, and nothing of how actors work.
 */
import { checkJournal } from './check-journal.ts';
import { checkLedger } from './check-ledger.ts';
import type { Ack } from './load.ts';
import type { Records } from './records.ts';

/** What is wrong, by its kind, with a few examples of each. */
export class Findings {
  readonly counts = new Map<string, number>();
  readonly examples: string[] = [];

  add(kind: string, example: string): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= 5) this.examples.push(`${kind}: ${example}`);
  }
  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

export type Sent = Extract<Ack, { kind: 'sent' }>;
export type Answered = Extract<Ack, { kind: 'answered' | 'repeat' }>;

export interface Verdict {
  readonly findings: Findings;
  /** What was compared. */
  readonly compared: Readonly<Record<string, number>>;
}

export function check(records: Records): Verdict {
  const findings = new Findings();
  const compared = { ...checkJournal(records, findings), ...checkLedger(records, findings) };
  return { findings, compared };
}
