/** Dates, times and ages. */

import { isDate } from './checksum.ts';
import { words } from './context.ts';
import { AGE_WORD, MONTH, WEEKDAY } from './cues.ts';
import { pattern, type Recognizer } from './recognizer.ts';
import { COLONS, JOINTS, LETTERS } from './windows.ts';

const MONTH_NAME =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const CLOCK =
  '(?:[T ,]{1,2}\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[ap]\\.?m\\.?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?';
const BIRTH = words(
  'born',
  'birth',
  'birthday',
  'dob',
  'date of birth',
  'd.o.b',
  'birthdate',
  'sinh',
  'ngày sinh',
);

/** Three numbers of which some reading is a date, in the orders that are in use. */
function isNumericDate(value: string): boolean | undefined {
  const parts = value.split(/[^\d]+/).map(Number);
  const [a, b, c] = parts as [number, number, number];
  if (value.length >= 8 && a > 31) return isDate(a, b, c) ? undefined : false;
  return isDate(c, a, b) || isDate(c, b, a) || isDate(a, b, c) ? undefined : false;
}

function isShortDate(value: string): boolean | undefined {
  const [a, b] = value.split('/').map(Number) as [number, number];
  return (a >= 1 && a <= 12 && b >= 1) || (b >= 1 && b <= 12 && a >= 1 && a <= 31) ? undefined : false;
}

export const TEMPORAL: readonly Recognizer[] = [
  pattern({
    entity: 'DATE_TIME',
    pattern: new RegExp(
      `(?<![\\w/-])(?<!\\d\\.)(?:18|19|20|21)\\d{2}([-/.])\\d{1,2}\\1\\d{1,2}${CLOCK}(?![\\w/-])`,
      'g',
    ),
    score: 0.8,
    check: value => isNumericDate(/^[\d/.-]{8,10}/.exec(value)![0]),
    digitRun: 4,
    has: JOINTS,
    minDigits: 6,
    source: 'pattern:date_year_first',
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern: new RegExp(
      `(?<![\\w/-])(?<!\\d\\.)\\d{1,2}([-/.])\\d{1,2}\\1(?:\\d{4}|\\d{2})${CLOCK}(?![\\w/-]|\\.\\d)`,
      'g',
    ),
    score: 0.6,
    contextScore: 0.9,
    context: BIRTH,
    check: value => isNumericDate(/^\d{1,2}.\d{1,2}.\d{2,4}/.exec(value)![0]),
    minDigits: 4,
    has: JOINTS,
    source: 'pattern:date_numeric',
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern: /(?<![\w/.-])\d{1,2}\/(?:\d{2}|\d{4})(?![\w/-]|\.\d)/g,
    score: 0.15,
    checkedScore: 0.15,
    contextScore: 0.6,
    context: words('born', 'birth', 'dob', 'date', 'expiry', 'expires', 'valid until', 'expiration'),
    check: isShortDate,
    minDigits: 3,
    source: 'pattern:date_short',
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern: new RegExp(
      `(?<![\\w-])(?:\\d{1,2}(?:st|nd|rd|th)?[- .]{1,2}(?:of )?${MONTH_NAME}(?:[- .,]{1,2}(?:\\d{4}|\\d{2}))?|${MONTH_NAME}\\.? \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?|${MONTH_NAME}[- ,.]{1,2}\\d{4})${CLOCK}(?![\\w-])`,
      'gi',
    ),
    score: 0.7,
    minDigits: 1,
    cue: MONTH,
    windowed: false,
    source: 'pattern:date_month_name',
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern: /(?<![\w-])(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day(?![\w-])/gi,
    score: 0.6,
    source: 'pattern:weekday',
    cue: WEEKDAY,
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern:
      /(?=[12]\d{3})(?<=(?:^|[^\p{L}\p{N}])(?:in|since|during|until|till|from|by|of|year|năm|before|after|circa|around|early|late)\s)(?:1[6-9]|20)\d{2}(?:s|ies)?(?![\w-]|[.,]\d|\s\d)/giu,
    score: 0.6,
    minDigits: 4,
    windowed: false,
    source: 'pattern:year',
  }),
  pattern({
    entity: 'DATE_TIME',
    pattern:
      /(?<![\w:.-])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\.?)?(?![\w:])|(?<![\w:.-])(?:1[0-2]|[1-9]) ?[ap]\.?m\.?(?![\w:])/gi,
    score: 0.4,
    minDigits: 1,
    has: LETTERS | COLONS,
    source: 'pattern:clock',
  }),
  pattern({
    entity: 'AGE',
    pattern:
      /(?<![\w.,$€£-])(?:1[0-4]\d|[1-9]?\d)(?=[ -]?(?:y\/?o|yrs?|years?|year)[ -]?(?:old|of age)?(?![\w])(?:[.,;!?)]|$|\s(?!ago|later|before|in|of|at|with|experience|warranty|contract|left|now)))/gi,
    score: 0.35,
    contextScore: 0.6,
    context: words('old', 'y/o', 'yo', 'of age', 'age', "i'm", 'aged'),
    minDigits: 1,
    cue: AGE_WORD,
    windowed: false,
    source: 'pattern:age_years',
  }),
  pattern({
    entity: 'AGE',
    pattern:
      /(?=\d)(?<=(?:^|[^\p{L}])(?:(?:age|aged|ages|tuổi)(?: of| is|:)?|(?:son|daughter|kid|child|brother|sister|nephew|niece|grandson|granddaughter)(?: \p{L}{2,20})? (?:is|was|turned)|turn(?:ed|ing|s)|(?:he|she|i|they|who)(?: was| were| am| is|['’]s|['’]m) (?:only |just |about |over )?)\s?)(?:1[0-4]\d|[1-9]?\d)(?![\w:/%$€£-]|[.,]\d|\s(?:percent|minutes?|hours?|days?|weeks?|months?|times|items?|dollars|euros))/giu,
    score: 0.6,
    minDigits: 1,
    cue: AGE_WORD,
    windowed: false,
    source: 'pattern:age_phrase',
  }),
  pattern({
    entity: 'AGE',
    pattern: /(?<![\w.,-])(?:1[0-4]\d|[1-9]?\d)(?=\s?(?:tuổi|Jahre alt|ans|años)(?!\p{L}))/giu,
    score: 0.6,
    minDigits: 1,
    cue: AGE_WORD,
    windowed: false,
    source: 'pattern:age_other_languages',
  }),
];
