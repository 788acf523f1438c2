/** Reads a .cpuprofile: which part of the system each sample belongs to, and the call tree for a flame graph. */
import { readFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** The first pattern that matches an address wins. */
export type Parts = readonly (readonly [name: string, address: RegExp])[];

/** In the order in which they are listed and coloured. */
export const PARTS: Parts = [
  ['actor runtime', /\/actors\/runtime\//],
  ['conversation (decide, evolve, react)', /\/actors\/conversation\//],
  ['conversation service', /\/services\//],
  ['journal and its arrays', /\/lib\/io\//],
  ['PostgreSQL driver', /\/node_modules\/(pg|pg-[a-z]+|postgres-[a-z]+)\//],
  ['Moleculer', /\/node_modules\/moleculer\/|\/lib\/moleculer\//],
  ['NATS client', /\/node_modules\/(nats|nkeys)/],
  ['our middlewares, metrics, tracing', /\/mixins\/|\/node_modules\/(prom-client|@opentelemetry)/],
  ['ids, clock, contracts', /\/lib\/|\/node_modules\//],
  ['load generator', /\/bench\//],
  ['Node (timers, streams, promises)', /^node:/],
];
export const KERNEL = 'kernel: writes and reads';
export const COLLECTOR = 'garbage collector';
export const NATIVE = 'native code';
export const PART_NAMES: readonly string[] = [...PARTS.map(([name]) => name), KERNEL, COLLECTOR, NATIVE];

const SYSTEM_CALLS = new Set([
  'writev',
  'writeBuffer',
  'writeUtf8String',
  'writeLatin1String',
  'readStart',
  'shutdown',
]);

export interface Frame {
  readonly name: string;
  readonly part: string;
  /** Microseconds in this frame itself. */
  self: number;
  /** Microseconds in it and all that it calls. */
  total: number;
  readonly children: Map<string, Frame>;
}

export interface Breakdown {
  readonly root: Frame;
  /** Microseconds in which nothing was to be done. */
  readonly idle: number;
  /** Microseconds of self time by part. */
  readonly parts: ReadonlyMap<string, number>;
}

/** What the profiler itself did, from within, is left out. */
export function readProfile(file: string, named: Parts = PARTS): Breakdown {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const byId = new Map(profile.nodes.map(node => [node.id, node]));
  const spent = new Map<number, number>();
  profile.samples.forEach((id, i) => {
    spent.set(id, (spent.get(id) ?? 0) + profile.timeDeltas[i]!);
  });
  const root: Frame = { name: 'all', part: NATIVE, self: 0, total: 0, children: new Map() };
  const parts = new Map<string, number>();
  let idle = 0;
  const walk = (id: number, into: Frame): number => {
    const node = byId.get(id)!;
    const own = spent.get(id) ?? 0;
    const { functionName } = node.callFrame;
    if (functionName === '(idle)') {
      idle += own;
      return 0;
    }
    if (callFrameOfProfiler(node)) return 0;
    const part = partOf(node, into.part, named);
    const name = nameOf(node);
    let frame = into;
    if (functionName !== '(root)') {
      frame = into.children.get(name) ?? { name, part, self: 0, total: 0, children: new Map() };
      into.children.set(name, frame);
    }
    let total = own;
    for (const child of node.children ?? []) total += walk(child, frame);
    frame.self += own;
    frame.total += total;
    parts.set(part, (parts.get(part) ?? 0) + own);
    return frame === into ? 0 : total;
  };
  walk(profile.nodes[0]!.id, root);
  return { root, idle, parts };
}

function callFrameOfProfiler({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return functionName === 'post' && url === 'node:inspector';
}

function partOf({ callFrame: { functionName, url } }: ProfileNode, caller: string, named: Parts): string {
  if (functionName === '(garbage collector)') return COLLECTOR;
  if (functionName === '(program)') return NATIVE;
  if (url === '') return SYSTEM_CALLS.has(functionName) ? KERNEL : caller;
  return named.find(([, address]) => address.test(url))?.[0] ?? NATIVE;
}

/** `function file:line`, the file from the project's or the package's folder on. */
function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(?=(actors|bench|lib|mixins|services)\/)/, '');
  return `${name} ${file.replace(/^file:.*\//, '')}:${lineNumber + 1}`;
}

/** The functions with the most self time, microseconds. */
export function hottest(root: Frame, count: number): readonly (readonly [name: string, self: number])[] {
  const self = new Map<string, number>();
  const walk = (frame: Frame) => {
    self.set(frame.name, (self.get(frame.name) ?? 0) + frame.self);
    for (const child of frame.children.values()) walk(child);
  };
  walk(root);
  return [...self].sort((a, b) => b[1] - a[1]).slice(0, count);
}
