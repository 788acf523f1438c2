/** Bits that say what a word hints at when it stands in or near a name. */
import { MOVEMENT, ORG_WORD, WORK } from './vocabulary.ts';

export const PLACE_ENDING = 1;
export const PLACE_LEAD = 2;
export const PLACE_TAIL = 4;
export const PRONOUN = 8;
export const MOVES = 16;
export const WORKS = 32;
export const ORG_PART = 64;

const ENDING =
  /(?:ton|town|mouth|bury|ville|ford|burg|burgh|borough|berg|heim|stad|stadt|vik|wick|hausen|kirchen|dorf|ham|shire|field|port|polis|grad|ovo|ova|dal|sund|hus|lund|fjord|by|bach|feld|brück|brunn|wald|haven|kulma|järvi|mäki|küla|ves|háza|falva|ice|owo|ów|ec|ac)$/;
const LEADS = new Set(
  'port saint san santa são new north south east west lake mount fort st great upper lower little los las el la villa ciudad bad novo nova nové stara staré cape le'.split(
    ' ',
  ),
);
const TAILS = new Set(
  'village beach city bay hills valley springs falls heights island islands town creek lake park point harbour harbor river junction county province state'.split(
    ' ',
  ),
);
const PRONOUNS = new Set('he she his her him hers himself herself who'.split(' '));

/** The bits of a normalised word. */
export function hintBits(norm: string): number {
  return (
    (ENDING.test(norm) ? PLACE_ENDING : 0) |
    (LEADS.has(norm) ? PLACE_LEAD : 0) |
    (TAILS.has(norm) ? PLACE_TAIL : 0) |
    (PRONOUNS.has(norm) ? PRONOUN : 0) |
    (MOVEMENT.has(norm) ? MOVES : 0) |
    (WORK.has(norm) ? WORKS : 0) |
    (ORG_WORD.has(norm) ? ORG_PART : 0)
  );
}
