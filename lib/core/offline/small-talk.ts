/** Yes, no, hello, thanks: messages that are only that, and questions without the politeness around them. */
import { standalone } from '../knowledge/follow-up.ts';
import { longestIn, startsWith, wordsLeft } from './match.ts';
import {
  DROP_WORDS,
  FILLER_WORDS,
  GOODBYE_WORDS,
  GREETING_WORDS,
  NO_WORDS,
  THANKS_WORDS,
  YES_WORDS,
} from './phrases.ts';
import type { Reading } from './reading.ts';

/** A longer message is not only a yes, a no or a greeting. Words. */
const MAX_WORDS = 12;
const MAX_YES_WORDS = 6;
/** What is searched for. Characters. */
const MAX_QUERY = 400;

const POLITENESS =
  /(?<![\p{L}\p{N}])(?:hello|hi|hey|hi there|hello there|good (?:morning|afternoon|evening)|please|pls|thanks|thank you|thx|can you (?:please )?tell me|could you (?:please )?tell me|tell me|i would like to know|i(?:'|’)?d like to know|i want to know|i was wondering if|i was wondering|i wonder|do you know|let me know|quick question|just curious|xin chào|chào bạn|chào shop|chào|cho (?:tôi|mình|em) hỏi|cho hỏi|(?:tôi|mình|em) muốn (?:hỏi|biết)|làm ơn|vui lòng|cảm ơn|cám ơn|ạ|nhé|nha|dạ|(?:shop|bạn|ad|em) ơi)(?![\p{L}\p{N}])[,.!]?/giu;

export type SmallTalk = 'greeting' | 'thanks' | 'goodbye' | 'ready';

export function smallTalkOf(message: Reading): SmallTalk | undefined {
  if (message.text.includes('?')) return undefined;
  if (isOnly(message, `${GOODBYE_WORDS}|${THANKS_WORDS}|${GREETING_WORDS}`)) {
    if (longestIn(message, GOODBYE_WORDS) > 0) return 'goodbye';
    return longestIn(message, THANKS_WORDS) > 0 ? 'thanks' : 'greeting';
  }
  // "Hi Fern": one more word is a name.
  if (
    message.words.count <= 3 &&
    startsWith(message, GREETING_WORDS) &&
    wordsLeft(message, GREETING_WORDS) <= 1
  ) {
    return 'greeting';
  }
  return isOnly(message, `${YES_WORDS}|${NO_WORDS}`) ? 'ready' : undefined;
}

/** True when one of these words is in the message, and nothing else but fillers. */
export function isOnly(message: Reading, words: string): boolean {
  return (
    message.words.count <= MAX_WORDS &&
    longestIn(message, words) > 0 &&
    wordsLeft(message, `${words}|${FILLER_WORDS}`) === 0
  );
}

/** `đừng` (do not) and `đúng` (right) are the same without diacritics, so the letters are looked at. */
const saysDont = (message: Reading) => /đừng/iu.test(message.text);

export function saysYes(message: Reading): boolean {
  return (
    message.words.count <= MAX_YES_WORDS &&
    !saysDont(message) &&
    startsWith(message, YES_WORDS) &&
    longestIn(message, NO_WORDS) === 0
  );
}

export function saysNo(message: Reading): boolean {
  return saysDont(message) || startsWith(message, NO_WORDS) || isOnly(message, DROP_WORDS);
}

/** What to search for: the question itself, with the one before it when it only goes on from there. */
export function searchQuery(message: Reading, before: string): string {
  const plain = message.bare.replace(POLITENESS, ' ').replace(/\s+/g, ' ').trim();
  const asked = /[\p{L}\p{N}]/u.test(plain) ? plain : message.bare.replace(/\s+/g, ' ').trim();
  const query = before === '' ? asked : standalone(asked, [before]);
  if (query.length <= MAX_QUERY) return query;
  const questions = (query.match(/[^.!?\n]{1,300}\?/g) ?? []).join(' ').trim();
  return (questions === '' ? query : questions).slice(0, MAX_QUERY).trim();
}
