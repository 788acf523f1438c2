/**
 * Vietnamese writing for search: syllables with their diacritics folded away (people type "hoan tien" for
 * "hoàn tiền"), one spelling for the two places a tone mark may stand ("hoà", "hòa"), and whether a text is
 * Vietnamese at all.
 */

const MARKS = /\p{M}+/gu;
/** Letters that, among the languages written in Latin script, mark Vietnamese. */
const VIETNAMESE_LETTER = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/giu;
const LETTER = /\p{L}/gu;
const OPEN_RHYME = /(oa|oe|uy)([\u0300\u0301\u0303\u0309\u0323])$/;

/** Lower-case text without diacritics; đ becomes d. */
export function foldDiacritics(text: string): string {
  return text.normalize('NFD').replace(MARKS, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').normalize('NFC');
}

/**
 * One spelling for a lower-case syllable whose tone mark may stand on either vowel: the mark goes on the last
 * vowel of open "oa", "oe", "uy" ("hòa" gives "hoà", "thủy" gives "thuỷ").
 */
export function normaliseTone(syllable: string): string {
  const parts = syllable.normalize('NFD');
  const moved = parts.replace(/([ou])([\u0300\u0301\u0303\u0309\u0323])([aey])$/, '$1$3$2');
  if (moved === parts || /^qu/.test(parts) || !OPEN_RHYME.test(moved)) return syllable;
  return moved.normalize('NFC');
}

/** Share of the letters that only Vietnamese writes so; prose with its diacritics has about a quarter. */
export function vietnameseShare(text: string): number {
  const letters = text.match(LETTER)?.length ?? 0;
  return letters === 0 ? 0 : (text.match(VIETNAMESE_LETTER)?.length ?? 0) / letters;
}

/** True from one letter in twelve: below that, a Vietnamese name stands in a text of another language. */
export function looksVietnamese(text: string): boolean {
  return vietnameseShare(text.normalize('NFC')) >= 1 / 12;
}
