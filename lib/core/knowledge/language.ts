/**
 * Which languages a text may be in, by the small words that hold its sentences together: a quarter of any prose. Dense
 * texts full of foreign terms mislead statistics of letters (one English abstract in eight was held for another
 * language); its `the` and `of` do not.
 */

const LISTS: Readonly<Record<string, string>> = {
  en: 'the of and to in is that for with as are was by this on from be we an or at which have it',
  vi: 'và của là có các được cho không trong với một những để này khi đã người',
  de: 'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch',
  fr: 'le la les de des et en un une du que est pour dans qui sur au par pas ne ce',
  es: 'el la los de que y en un una del por con las para se es al lo su',
  it: 'il di che e la per un una del della con non si da le gli sono nel',
  pt: 'o de que e do da em um para com não uma os no se na por mais ao',
  nl: 'de het een van en in is dat op te voor met zijn niet aan er ook',
  pl: 'w i na z do że się nie jest to o dla od po',
  sv: 'och att det i en som på är av för med den till inte ett',
  da: 'og at det i en som på er af for med den til ikke et',
  no: 'og å det i en som på er av for med den til ikke et',
  fi: 'ja on ei se että oli myös kuin ovat mutta',
  cs: 'a v se na je že s z do o to pro jsou ve',
  sk: 'a v sa na je že s z do o to pre sú vo',
  hu: 'a az és hogy nem is egy ez meg van',
  ro: 'și de în la cu pe nu este un o din care sau',
  tr: 've bir bu için ile da de olarak çok olan',
  id: 'yang dan di dengan untuk ini itu dari tidak pada adalah akan',
  ms: 'yang dan di dengan untuk ini itu daripada tidak pada ialah akan',
  tl: 'ang ng sa na mga at ay ito para hindi',
};
const WORDS = new Map<string, string[]>();
for (const [language, list] of Object.entries(LISTS))
  for (const word of list.split(' ')) WORDS.set(word, [...(WORDS.get(word) ?? []), language]);

const LEAST_WORDS = 20;
/** Of all words, the share that must be small words of a language. */
const LEAST_SHARE = 0.1;
/** A language with less than this share of the best one's is out. */
const NEAR = 0.7;

/** The languages in question, best first; empty when the text is too short or no language of these holds it together. */
export function likelyLanguages(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  if (words.length < LEAST_WORDS) return [];
  const counts = new Map<string, number>();
  for (const word of words)
    for (const language of WORDS.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const best = ranked[0]?.[1] ?? 0;
  if (best < words.length * LEAST_SHARE) return [];
  return ranked.filter(([, count]) => count >= best * NEAR).map(([language]) => language);
}
