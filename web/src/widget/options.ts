/** What the page says about its widget, by data attributes of the script tag. */
import type { SessionWords } from '../chat/types.ts';
import type { Language } from '../i18n/messages.ts';

export interface Options {
  /** Origin of the platform: where the script came from. */
  readonly base: string;
  readonly language: Language;
  /** The tenant's public key; empty on the platform's own pages. */
  readonly publicKey: string;
  /** Where the page's own server gives a token for a customer whom it knows; empty for customers without an account. */
  readonly tokenUrl: string;
  /** What the page itself wants said in place of the tenant's words. */
  readonly words: Partial<SessionWords>;
  readonly side: 'left' | 'right';
  readonly scheme: 'light' | 'dark' | 'auto';
  /** CSS colours; empty for the widget's own. */
  readonly accent: string;
  readonly onAccent: string;
}

export function optionsOf(
  data: Readonly<Record<string, string | undefined>>,
  source: string,
  preferred: Language,
): Options {
  const language = data.lang === 'vi' || data.lang === 'en' ? data.lang : preferred;
  const { theme, title, greeting } = data;
  const suggestions = (data.suggestions ?? '').split('|').flatMap(words => words.trim() || []);
  return {
    base: new URL(source).origin,
    language,
    publicKey: data.key ?? '',
    tokenUrl: data.tokenUrl ?? '',
    words: {
      ...(title === undefined ? {} : { title }),
      ...(greeting === undefined ? {} : { greeting }),
      ...(suggestions.length === 0 ? {} : { suggestions }),
    },
    side: data.side === 'left' ? 'left' : 'right',
    scheme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    accent: data.accent ?? '',
    onAccent: data.onAccent ?? '',
  };
}
