/** Telephone numbers of Türkiye: area or operator code 2, 3, 4, 5 or 8, seven digits, optional prefix. */
import { words } from '../context.ts';
import { pattern } from '../recognizer.ts';

export const TURKISH_PHONE = pattern({
  entity: 'TR_PHONE_NUMBER',
  pattern:
    /(?<![\w+-])(?:(?:\+90|0090|0)[ -]?)?(?:\([2-58]\d{2}\)|[2-58]\d{2})[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?![\w-])/g,
  score: 0.2,
  contextScore: 0.7,
  context: words('telefon', 'cep', 'gsm', 'turkey', 'türkiye', 'iletişim'),
  minDigits: 10,
  maxDigits: 14,
});
