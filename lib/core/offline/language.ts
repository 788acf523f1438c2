/** English or Vietnamese? Short support messages need no more than this. */
import type { OfflineLanguage } from './declaration.ts';
import { wordsOf } from './text.ts';

/** Letters that Vietnamese has and other languages in Latin script hardly use. */
const VIETNAMESE_LETTER = /[đơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/iu;

/** Without diacritics, and none that is also an English word or common in names of streets. */
const VIETNAMESE_WORDS = new Set(
  (
    'toi ban khong duoc cua bao nhieu nao dau giup muon hoan tien xin chao cam van chuyen lam sao voi nhe vay ' +
    'nhung cac nguoi huy doi tra kiem gui nhan ngay roi chua minh oi vang khi gia vui long nhu vi la thi nay ' +
    'mua hang don phi giao dia chi dat ao qua bi lau may'
  ).split(' '),
);

const ENGLISH_WORDS = new Set(
  (
    'the my is are i im you how what where when do does did can could would order orders please have has it its of ' +
    'for and want with this that your need hello hi hey thanks thank yes no not was were will return refund ' +
    'shipping cancel change address from track parcel package send me a an in by at to on be been or if about ' +
    'get got back which why who number because too'
  ).split(' '),
);

/** Above zero for Vietnamese, below for English; more words tell more. */
function leaning(text: string): number {
  let sum = VIETNAMESE_LETTER.test(text.normalize('NFC')) ? 1 : 0;
  for (const word of wordsOf(text.replace(/\S{1,80}@\S{1,80}/g, ' '))
    .folded.trim()
    .split(' ')) {
    if (VIETNAMESE_WORDS.has(word)) sum += 1;
    if (ENGLISH_WORDS.has(word)) sum -= 1;
  }
  return sum;
}

/** How much an older message counts beside the one after it. */
const FADING = 0.4;
const MAX_MESSAGES = 5;
const MAX_LENGTH = 1_000;

/**
 * The language in which to answer messages, newest first: the newest count most, so that an address or a name
 * in another language does not switch it. English when they do not tell.
 */
export function languageOf(newestFirst: readonly string[]): OfflineLanguage {
  let sum = 0;
  let weight = 1;
  for (const text of newestFirst.slice(0, MAX_MESSAGES)) {
    const leans = leaning(text.slice(0, MAX_LENGTH));
    sum += weight * leans;
    if (leans !== 0) weight *= FADING;
  }
  return sum > 0 ? 'vi' : 'en';
}
