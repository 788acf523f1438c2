/** Reads labelled texts: csv with `text,category`, or json in CLINC150's or a plain list's shape, plain or gzipped. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { LabelledText } from '../../../lib/core/routing/intent-classifier.ts';

export interface IntentFile {
  readonly train: LabelledText[];
  /** The file's own validation part. */
  readonly held: LabelledText[];
  readonly test: LabelledText[];
}

export function readText(path: string): string {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

export function readIntents(path: string): IntentFile {
  const text = readText(path);
  if (/^\s*[[{]/.test(text)) return fromJson(JSON.parse(text) as unknown);
  const [header, ...records] = csvRecords(text);
  const textAt = header!.findIndex(name => /^(text|query|utterance)$/i.test(name.trim()));
  const labelAt = header!.findIndex(name => /^(category|label|intent)$/i.test(name.trim()));
  const [t, l, rows] =
    textAt >= 0 && labelAt >= 0 ? [textAt, labelAt, records] : [0, 1, [header!, ...records]];
  const train = rows.filter(row => row.length > Math.max(t, l)).map(row => labelled(row[t]!, row[l]!));
  return { train, held: [], test: [] };
}

function fromJson(json: unknown): IntentFile {
  if (Array.isArray(json)) return { train: pairs(json), held: [], test: [] };
  const parts = json as Record<string, unknown>;
  const take = (...keys: string[]) => keys.flatMap(key => pairs(parts[key] ?? []));
  return {
    train: take('train', 'oos_train'),
    held: take('val', 'oos_val'),
    test: take('test', 'oos_test'),
  };
}

function pairs(list: unknown): LabelledText[] {
  return (list as [string, string][]).map(([text, label]) => labelled(text, label));
}

function labelled(text: string, label: string): LabelledText {
  return { text: text.trim(), label: label === 'oos' ? null : label };
}

/** RFC 4180 records: quoted fields may hold commas, doubled quotes and line breaks. */
export function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  const endRecord = () => {
    record.push(field);
    if (record.length > 1 || field !== '') records.push(record);
    record = [];
    field = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      record.push(field);
      field = '';
    } else if (c === '\n') endRecord();
    else if (c !== '\r') field += c;
  }
  endRecord();
  return records;
}
