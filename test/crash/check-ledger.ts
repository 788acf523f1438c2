/** Effects of tools: what the ledger did against what messages asked for and what the journal was told. */
import type { Findings } from './checker.ts';
import type { LedgerLine } from './ledger.ts';
import { readPlan, TOOLS, type ToolName } from './plan.ts';
import type { Records } from './records.ts';

/** A planned call in all of the test: by message and by its place there, not by a key that a fault may change. */
const nameOf = (line: { message: string; ordinal: string }) => `${line.message} ${line.ordinal}`;

export function checkLedger({ journal, ledger, acks }: Records, findings: Findings): Record<string, number> {
  const planned = new Map<string, ToolName>();
  for (const ack of acks) {
    if (ack.kind !== 'sent') continue;
    const { message, rounds } = readPlan(ack.text);
    rounds.forEach((calls, round) => {
      calls.forEach(({ tool }, index) => {
        planned.set(nameOf({ message, ordinal: `${round}.${index}` }), tool);
      });
    });
  }
  const done = Map.groupBy(ledger, nameOf);
  const counts = { toolCalls: 0, executions: 0, doubled: 0, repeatsAnswered: 0, readsRepeated: 0 };
  for (const [name, lines] of done) {
    if (!planned.has(name)) findings.add('effect-unplanned', name);
    const { doubled, repeats } = executionsOf(name, lines, findings);
    counts.executions += lines.filter(line => line.kind === 'begun').length;
    counts.repeatsAnswered += repeats;
    if (lines[0]!.tool === 'ledger_read') counts.readsRepeated += doubled;
    else counts.doubled += doubled;
  }
  const told = outcomes(journal);
  counts.toolCalls = told.returned.size;
  for (const [name, { tool, times, failed, parked }] of told.returned) {
    if (times > 1) findings.add('tool-returned-twice', name);
    const executed = done.get(name)?.some(line => line.kind === 'done') ?? false;
    // A person settles what was parked without asking the ledger: whether it happened is what is not known.
    if (!failed && !parked && !executed) findings.add('effect-lost', `${name} ${tool}`);
    if (failed) findings.add('tool-failed', `${name} ${tool}`);
  }
  const parkedInVain = [...told.parked].filter(name => !done.has(name)).length;
  return { ...counts, parked: told.parked.size, parkedNeverExecuted: parkedInVain };
}

function executionsOf(
  name: string,
  lines: readonly LedgerLine[],
  findings: Findings,
): { doubled: number; repeats: number } {
  const { tool } = lines[0]!;
  const begun = lines.filter(line => line.kind === 'begun');
  const repeats = lines.filter(line => line.kind === 'repeat').length;
  const doubled = begun.length - 1;
  if (new Set(lines.map(line => line.key)).size > 1) findings.add('key-changed', name);
  if (doubled > 0 && TOOLS[tool] !== 'read') {
    const apart = begun.at(-1)!.t - begun[0]!.t;
    findings.add('effect-doubled', `${name} ${tool}, ${begun.length} times within ${apart} ms`);
  }
  return { doubled, repeats };
}

interface Outcome {
  tool: string;
  times: number;
  failed: boolean;
  parked: boolean;
}

/** What the journals say of each planned call. Call ids are `<message>-<ordinal>`. */
function outcomes(journal: Records['journal']): { returned: Map<string, Outcome>; parked: Set<string> } {
  const returned = new Map<string, Outcome>();
  const parked = new Set<string>();
  for (const rows of journal.values()) {
    const calls = new Map<string, string>();
    for (const row of rows)
      row.events.forEach((event, index) => {
        if (event.type === 'ModelAnswered')
          (event.toolCalls as { id: string }[]).forEach(({ id }, i) => {
            calls.set(`${row.seq}.${index}.${i}`, nameOfCall(id));
          });
        const name = calls.get(event.key as string);
        if (event.type === 'ToolParked' && name) parked.add(name);
        if (event.type !== 'ToolReturned') return;
        const of = nameOfCall(event.callId as string);
        const before = returned.get(of);
        returned.set(of, {
          tool: event.name as string,
          times: (before?.times ?? 0) + 1,
          failed: event.failed as boolean,
          parked: parked.has(of),
        });
      });
  }
  return { returned, parked };
}

function nameOfCall(id: string): string {
  const dash = id.lastIndexOf('-');
  return `${id.slice(0, dash)} ${id.slice(dash + 1)}`;
}
