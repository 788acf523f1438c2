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

/** `LINK CODE`, `LINK MY CHATS`, `/link`, `mã liên kết`: the customer wants a code to give on another channel. */
export function wantsCode(text: string): 'en' | 'vi' | undefined {
  if (text.length > LONGEST) return undefined;
  if (/^\s*(?:\/link|link (?:code|(?:my )?chats?))\s*$/i.test(text)) return 'en';
  return /^\s*(?:mã )?liên kết\s*$/i.test(text) ? 'vi' : undefined;
}

/** What a customer said about linking, without the code: kept as their consent. */
export function consentWords({ history }: LinkWish): string {
  return history ? 'LINK <code> with history' : 'LINK <code>';
}

const CODE_WORDS = {
  en: (code: string, minutes: number) =>
    `Your code is ${code}. Within ${minutes} minutes write "LINK ${code}" in your other chat with us, or "LINK ${code} with history" if what we said here may be known there. "UNLINK" takes it back.`,
  vi: (code: string, minutes: number) =>
    `Mã của bạn là ${code}. Trong ${minutes} phút, hãy viết "liên kết ${code}" ở kênh chat kia của bạn với chúng tôi, hoặc "liên kết ${code} kèm lịch sử" nếu nội dung ở đây được phép biết ở đó. "Hủy liên kết" để rút lại.`,
};

export function toldCode(language: 'en' | 'vi', code: string, minutes: number): string {
  return CODE_WORDS[language](code, minutes);
}

/** Told on the other channel, so that nobody is linked without hearing of it. */
export function toldLinked(channel: string, history: boolean): string {
  return [
    `This chat is now linked with your chat over ${channel}${history ? ', and what we say may be known in both' : ''}. If that was not you, write UNLINK.`,
    `Cuộc trò chuyện này đã được liên kết với ${channel}. Nếu không phải bạn, hãy viết "hủy liên kết".`,
  ].join('\n');
}
