/** Vietnamese names: one of the few family names, then one to four capitalised syllables. */
import type { Token } from './tokens.ts';

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
    if (next - i < 2 || (!LETTERS.test(text.join('')) && (AMBIGUOUS.has(family) || next - i < 3))) continue;
    emit('PERSON', token.start, tokens[next - 1]!.end, 0.9, 'list:vietnamese-names');
    i = next - 1;
  }
}
