/** Words that say what stands beside them: titles, cues, legal forms, nations. Hand-made, several languages. */
import { normalize } from './lexicon.ts';
import { LEXICON } from './lexicon-data.ts';

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/).map(normalize));

export const TITLES = set(
  'mr mrs ms miss mx dr doctor prof professor sir madam lord lady rev reverend fr sr sra srta señor señora senor senora herr frau mme mlle monsieur madame signor signora dott ing hr fru ong anh chị capt captain sgt sergeant lt col gen',
);
/** Capitalised words that never begin a name. */
export const NEVER_NAME = set(`cccd cmnd cmtnd mst stk sdt bhyt bhxh ssn dob cpf cnpj iban pin 
  i a an the this that these those it its he she they we you my your his her their our me him us them who whom whose what which when where why
  how and or but nor so yet if then else because since while although though as of in on at to from by for with without about into
  onto over under between through during before after above below up down out off again once here there all any both each few more most other some
  such no not only own same than too very can will just should could would may might must shall do does did done doing have has had having be am is are
  was were been being yes ok okay please thanks thank hi hello hey dear regards sincerely best cheers bye goodbye good morning afternoon evening night
  sunday monday tuesday wednesday thursday friday saturday january february march april june july august september october november december
  sir madam bot user agent customer name address phone email mobile fax desk tel telephone zip date when where order number subject re fw fwd ps id
  apt suite unit box po psc apo fpo dpo street st avenue ave road rd lane drive question answer written celebrating excuse sorry let lets let's let’s
  i'm i’m i've i’ve i'll i’ll i'd i’d don't don’t can't can’t it's it’s he's she's they're we're you're what's what’s who's where's that's there's
  c'mon wow oh ah well maybe perhaps unlike like new need want get got give take make made go going come came see said say says tell told
  am pm tv ceo cfo cto hr vp usd eur gbp vnd api url http https faq pdf iban ssn ip vat dob god lol asap fyi eta
  xin tôi vâng
  login logout shop app hola olá bonjour bonsoir salut merci madame monsieur buongiorno buonasera ciao grazie guten hallo danke bitte witam dzień
  merhaba obrigado obrigada gracias buenos buenas señor señora hoi beste sehr geehrte geehrter mit freundlichen grüßen grüße cordialement saludos
  dni nif nhs abn acn tfn pesel nip tc tckn ein itin gst gstin bsn nric cif rfc curp rrn uen mrn npi dea bic sku tel stk tp
`);
/** Everyday words of other languages that neither English nor addresses have: two of them tell the language. */
export const FOREIGN_WORDS: ReadonlySet<string> = new Set(
  `ich ist nicht und wo wie meine mein seit bitte habe haben sie wir auf für mit guten hallo danke wann warum kann noch
  je suis mon ma mes où pas vous avec pour est bonjour merci j'ai c'est quand comment depuis votre nous
  mi soy está estoy gracias por que tengo para hola cuándo dónde mis quiero pero muy tu
  sono mio mia è non che ciao vivo ho grazie buongiorno quando dove per vorrei
  meu minha é não olá moro obrigado obrigada quero onde meus você
  się jest mój moja nie proszę witam nazywam mam dzień dobry gdzie kiedy jestem
  ik mijn niet heb een hoi wil waar wanneer bedankt graag
  không có của cho tôi mình được đơn hàng khi nào giờ rồi chưa là và với này ơi hỏi xin chào cảm ơn giúp đã số
  benim bir için merhaba nerede teşekkürler lütfen`
    .trim()
    .split(/\s+/),
);
export const PARTICLES = set(
  'de da do dos das del della di du van von der den ten ter zu zur la le las los el al bin ibn abu y e af av thi văn thị mac mc st',
);
export const PERSON_INTRO = set(
  "name named called is am im i’m i'm meet mr mrs ms dr dear hi hello hey contact ask ask contact regards sincerely cheers thanks thank beneficiary under signed by author singer producer director actor artist attn patient employee customer client member mother father brother sister wife husband son daughter friend colleague boss uncle aunt cousin nephew girlfriend boyfriend president minister king queen coach tên ông bà anh chị",
);
export const SAY = set(
  'said says told asked asks wrote shouted explained replied added answered announced confirmed insisted claimed noted laughed cried whispered',
);
export const SPEECH = set(
  "thinks thought believes lives lived works worked has had was is will would can can't called calls likes loves wants turned married born explained listed plays played sings sang gave met went moved came looks does did spent began became retired",
);
export const MOVEMENT = set(
  'live lives lived living moved move moving travel traveling travelling traveled fly flying flew flight trip visit visited visiting go going went come coming came country city town village state located based born arrive arrived arriving landed returned return capital mayor weather ship shipped shipping deliver delivered citizen embassy consulate passport visa president minister tourist tour',
);
export const WORK = set(
  'work works worked working job employed employer company firm office corporation business startup brand bank join joined joining hired ceo cto cfo founder employee shares stock customer client invest invested acquired merger insurer supplier vendor headquarters website product products account at&t',
);
export const ORG_SUFFIX = set(
  'inc incorporated llc llp ltd limited corp corporation plc gmbh ag kg ohg ug sa sas sarl srl spa bv nv ab as asa oy oyj aps pty pte kk sl sro zrt kft doo jsc tnhh cp co company',
);
export const ORG_WORD = set(`
  group bank technologies technology systems solutions services service university institute college school hospital foundation association society agency
  partners consulting capital insurance holdings industries international global labs laboratories research software media press news networks network
  analytics data health healthcare energy power finance financial ventures enterprises management communications telecom airlines airways motors pharma
  pharmaceuticals electronics entertainment records studios committee council commission ministry department bureau union federation league club team
  advisors associates brothers sons logistics transit markets exchange fund trust factoring investments electric chemical supercomputing interactive digital
  organization organisation government parliament embassy church authority board court police army navy force forces
`);
export const RELATION = set(
  'mother father brother sister wife husband son daughter friend colleague boss uncle aunt cousin grandmother grandfather mom dad nephew niece',
);

const COUNTRY_ALIASES = `usa us u.s. u.s.a. uk u.k. england scotland wales northern ireland great britain america holland russia south korea north korea iran syria vietnam viet nam
burma taiwan ivory coast czechia czech republic macedonia swaziland cape verde palestine vatican tanzania venezuela bolivia moldova laos brunei kosovo uae emirates
the netherlands turkey greenland catalonia bavaria`;
const displayNames = new Intl.DisplayNames(['en'], { type: 'region' });

/** Codes of unions and unknown regions. */
const NO_COUNTRY = new Set(['EU', 'EZ', 'UN', 'ZZ', 'XA', 'XB', 'QO']);

function regions(): string[] {
  const names: string[] = [];
  for (let a = 65; a <= 90; a++) {
    for (let b = 65; b <= 90; b++) {
      const code = String.fromCharCode(a, b);
      const name = displayNames.of(code);
      if (name && name !== code && !NO_COUNTRY.has(code)) names.push(name);
    }
  }
  return names;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('’', "'")
    .replace(/&/g, 'and');
}

/** Countries in lower case without accents; several words are joined by a space. */
export const COUNTRIES: ReadonlySet<string> = new Set([
  ...regions().map(plain),
  ...COUNTRY_ALIASES.split('\n').flatMap(line =>
    line.split(/(?<!south|north|great|ivory|czech|northern|cape|viet|the) /),
  ),
]);
export const STATES: ReadonlySet<string> = new Set(
  `alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana
  maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont
  virginia washington wisconsin wyoming ontario quebec alberta manitoba saskatchewan queensland tasmania europe asia africa australia
  new_york new_jersey new_mexico new_hampshire north_carolina south_carolina north_dakota south_dakota west_virginia rhode_island british_columbia nova_scotia
  new_south_wales south_america north_america hà_nội ha_noi sài_gòn sai_gon hồ_chí_minh ho_chi_minh đà_nẵng da_nang hải_phòng cần_thơ
  bình_dương đồng_nai hải_dương bắc_ninh quảng_ninh thanh_hóa nghệ_an hà_tĩnh quảng_nam quảng_ngãi khánh_hòa nha_trang lâm_đồng đà_lạt
  vũng_tàu tiền_giang kiên_giang cà_mau nam_định thái_bình thái_nguyên phú_thọ lào_cai bình_định phú_yên hưng_yên long_an`
    .trim()
    .split(/\s+/)
    .map(name => plain(name.replaceAll('_', ' '))),
);
/** Nationalities, and beliefs and parties, which the same policy covers. */
export const NATIONS: ReadonlySet<string> = new Set([
  ...LEXICON.nations.split('|'),
  ...set(
    `british english scottish welsh irish european african asian arab arabic latino latina hispanic kurdish tibetan flemish basque catalan chechen greenlander
    belizian croatian icelandic icelander dane swede finn pole turk spaniard brit scot filipino filipina argentine bosnian hungarian palestinian czech slovak slovenian
    christian muslim islamic jewish jew hindu buddhist sikh catholic protestant orthodox mormon atheist shia sunni democrat democratic republican communist socialist`,
  ),
]);

/** Last words of job titles. */
export const JOB_HEADS = set(`
  manager engineer technician clerk consultant operator director assistant analyst developer designer administrator architect coordinator specialist supervisor
  officer representative accountant nurse physician surgeon therapist teacher instructor lecturer scientist researcher biologist chemist physicist
  lawyer attorney solicitor secretary receptionist cashier driver mechanic electrician plumber carpenter welder cleaner cook chef waiter waitress
  baker butcher tailor librarian journalist editor reporter photographer translator interpreter inspector installer repairer worker planner surveyor
  buyer broker agent advisor adviser counselor counsellor pharmacist dentist veterinarian optometrist paramedic midwife pilot conductor
  machinist assembler fabricator laborer farmer rancher gardener landscaper guard detective firefighter auditor economist statistician geologist
  psychologist sociologist historian curator musician singer dancer actor actress producer programmer tester trainer tutor superintendent
  salesperson salesman marketer executive controller treasurer teller hygienist echocardiographer sonographer radiologist technologist fumigator painter
  drafter drafting dispatcher attendant caretaker bartender barista stylist hairdresser barber beautician manicurist maid housekeeper janitor
`);
/** First words of countries and states. */
export const COUNTRY_STARTS: ReadonlySet<string> = new Set(
  [...COUNTRIES, ...STATES].map(name => name.split(' ')[0]!),
);
