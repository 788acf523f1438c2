/** Words of street addresses in several languages, and what a single word says about being one. */
import { normalize } from './lexicon.ts';

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/).map(normalize));

const STREET_WORDS = list(`
  street st str avenue ave av road rd lane ln drive dr court ct square sq boulevard blvd terrace ter place pl way highway hwy parkway pkwy close crescent cres
  circle alley trail row walk mews grove hill gardens quay wharf heights ridge plaza loop pike bypass turnpike crossing junction
  strasse straße platz allee gasse weg ufer damm ring chaussee rue chemin allée quai impasse cours via viale vicolo piazza corso strada largo
  calle avenida avda carrera paseo plaza camino ronda rua rúa travessa praça avenida largo estrada ulica ul aleja al plac os ulice namesti třída
  utca u út tér körút köz sor fasor park vej gade gata gatan gate väg vägen vei veien stræti tie katu kuja polku straat laan plein weg gracht kade singel
  cesta ulica trg tn pst mnt bulevar bulvar sokak sk cad caddesi mahallesi leoforos odos plateia đường duong phố pho ngõ hẻm ấp thôn
`);
const ENDING =
  /(?:strasse|stra(?:ß|ss)e|gasse|platz|allee|damm|weg|vej|gade|gata|gatan|vagen|veien|vegen|stræti|straeti|braut|straat|laan|plein|gracht|kade|steenweg|katu|tie|kuja|polku|utca|street|road|strædet|gate|terrasse|ova|ska|skeho|ului)$/;
const STRONG_ENDING =
  /(?:strasse|stra(?:ß|ss)e|gasse|gatan|vagen|veien|stræti|straat|steenweg|katu|utca|vej|gade|laan)$/;
const UNITS = list(
  'apt apartment suite ste unit flat floor fl room rm bldg building box no nr căn phòng tầng lô',
);
const JOINING = list('des du de la le les of the d l sur i na nad pod ob v am an im in der den het');
/** Street words that are no words of English, so that they count in lower case. */
const FOREIGN = list(
  'rue chemin allée calle avenida avda rua rúa ulica ul utca tér kapu vej gade gata gatan katu straat laan viale vicolo trg cesta đường phố strasse str',
);
const STARTS = list('the corner intersection p po p.o. postfach apartado boîte hộp số');

/** What no town has in it, so that another part of the message begins. */
export const ENDS = list(
  'attn attention c/o care for tel phone ph cell call mobile email order name please pls plz thx thanks can could and my i',
);
/** Words after a number that count or measure, so that no street follows: "10 minutes drive", "2 way street". */
export const MEASURES = list(
  'minute minutes min mins hour hours day days week weeks month months year years star stars way ways mile miles km block blocks more people times steps',
);
/** Streets that are told by their word alone, in a text without capitals. */
export const LOWER_STREETS = list(
  'street st road rd avenue ave lane ln boulevard blvd crescent grove terrace gardens mews highway parkway drive close court',
);

export interface StreetWord {
  /** "street", "rue", or an ending such as "-strasse". */
  readonly street: boolean;
  /** An ending that streets often have. */
  readonly ending: boolean;
  readonly unit: boolean;
  /** "of", "des": joins the words of a name, is none itself. */
  readonly joining: boolean;
  /** Counts as part of a name even in lower case. */
  readonly lower: boolean;
  /** An address may start with this word in lower case. */
  readonly start: boolean;
}

/** What a normalised word says. */
export function streetWord(norm: string): StreetWord {
  const strong = STRONG_ENDING.test(norm);
  const foreign = FOREIGN.has(norm);
  return {
    street: STREET_WORDS.has(norm) || strong,
    ending: norm.length > 5 && ENDING.test(norm),
    unit: UNITS.has(norm),
    joining: JOINING.has(norm),
    lower: foreign || strong || JOINING.has(norm),
    start: foreign || strong || STARTS.has(norm),
  };
}
