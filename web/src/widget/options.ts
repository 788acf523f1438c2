/** What the page says about its widget, by data attributes of the script tag. */
import type { Session } from '../chat/types.ts';
import { type Language, messagesOf } from '../i18n/messages.ts';

export interface Options {
  /** Origin of the platform: where the script came from. */
  readonly base: string;
  readonly language: Language;
  /** From `data-key`; null on the platform's own pages, which have a session of their own. */
  readonly session: Session | null;
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
  const { key, theme } = data;
  return {
    base: new URL(source).origin,
    language,
    session: key
      ? {
          apiKey: key,
          title: data.title ?? messagesOf(language).assistant,
          greeting: data.greeting ?? '',
          suggestions: (data.suggestions ?? '').split('|').flatMap(words => words.trim() || []),
        }
      : null,
    side: data.side === 'left' ? 'left' : 'right',
    scheme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    accent: data.accent ?? '',
    onAccent: data.onAccent ?? '',
  };
}
