/**
 * Redaction beside two libraries of the registry, in one run on the same texts and in turns: MB per second of CPU,
 * microseconds per message (median and p99, by the clock), and the share of labelled values that are no longer readable in the output.
 * `node bench/pii.ts [--data <synth.jsonl[.gz]>] [--seconds 2]`; without data, on a few texts of our own.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createDetector, LOG_POLICY, redact } from '../lib/core/dlp/library.ts';
import { cacheFolder } from '../scripts/provision/settings.ts';

interface Row {
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number }[];
}
type Redactor = (text: string) => string | Promise<string>;

const OWN: readonly Row[] = [
  'Please charge 4111 1111 1111 1111 and send the receipt to ann.lee@example.org.',
  'My name is Peter Novak, I live at 12 Rosewood Lane, Norwich, and my phone is +44 20 7946 0018.',
  'Is the summer sale still on? I would like to return two chairs that I ordered last week.',
].map(text => ({ text, spans: [] }));

/** Turns of each that count. */
const ROUNDS = 5;

const { values } = parseArgs({
  options: { data: { type: 'string' }, seconds: { type: 'string', default: '2' } },
});

function read(path: string): Row[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Row);
}

interface OpenRedactor {
  detect(text: string): Promise<{ redacted: string }>;
}

/** Libraries that are compared but not shipped are installed into the cache folder. */
async function installPeers(): Promise<NodeJS.Require> {
  const folder = join(await cacheFolder(), 'pii-peers');
  mkdirSync(folder, { recursive: true });
  cpSync(join(import.meta.dirname, 'pii-peers'), folder, { recursive: true });
  if (!existsSync(join(folder, 'node_modules')))
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
      cwd: folder,
      stdio: 'inherit',
    });
  return createRequire(join(folder, 'package.json'));
}

/** The libraries under comparison; one that is not installed is left out and named. */
async function redactors(): Promise<Map<string, Redactor>> {
  const detector = createDetector();
  const all = new Map<string, Redactor>([
    ['troupe', text => redact(text, { detector, policy: LOG_POLICY }).text],
  ]);
  const peers = await installPeers();
  const others: Record<string, () => Promise<Redactor>> = {
    openredaction: async () => {
      const { OpenRedaction } = peers('openredaction') as { OpenRedaction: new () => OpenRedactor };
      const shield = new OpenRedaction();
      return async text => (await shield.detect(text)).redacted;
    },
    'redact-pii': async () => {
      const { SyncRedactor } = peers('redact-pii') as {
        SyncRedactor: new () => { redact(text: string): string };
      };
      const redactor = new SyncRedactor();
      return text => redactor.redact(text);
    },
  };
  for (const [name, load] of Object.entries(others)) {
    try {
      all.set(name, await load());
    } catch (error) {
      console.error(`${name} is left out: ${(error as Error).message}`);
    }
  }
  return all;
}

/** Share of labelled values that the output does not show as they were. */
async function hidden(rows: readonly Row[], redactor: Redactor): Promise<number> {
  let total = 0;
  let gone = 0;
  for (const row of rows) {
    const out = await redactor(row.text);
    for (const span of row.spans) {
      total++;
      if (!out.includes(row.text.slice(span.start, span.end))) gone++;
    }
  }
  return total === 0 ? Number.NaN : gone / total;
}

/** Share of unlabelled words that the output still shows: what redaction must not destroy. */
async function kept(rows: readonly Row[], redactor: Redactor): Promise<number> {
  let total = 0;
  let left = 0;
  for (const row of rows) {
    const out = new Set((await redactor(row.text)).match(/[\p{L}']+/gu));
    for (const match of row.text.matchAll(/[\p{L}']+/gu)) {
      if (row.spans.some(span => span.start < match.index + match[0].length && match.index < span.end))
        continue;
      total++;
      if (out.has(match[0])) left++;
    }
  }
  return total === 0 ? Number.NaN : left / total;
}

interface Speed {
  bytes: number;
  cpuMicros: number;
  readonly times: number[];
}

/** One turn of a redactor over all texts; CPU time is that of this process, which does nothing else meanwhile. */
async function turn(rows: readonly Row[], redactor: Redactor, into: Speed, seconds: number): Promise<void> {
  const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row.text), 0);
  const begun = process.cpuUsage();
  let used = 0;
  do {
    for (const row of rows) {
      const start = performance.now();
      await redactor(row.text);
      into.times.push((performance.now() - start) * 1000);
    }
    into.bytes += bytes;
    const { user, system } = process.cpuUsage(begun);
    used = user + system;
  } while (used < seconds * 1e6);
  into.cpuMicros += used;
}

/** Bytes per microsecond of CPU are MB per second of CPU: what others do on the machine changes them least. */
function figuresOf({ bytes, cpuMicros, times }: Speed): Record<string, number> {
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(10 * times[Math.min(times.length - 1, Math.floor(times.length * share))]!) / 10;
  return { mb_per_cpu_s: round(bytes / cpuMicros), p50_us: at(0.5), p99_us: at(0.99) };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const rows = values.data === undefined ? OWN : read(values.data);
const all = await redactors();
const speeds = new Map<string, Speed>();
// In turns, so that a busy minute of the machine falls on all of them; the first round warms up and does not count.
for (let round = 0; round <= ROUNDS; round++) {
  if (round <= 1) speeds.clear();
  for (const [name, redactor] of all) {
    const speed = speeds.get(name) ?? { bytes: 0, cpuMicros: 0, times: [] };
    speeds.set(name, speed);
    await turn(rows, redactor, speed, Number(values.seconds));
  }
}
const result: Record<string, unknown> = { texts: rows.length, load: loadavg().map(round) };
for (const [name, redactor] of all)
  result[name] = {
    ...figuresOf(speeds.get(name)!),
    recall: round(await hidden(rows, redactor)),
    words_kept: round(await kept(rows, redactor)),
  };
console.log(JSON.stringify(result));
