/** Words that only the widget has; the rest is the chat page's. */
import type { Language } from '../i18n/messages.ts';

const en = {
  open: 'Chat with us',
  close: 'Close the chat',
  waits: 'Will be sent',
  attach: 'Attach a file',
  uploading: 'Uploading',
  takeAway: 'Take away',
  tooMany: 'Five files go with one message.',
  tooLarge: 'larger than 8 MB.',
  wrongKind: 'we take pictures, PDF and plain text.',
  notUploaded: 'it could not be uploaded. Try once more.',
  choices: 'Answers to choose from',
  files: 'Files',
};

export type WidgetWords = Readonly<Record<keyof typeof en, string>>;

const vi: WidgetWords = {
  open: 'Trò chuyện với chúng tôi',
  close: 'Đóng cuộc trò chuyện',
  waits: 'Sẽ được gửi',
  attach: 'Đính kèm tệp',
  uploading: 'Đang tải lên',
  takeAway: 'Bỏ',
  tooMany: 'Mỗi tin nhắn có tối đa năm tệp.',
  tooLarge: 'lớn hơn 8 MB.',
  wrongKind: 'chúng tôi nhận ảnh, PDF và văn bản thuần.',
  notUploaded: 'chưa tải lên được. Hãy thử lại.',
  choices: 'Các câu trả lời để chọn',
  files: 'Tệp',
};

const TABLES: Readonly<Record<Language, WidgetWords>> = { en, vi };

export function widgetWords(language: Language): WidgetWords {
  return TABLES[language];
}
