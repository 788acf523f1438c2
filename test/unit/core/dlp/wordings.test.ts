/**
 * Guarantee: messages as customers write them (chats without capitals, all in capitals, other languages, other
 * countries) are read about as well as labelled texts, and messages without personal data mostly stay as they are.
 * `wordings.txt` holds one message a line, each value as `{kind:value}`; no weight was fitted on it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDetector, type Detection, detect } from '../../../../lib/core/dlp/library.ts';

interface Value {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** Kinds of the file, by the entities that answer to them; any identifier answers to X. */
const KINDS: Readonly<Record<string, string>> = {
  PERSON: 'P',
  TITLE: 'J',
  PHONE_NUMBER: 'T',
  EMAIL_ADDRESS: 'E',
  CREDIT_CARD: 'C',
  STREET_ADDRESS: 'A',
  GPE: 'A',
  ZIP_CODE: 'A',
  UK_POSTCODE: 'A',
  DATE_TIME: 'D',
  AGE: 'N',
  ORGANIZATION: 'O',
  NRP: 'R',
  IP_ADDRESS: 'I',
  MAC_ADDRESS: 'I',
  URL: 'U',
  SECRET: 'S',
  API_KEY: 'S',
  JWT: 'S',
  BEARER_TOKEN: 'S',
};
const PLACES: ReadonlySet<string> = new Set(['A', 'G', 'Z']);
const kindOf = ({ entity }: Detection): string => KINDS[entity] ?? 'X';
const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean =>
  a.start < b.end && b.start < a.end;

function read(line: string): { text: string; values: Value[] } {
  let text = '';
  const values: Value[] = [];
  for (const part of line.split(/(\{[A-Z]:[^}]*\})/)) {
    const marked = /^\{([A-Z]):(.*)\}$/.exec(part);
    const kind = marked && (PLACES.has(marked[1]!) ? 'A' : marked[1]!);
    if (kind) values.push({ start: text.length, end: text.length + marked[2]!.length, kind });
    text += marked ? marked[2]! : part;
  }
  return { text, values };
}

describe('wordings of customers', () => {
  const detector = createDetector();
  const messages = readFileSync(join(import.meta.dirname, 'wordings.txt'), 'utf8')
    .trim()
    .split('\n')
    .map(read);
  let values = 0;
  let found = 0;
  let claimed = 0;
  let right = 0;
  const missed: string[] = [];
  before(() => {
    for (const message of messages) {
      const detections = detect(message.text, detector);
      for (const value of message.values) {
        values++;
        if (detections.some(each => kindOf(each) === value.kind && overlaps(each, value))) found++;
        else missed.push(message.text.slice(value.start, value.end));
      }
      for (const each of detections) {
        claimed++;
        // A title before a name is one, though the file does not mark it.
        if (each.entity === 'TITLE') right++;
        else if (message.values.some(value => kindOf(each) === value.kind && overlaps(each, value))) right++;
      }
    }
  });

  it('are found: at least 94 of 100 values', () => {
    expect(found / values, `missed: ${missed.join(' | ')}`).to.be.at.least(0.94);
  });

  it('are not seen where none are: at least 94 of 100 claims are right', () => {
    expect(right / claimed).to.be.at.least(0.94);
  });
});
