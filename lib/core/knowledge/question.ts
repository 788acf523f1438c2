/**
 * A question as the extractive answer reads it: the words that say what it is about, what kind of fact it asks for
 * ("how long" wants a time), and its parts when it asks for several things.
 */

import { analyze } from './analyze.ts';
import { takenApart } from './follow-up.ts';
import { VIETNAMESE_STOP_WORDS } from './stop-words.ts';
import { numbersIn } from './tables.ts';
import { foldDiacritics, looksVietnamese } from './vietnamese.ts';

export type QuestionLanguage = 'en' | 'vi';

export interface AskedTerm {
  readonly text: string;
  /** The spelling with diacritics where it differs: "phở" is not "phố". */
  readonly exact: string | undefined;
  /** Share of its rarity that counts, 0 to 1. */
  readonly share: number;
  /** Left out when no text holds it: it may be a function word written without diacritics. */
  readonly doubtful: boolean;
  /** Of the question before, which this one goes on from: it helps to choose, and need not be said. */
  readonly before: boolean;
}

export interface Question {
  readonly vietnamese: boolean;
  readonly terms: readonly AskedTerm[];
  /** Neighbouring terms, "gift_card". */
  readonly pairs: readonly string[];
  readonly numbers: readonly number[];
  /** What a sentence that answers has in it; undefined when any may. */
  readonly kind: FactKind | undefined;
  /** It asks how something is done, or for all of several things. */
  readonly wantsList: boolean;
}

export interface FactKind {
  readonly asks: RegExp;
  readonly holds: RegExp;
  /** Words that say no more than the kind: "cost" is answered by an amount. Folded, stemmed. */
  readonly words: ReadonlySet<string>;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** The first that asks is taken. Questions are read lower-case and without diacritics. */
const KINDS: readonly FactKind[] = [
  {
    asks: /\b(?:where (?:is|are) (?:you|your)\b|where (?:do|should|can|must) (?:i|we) (?:send|ship|post)|what is (?:the|your) (?:\w+ )?address|o dau|dia chi .{0,30}la gi)/,
    holds:
      /\d+ (?:\p{Lu}\p{L}+ ){1,4}(?:Road|Lane|Street|Avenue|Square|Drive)|\d+ (?:đường|phố) |(?<!\d)\d{5,6}(?!\d)/u,
    words: set('address dia chi'),
  },
  {
    asks: /\b(?:what temperature|how (?:hot|warm|cold)|nhiet do|bao nhieu do)\b/,
    holds: /\d\s?°|\bdegrees\b|độ C/i,
    words: set('temperatur hot warm cold nhiet do'),
  },
  {
    asks: /\b(?:weighs?|how much weight|how heavy|nang bao nhieu|can nang)\b/,
    holds: /\d\s?k?g\b/i,
    words: set('weigh weight heavi nang'),
  },
  {
    asks: /\b(?:how long|how soon|how quickly|how (?:many|much) (?:business |working |more )?(?:minutes?|hours?|days?|weeks?|months?|years?|time)|bao lau|(?:bao nhieu|may) (?:phut|gio|ngay|tuan|thang|nam))\b/,
    holds:
      /\d[\s-]?(?:(?:business|working)\s)?(?:minutes?|hours?|days?|weeks?|months?|years?|phút|giờ|ngày|tuần|tháng|năm)(?!\p{L})/iu,
    words: set('day time long last take phut gio ngay tuan thang nam'),
  },
  {
    asks: /\b(?:when|what time|opening hours|deadline|khi nao|may gio|luc nao|bao gio)\b/,
    holds:
      /\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:when|until|before|after|while|once|as long as|within) |(?:khi|trước|sau) /i,
    words: set('time gio'),
  },
  {
    asks: /\b(?:what|which|how (?:much|big)|percent) discounts?\b(?! code)|^discounts?\b(?! code)|\b(?:giam gia|chiet khau) bao nhieu\b/,
    holds: /\d\s?(?:percent|%)|%|phần trăm|[$€£]\d/i,
    words: set(''),
  },
  {
    asks: /\b(?:costs?|prices?|fees?|expensive|how much (?:is|are|for|money|will|do (?:i|we|you) (?:charge|pay))|(?:what|which) (?:amount|sum)|gia bao nhieu|bao nhieu tien|phi|gia)\b/,
    holds: /[$€£¥₫]\s?\d|\d\s?(?:usd|eur|dollars?|vnd|đồng|đ)(?!\p{L})|free of charge|miễn phí/iu,
    words: set('cost price fee expens pay amount money charg phi gia tien'),
  },
  {
    asks: /\b(?:how (?:much|many|often|far|tall|big|large)|bao nhieu|may)\b/,
    holds: /\d|\b(?:one|two|three|four|five|six|seven|ten|once|twice|none)\b|\b(?:một|hai|ba|bốn|năm)\b/i,
    words: set(''),
  },
];

const LIST =
  /\b(?:how (?:do|can|should|would|to|must)\b|what (?:do|should|must) (?:i|we|you) (?:have to |need to |need |do|send|bring)|which (?:steps|documents)|steps|cach|lam sao|lam the nao|lam gi|nhung gi)/;

/** They ask, and say nothing of what about. */
const ENGLISH_PHRASES = ['how much', 'how many', 'how long', 'how often', 'how soon', 'please', 'tell me'];
const VIETNAMESE_PHRASES = [
  'như thế nào',
  'thế nào',
  'bao nhiêu',
  'bao lâu',
  'khi nào',
  'lúc nào',
  'là gì',
  'ở đâu',
  'tại sao',
  'vì sao',
  'được không',
  'phải không',
  'mấy',
  'muốn',
  'không ạ',
];
/** Words that any question may have: they count, but little. Stemmed and folded. */
const LIGHT = set(
  'much many need want get got take make happen go goe come use know tell find let give put thing someth anyth ' +
    'someon must may might like ok kind sort someth ever also whether possibl abl new old see look say ask help ' +
    'way today now here still yet long last',
);
const LIGHT_VIETNAMESE = set('muốn cần phải biết hỏi giúp mất muon can phai biet hoi giup xin mat');
const VIETNAMESE_FOLDED_STOP_WORDS: ReadonlySet<string> = new Set(
  Array.from(VIETNAMESE_STOP_WORDS, foldDiacritics),
);
const LIGHT_SHARE = 0.25;
const BEFORE_SHARE = 0.5;
const MAX_PARTS = 3;
const MAX_QUESTION_CHARS = 4_000;

/**
 * What to search for: the question without the words that only ask, which would find texts that happen to have
 * them ("bao lâu" finds "bảo hành" when it is typed without diacritics).
 */
export function contentOf(question: string, language: QuestionLanguage = languageOf(question)): string {
  const tokens = question.normalize('NFC').slice(0, MAX_QUESTION_CHARS).match(/\S+/g) ?? [];
  const bare = tokens.map(token => token.toLowerCase().replace(/[^\p{L}\p{N}'’]/gu, ''));
  const dropped = new Set<number>();
  for (const phrase of language === 'vi' ? VIETNAMESE_PHRASES : ENGLISH_PHRASES) {
    const words = phrase.split(' ');
    for (let i = 0; i + words.length <= bare.length; i++) {
      const stands = words.every((word, k) => bare[i + k] === word || bare[i + k] === foldDiacritics(word));
      if (stands) for (const k of words.keys()) dropped.add(i + k);
    }
  }
  if (language === 'vi' && /^(?:không|khong)$/.test(bare.at(-1) ?? '')) dropped.add(bare.length - 1);
  const kept = tokens.filter((_, i) => !dropped.has(i));
  return analyze(kept.join(' ')).length > 0 ? kept.join(' ') : question;
}

const languageOf = (text: string): QuestionLanguage => (looksVietnamese(text) ? 'vi' : 'en');

/** `before`: the question that this one goes on from ("and to Canada?"). */
export function readQuestion(
  text: string,
  language: QuestionLanguage = languageOf(text),
  before = '',
): Question {
  const vietnamese = language === 'vi';
  const accented = looksVietnamese(text);
  const folded = foldDiacritics(text.toLowerCase().normalize('NFC'));
  const terms: AskedTerm[] = [];
  const pairs: string[] = [];
  let previous: { text: string; position: number } | undefined;
  const all = analyze(contentOf(text, language), vietnamese);
  for (const [i, term] of all.entries()) {
    if (!term.primary) continue;
    if (previous && term.position <= previous.position + 2) pairs.push(`${previous.text}_${term.text}`);
    previous = { text: term.text, position: term.position };
    if (terms.some(each => each.text === term.text)) continue;
    const next = all[i + 1];
    const exact =
      next && !next.primary && next.position === term.position && !next.text.includes('_')
        ? next.text
        : undefined;
    const doubtful = vietnamese && !accented && VIETNAMESE_FOLDED_STOP_WORDS.has(term.text);
    const light = (vietnamese ? LIGHT_VIETNAMESE : LIGHT).has(accented ? (exact ?? term.text) : term.text);
    const share = light ? LIGHT_SHARE : doubtful ? 0.5 : 1;
    terms.push({ text: term.text, exact: accented ? exact : undefined, share, doubtful, before: false });
  }
  const context = before === '' ? undefined : readQuestion(before, language);
  for (const term of context?.terms ?? []) {
    if (terms.some(each => each.text === term.text)) continue;
    terms.push({ ...term, share: term.share * BEFORE_SHARE, before: true });
  }
  return {
    vietnamese,
    terms,
    pairs,
    numbers: numbersIn(text),
    kind: KINDS.find(kind => kind.asks.test(folded)) ?? context?.kind,
    wantsList: LIST.test(folded),
  };
}

const NEXT_QUESTION =
  /\?\s+(?=\S)|,?\s+(?:and|also)\s+(?=(?:what|how|when|where|which|who|can|do|does|is|are|will|should)\b)|,?\s+(?:và|va)\s+(?=(?:khi nào|bao|mấy|làm|có được|có thể|phí|khi nao|may|lam|co duoc|co the|phi)(?!\p{L}))/iu;

/** The questions of one message, at most three; what follows the last stays with it. */
export function questionsIn(text: string): { readonly text: string; readonly before?: string }[] {
  let rest = text.slice(0, MAX_QUESTION_CHARS);
  const { question, before } = takenApart(rest);
  if (before !== '') return [{ text: question, before }];
  const parts: string[] = [];
  for (
    let cut = NEXT_QUESTION.exec(rest);
    cut && parts.length < MAX_PARTS - 1;
    cut = NEXT_QUESTION.exec(rest)
  ) {
    parts.push(rest.slice(0, cut.index));
    rest = rest.slice(cut.index + cut[0].length);
  }
  return [...parts, rest].map(part => ({ text: part }));
}
