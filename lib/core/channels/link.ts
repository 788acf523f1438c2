/**
 * How a customer says on one channel that somebody on another is the same person: by a code that was told there. It
 * is their own words that consent, and to nothing more than they say.
 */

/** Without letters and digits that are taken for each other. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
export const CODE_LENGTH = 8;
const CODE = new RegExp(`^[${ALPHABET}]{${CODE_LENGTH}}$`);
const LONGEST = 60;

export interface LinkWish {
  readonly code: string;
  /** What was said on the other channel may be known here, and the other way round. */
  readonly history: boolean;
}

/** A code of random bytes: 39 bits of a code that holds for minutes and once. */
export function linkCode(random: Uint8Array): string {
  return Array.from(random.subarray(0, CODE_LENGTH), byte => ALPHABET[byte % ALPHABET.length]).join('');
}

/** `LINK <code>`, `LINK <code> with history`, in Vietnamese `liên kết <mã> kèm lịch sử`. */
export function linkWish(text: string): LinkWish | undefined {
  if (text.length > LONGEST) return undefined;
  const words = text.trim().toLowerCase().split(/\s+/);
  const rest = words[0] === 'link' || words[0] === '/link' ? words.slice(1) : afterLienKet(words);
  const code = rest?.[0]?.toUpperCase() ?? '';
  if (!rest || !CODE.test(code)) return undefined;
  const said = rest.slice(1).join(' ');
  if (said !== '' && said !== 'with history' && said !== 'kèm lịch sử') return undefined;
  return { code, history: said !== '' };
}

function afterLienKet(words: readonly string[]): readonly string[] | undefined {
  return words[0] === 'liên' && words[1] === 'kết' ? words.slice(2) : undefined;
}

/** `UNLINK`, `hủy liên kết`. */
export function wantsUnlink(text: string): boolean {
  return text.length <= LONGEST && /^\s*(?:\/?unlink|hủy liên kết)\s*$/i.test(text);
}

/** Messages of another conversation as the agent is told them, the newest that fit. */
export function toldHistory(
  messages: readonly { readonly role: string; readonly text: string }[],
  mostCharacters: number,
): string {
  const lines: string[] = [];
  let length = 0;
  for (const { role, text } of messages.toReversed()) {
    const line = `${role === 'user' ? 'I' : 'You'}: ${text}`;
    if (length + line.length > mostCharacters) break;
    length += line.length + 1;
    lines.unshift(line);
  }
  return lines.join('\n');
}
