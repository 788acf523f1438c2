/** Everyday words that are still parts of addresses, job titles or cues, so that no segment ends on a run of them. */
import { ORG_SUFFIX, ORG_WORD, TITLES } from './vocabulary.ts';

export const BLOCKED_PLAIN: ReadonlySet<string> = new Set([
  ...TITLES,
  ...ORG_SUFFIX,
  ...ORG_WORD,
  ...`street road avenue lane drive court square boulevard terrace place way highway corner box suite apartment unit floor flat building
  house address zip code postcode number no card iban passport license licence account phone mobile tel fax bearer basic
  password secret token key january february march april may june july august september october november december
  zero one two three four five six seven eight nine ten hundred thousand first second third fourth fifth sixth seventh eighth ninth tenth`
    .trim()
    .split(/\s+/),
]);
