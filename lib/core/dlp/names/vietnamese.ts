/** Vietnamese names: one of the few family names, then one to four capitalised syllables. */
import type { Emit } from '../recognizer.ts';
import { normalize } from './lexicon.ts';
import type { Token } from './tokens.ts';
import { STATES } from './vocabulary.ts';

const FAMILY = new Set(
  `nguyễn nguyen trần tran lê le phạm pham hoàng hoang huỳnh huynh phan vũ vu võ vo đặng dang bùi bui đỗ do hồ ho ngô ngo dương duong lý ly đào dao đinh dinh
  lâm lam phùng phung mai tô trịnh trinh đoàn doan cao thái tạ hà trương truong châu quách tăng lương luong`
    .trim()
    .split(/\s+/),
);
/** Family names that are also words of English count only with a Vietnamese letter in the name. */
const AMBIGUOUS = new Set([
  'do',
  'ho',
  'le',
  'dang',
  'lam',
  'mai',
  'ly',
  'vu',
  'vo',
  'tran',
  'phan',
  'cao',
  'ngo',
  'dao',
  'dinh',
]);
const LETTERS = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i;
const SYLLABLE = /^\p{Lu}\p{Ll}{0,6}$/u;
const MAX_SYLLABLES = 5;

/** Whether a lower case word is a family name. */
export function isVietnameseFamily(word: string): boolean {
  return FAMILY.has(word);
}

type EmitEntity = (entity: string, start: number, end: number, score: number, source: string) => void;

export function vietnameseNames(tokens: readonly Token[], from: number, emit: EmitEntity): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'word' || token.start < from || token.shape === 'lower') continue;
    if (!token.word.vietnamese) continue;
    const family = token.text.toLowerCase();
    let next = i + 1;
    while (next - i < MAX_SYLLABLES && tokens[next]?.kind === 'word' && SYLLABLE.test(tokens[next]!.text))
      next++;
    const text = tokens.slice(i, next).map(each => each.text);
    if (
      next - i > 1 &&
      STATES.has(
        text
          .slice(0, 3)
          .map(each => normalize(each))
          .join(' '),
      )
    ) {
      emit('GPE', token.start, tokens[Math.min(next, i + 3) - 1]!.end, 0.92, 'list:vietnamese-provinces');
      i = next - 1;
      continue;
    }
    if (next - i < 2 || (!LETTERS.test(text.join('')) && (AMBIGUOUS.has(family) || next - i < 3))) continue;
    emit('PERSON', token.start, tokens[next - 1]!.end, 0.9, 'list:vietnamese-names');
    i = next - 1;
  }
}

/** Family names that in lower case are hardly anything else. */
const SURE_FAMILY = new Set(
  'nguyễn phạm đặng bùi hoàng huỳnh trần lê vũ võ đỗ ngô phan đinh trịnh'.split(' '),
);
/** What stands before a name in lower case. */
const BEFORE_NAME = new Set('tên là của anh chị em cô chú bác ông bà bạn khách'.split(' '));
const LOWER_SYLLABLE =
  /^[\p{Ll}]{0,3}[aăâeêioôơuưyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ][\p{Ll}]{0,4}$/u;

/** Names in chats, all in lower case: after a word that says so, a family name and two syllables. */
export function lowerVietnameseNames(tokens: readonly Token[], from: number, emit: EmitEntity): void {
  for (let i = 1; i + 1 < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.start < from || token.shape !== 'lower' || !SURE_FAMILY.has(token.text)) continue;
    if (!BEFORE_NAME.has(tokens[i - 1]!.text.toLowerCase())) continue;
    let next = i + 1;
    while (next - i < 3 && tokens[next]?.kind === 'word' && LOWER_SYLLABLE.test(tokens[next]!.text)) next++;
    if (next - i < 2) continue;
    emit('PERSON', token.start, tokens[next - 1]!.end, 0.75, 'list:vietnamese-names');
    i = next - 1;
  }
}

const W = '\\p{Lu}[\\p{L}\\d]{0,7}';
const WORDS = `${W}(?: ${W}){0,3}`;
/** Number, then lanes or a street by name, then ward, district, town: "số 8 ngõ 15 phố Huế, Hà Nội". */
const ADDRESS = new RegExp(
  `(?<![\\p{L}\\p{N}/-])(?:[Ss]ố (?:nhà )?)?\\d{1,5}[A-Za-z]?(?:/\\d{1,4}[A-Za-z]?){0,3}` +
    `(?<lane>(?:,? (?:[Nn]gõ|[Nn]gách|[Hh]ẻm|[Kk]iệt|[Đđ]ường|[Pp]hố|[Tt]ổ|[Ấấ]p|[Tt]hôn|[Xx]óm) (?:\\d{1,4}(?:/\\d{1,4}){0,2}|${WORDS})){1,4})?` +
    `(?: ${WORDS})?` +
    `(?<tail>(?:, ?(?:[Pp]hường|[Pp]\\.|[Qq]uận|[Qq]\\.|[Hh]uyện|[Xx]ã|[Tt]hị xã|[Tt]hị trấn|[Tt]hành phố|[Tt][Pp]\\.?|[Tt]ỉnh) ?(?:\\d{1,2}|${WORDS})){1,4})?` +
    `(?<town>, ?${W}(?: ${W}){1,3})?`,
  'gu',
);

/** Addresses of Viet Nam, in a text that has Vietnamese letters and digits. */
export function vietnameseAddresses(text: string, from: number, emit: Emit): void {
  ADDRESS.lastIndex = from;
  for (let match = ADDRESS.exec(text); match; match = ADDRESS.exec(text)) {
    const { lane, tail, town } = match.groups!;
    if (lane === undefined && tail === undefined) continue;
    emit(match.index, match.index + match[0].length, lane && (tail || town) ? 0.96 : 0.93);
  }
}
