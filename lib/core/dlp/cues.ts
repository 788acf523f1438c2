/**
 * Words without which some recognisers cannot match, as bits: a segment that holds none of a recogniser's words is
 * not searched by it. Spellings are lower case without accents (`normalize`).
 */
const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const WEEKDAY = 1;
export const MONTH = 2;
export const SECRET_NAME = 4;
export const BEARER = 8;
export const BANK_CODE = 16;
export const AGE_WORD = 32;
export const POSTAL_WORD = 64;

const GROUPS: readonly (readonly [number, readonly string[]])[] = [
  [WEEKDAY, list('sunday monday tuesday wednesday thursday friday saturday')],
  [
    MONTH,
    list(
      'jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december',
    ),
  ],
  [
    SECRET_NAME,
    list(
      `api apikey api-key key secret secretkey secret-key token access accesskey access-key accesstoken access-token auth authtoken auth-token
      client clientsecret client-secret password passwd pwd passphrase mat`,
    ),
  ],
  [BEARER, list('bearer basic')],
  [BANK_CODE, list('swift bic')],
  [
    AGE_WORD,
    list(
      "old son daughter kid child brother sister nephew niece grandson granddaughter age aged ages turn turned turning turns he she i they who y yo yr yrs year years year-old years-old tuoi jahre ans anos i'm he's she's they're who's",
    ),
  ],
  [
    POSTAL_WORD,
    list('zip zipcode zip-code post postal postcode post-code plz postleitzahl cp c cap codigo code ma'),
  ],
];

const bits = new Map<string, number>();
for (const [bit, words] of GROUPS) for (const word of words) bits.set(word, (bits.get(word) ?? 0) | bit);

/** The bits of one word. */
export function cueBits(norm: string): number {
  return bits.get(norm) ?? 0;
}
