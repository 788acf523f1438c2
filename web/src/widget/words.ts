/** Words that only the widget has; the rest is the chat page's. */
import type { Language } from '../i18n/messages.ts';

const TABLES = {
  en: { open: 'Chat with us', close: 'Close the chat', waits: 'Will be sent' },
  vi: { open: 'Trò chuyện với chúng tôi', close: 'Đóng cuộc trò chuyện', waits: 'Sẽ được gửi' },
} as const;

export function widgetWords(language: Language): Readonly<Record<'open' | 'close' | 'waits', string>> {
  return TABLES[language];
}
