/** Real text for the bench: passages of three and of five sentences of abstracts, customers' questions, exam questions, help articles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sentences } from '../../lib/core/knowledge/sentences.ts';

export interface Passage {
  readonly title: string;
  readonly text: string;
}

const WINDOWS = [3, 5];

/** Distinct passages in an order that mixes the collections; the same for every run. */
export function passages(folder: string, count: number): Passage[] {
  const found = new Map<string, Passage>();
  const add = (title: string, text: string) => {
    if (text.length >= 20) found.set(text, { title: title.slice(0, 200), text });
  };
  for (const { title, text } of lines<{ title: string; text: string }>(
    join(folder, 'scifact/corpus.jsonl.gz'),
  ))
    for (const part of windows(text)) add(title, part);
  for (const { title, content } of lines<{ title: string; content: string }>(
    join(folder, 'tau-banking-kb/documents.jsonl.gz'),
  ))
    for (const part of windows(content)) add(title, part);
  for (const { subject, prompt } of lines<{ subject: string; prompt: string }>(
    join(folder, 'routellm/mmlu_dev.jsonl.gz'),
  ))
    add(subject, prompt);
  for (const line of read(join(folder, 'banking77/train.csv')).split('\n').slice(1)) {
    const cut = line.lastIndexOf(',');
    add(line.slice(cut + 1).replaceAll('_', ' '), line.slice(0, cut).replaceAll('"', ''));
  }
  const { train } = JSON.parse(read(join(folder, 'clinc150/train.json.gz'))) as { train: [string, string][] };
  for (const [text, intent] of train) add(intent.replaceAll('_', ' '), text);
  const all = [...found.values()];
  if (all.length < count)
    throw new Error(`the collections hold ${all.length} distinct passages, not ${count}`);
  return shuffled(all).slice(0, count);
}

function windows(text: string): string[] {
  const spans = sentences(text);
  return WINDOWS.flatMap(size => {
    const parts: string[] = [];
    for (let at = 0; at === 0 || at + size <= spans.length; at++) {
      const last = spans[Math.min(at + size, spans.length) - 1];
      if (last) parts.push(text.slice(spans[at]!.start, last.end));
    }
    return parts;
  });
}

/** A generator of its own, so that every run has the same order (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(items: T[]): T[] {
  const next = random(7);
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

/** How many passages each tenant has: Zipf's law with exponent 1.05, all of them together `total`. */
export function skewed(tenants: number, total: number): number[] {
  const weights = Array.from({ length: tenants }, (_, i) => 1 / (i + 1) ** 1.05);
  const sum = weights.reduce((a, b) => a + b, 0);
  const sizes = weights.map(weight => Math.floor((weight / sum) * total));
  sizes[0]! += total - sizes.reduce((a, b) => a + b, 0);
  return sizes;
}

function read(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

function lines<T>(file: string): T[] {
  return read(file)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as T);
}
