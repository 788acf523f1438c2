/** What a keeper should look at in a document that was taken in: it does not keep the document out. */
export const QUALITY_FLAGS = [
  'short',
  'few-letters',
  'repeats',
  'broken-characters',
  'hidden-text',
  'addresses-the-assistant',
] as const;
export type QualityFlag = (typeof QUALITY_FLAGS)[number];

const SHORT = 40;
const LEAST_LETTERS = 0.5;
const MOST_REPEATED = 0.5;
const LINES_TO_JUDGE = 20;
/** UTF-8 read as a Western page, or characters that could not be read at all. */
const BROKEN = /\ufffd|Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œ“”]/g;
const MOST_BROKEN = 0.001;

export function qualityOf(
  text: string,
  found: { readonly hidden: number; readonly findings: number },
): QualityFlag[] {
  const flags: QualityFlag[] = [];
  const letters = text.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
  const visible = text.replace(/\s+/g, '').length;
  if (text.trim().length < SHORT) flags.push('short');
  if (visible > 0 && letters / visible < LEAST_LETTERS) flags.push('few-letters');
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.length > 10);
  if (lines.length >= LINES_TO_JUDGE && 1 - new Set(lines).size / lines.length > MOST_REPEATED)
    flags.push('repeats');
  if ((text.match(BROKEN)?.length ?? 0) > Math.max(1, text.length * MOST_BROKEN))
    flags.push('broken-characters');
  if (found.hidden > 0) flags.push('hidden-text');
  if (found.findings > 0) flags.push('addresses-the-assistant');
  return flags;
}
