/**
 * What a business may say once a platform's window has closed: a template that the platform has approved. A tenant
 * declares one for each account; where the template has a place for the answer, the answer goes in it, else it invites
 * the customer to write, and the answer waits until they do.
 * Sources: WhatsApp Cloud API, "Template messages" (a parameter has no line breaks, tabs or runs of spaces, and 1,024
 * characters at most in all); Messenger Platform, "Utility messages"; Zalo OA, "Tin giao dịch" (a heading, a text and rows of a table).
 */
import type { Channel } from './message.ts';

export interface Template {
  /** WhatsApp and Messenger: its name; Zalo: its kind, such as `transaction_order`. */
  readonly name: string;
  /** As approved: `en`, `vi`, `en_US`. */
  readonly language: string;
  /** The body's places in their order, for Zalo heading, text, rows; `{answer}` in one is what is to be said. */
  readonly parameters: readonly string[];
  /** Zalo: what the rows of its table are called, one for each parameter from the third on. */
  readonly names?: readonly string[];
}

export const ANSWER_PLACE = '{answer}';
const MOST_CHARACTERS = 1_000;

/** Whether the answer itself goes in the template. */
export function holdsAnswer({ parameters }: Template): boolean {
  return parameters.some(parameter => parameter.includes(ANSWER_PLACE));
}

/** The template with the answer in its place; null when it has no place or the answer does not fit. */
export function templateWith(template: Template, answer: string): Template | null {
  if (!holdsAnswer(template)) return null;
  const line = answer
    .replace(/\s*\n\s*/g, ' · ')
    .replace(/\s+/g, ' ')
    .trim();
  const parameters = template.parameters.map(each => each.replaceAll(ANSWER_PLACE, line));
  const length = parameters.reduce((sum, each) => sum + each.length, 0);
  return line === '' || length > MOST_CHARACTERS ? null : { ...template, parameters };
}

/** The channels whose platforms have such templates. */
export const TEMPLATED: readonly Channel[] = ['whatsapp', 'facebook', 'zalo'];

/** What is wrong with a template for that channel; undefined when nothing is. */
export function faultOfTemplate(channel: Channel, { parameters, names }: Template): string | undefined {
  if (!TEMPLATED.includes(channel)) return `Accounts of ${channel} have no templates`;
  if (channel === 'zalo' && (parameters.length < 2 || (names?.length ?? 0) !== parameters.length - 2))
    return 'For Zalo give a heading, a text, and a name for each row that follows';
  return undefined;
}
