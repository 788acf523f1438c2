/**
 * Choices that an answer offers: its last lines, each `[[like this]]`. They become buttons where a customer can press
 * one and lines of a list where not; the text keeps none of the brackets.
 */

/** More is no choice but a list to read; so are more than 80 characters. */
export const MOST_CHOICES = 6;

const LINE = /^\s*(\[\[[^[\]\n]{1,80}\]\]\s*)+$/;
const CHOICE = /\[\[([^[\]\n]{1,80})\]\]/g;

export interface Offered {
  readonly text: string;
  readonly quickReplies: readonly string[];
}

/** A text that is nothing but choices stays as it is: an answer says something. */
export function offeredBy(text: string): Offered {
  const lines = text.split('\n');
  let end = lines.length;
  while (end > 0 && (lines[end - 1]!.trim() === '' || LINE.test(lines[end - 1]!))) end--;
  const found = Array.from(lines.slice(end).join('\n').matchAll(CHOICE), ([, choice]) => choice!.trim());
  const quickReplies = [...new Set(found)].filter(choice => choice !== '').slice(0, MOST_CHOICES);
  const said = lines.slice(0, end).join('\n').trimEnd();
  return said === '' || quickReplies.length === 0 ? { text, quickReplies: [] } : { text: said, quickReplies };
}

/** The same where nothing can be pressed. */
export function asList(text: string, quickReplies: readonly string[]): string {
  return [text, ...quickReplies.map(choice => `- ${choice}`)].join('\n');
}
