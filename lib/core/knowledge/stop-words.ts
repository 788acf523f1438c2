/**
 * Words that say how a sentence is built and not what it is about. Short on purpose: idf already weighs common
 * words down, and "not", "no", "without" change what a passage answers.
 */

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

export const ENGLISH_STOP_WORDS = words(`
  a about above after again all am an and any are as at be because been before being below between both but by
  can could did do does doing down during each few for from further had has have having he her here hers herself
  him himself his how i if in into is it its itself just me more most my myself nor now of off on once only or
  other our ours ourselves out over own same she should so some such than that the their theirs them themselves
  then there these they this those through to too under until up very was we were what when where which while
  who whom why will with would you your yours yourself yourselves s t d ll m re ve don
  i'm i've i'd i'll you're you've it's that's there's what's let's`);

/** With diacritics, as they stand in a text. */
export const VIETNAMESE_STOP_WORDS = words(`
  và là của có cho các những được để trong với này đó khi tại từ ra vào thì mà như cũng đã đang sẽ về
  một bị bởi nên rằng hay hoặc nếu lại ở tôi bạn mình chúng ta họ nó ạ à ơi nhé nha vậy thế gì nào sao đâu
  ai theo trên dưới đến tới rất làm việc cái con chiếc xin vui lòng ơn cảm`);

/** `word` is lower case, with its diacritics. */
export const isStopWord = (word: string, vietnamese: boolean): boolean =>
  vietnamese ? VIETNAMESE_STOP_WORDS.has(word) : ENGLISH_STOP_WORDS.has(word);
