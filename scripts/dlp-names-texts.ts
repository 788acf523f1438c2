/**
 * Labelled sentences of our own for `dlp-names.ts`: frames of support talk, news, mail and small talk, filled with
 * names, towns and company names from lists, in a fixed pseudo-random order. Broader than any one data set, so that
 * the weights learn what surrounds a name rather than one set of templates.
 */
import { allFakers } from '@faker-js/faker';

export interface LabelledText {
  readonly template_id: number;
  readonly text: string;
  readonly spans: readonly { start: number; end: number; type: string }[];
}

const FRAMES = String.raw`
Hi, my name is {P} and I have a question about my order.|Hello, this is {P} calling about invoice 4471.|I am {F}, the new tenant on the second floor.
Could you please transfer me to {P}?|I spoke with {F} yesterday, and he promised a refund.|Please add {P} to my account as an authorised user.
The parcel was signed by {P}, but nobody by that name lives here.|{F} told me that the Premium Plan includes free shipping.|Ask {P} if you need the receipt.
My wife {F} ordered the Blue Lagoon sofa last week.|My colleague {P} from {O} will pick it up.|Dear {F}, thank you for contacting us.|Dear Mr. {L}, your claim has been approved.
Best regards,\n{P}|Thanks,\n{F}|Sincerely,\n{P}\n{O}|Kind regards\n{P}\nHead of Support\n{O}|{P} wrote: "Where is my package?"|"I never agreed to this," said {L}.
"We will appeal," {P} told reporters in {G}.|According to {L}, the update broke the login page.|{P} is a patient at the clinic.|{P} was born in {G} and grew up in {C}.
{P} lives in {G} with her two children.|{F} and {F} are flying to {C} in May.|I met {F}, {F} and {F} at the fair.|The members are: {F}, {F}, {F} and {F}.
Agent: Who is the account holder? Customer: {P}|Name: {P}\nCity: {G}\nCountry: {C}|Customer: {P}\nCompany: {O}|Contact person: {P}, {O}|From: {P}\nTo: {P}\nSubject: Invoice
{L}'s latest novel is set in {G}.|The {L} family moved to {G}.|A song by {P} was playing.|Directed by {P}, the film opens on Friday.|Unlike {P}, most fans loved the concert.|The {L} album is better than the first.
I saw {P} on TV last night.|Nobody plays the violin like {P}.|Do you know {P}?|Have you seen {F}?|It was {F} who called.|Have you ever been to {C}?|Who wants to go to {G} with us?|{F} loves pizza.|{F} doesn't work here anymore.
When {F} was 12, she won the race.|{L} won the match in {G}.|{L} scored twice against {C}.|Doctor {L} will see you now.|Dr. {P} prescribed the wrong pills.|Mrs. {L} lost her card in {G}.|Is Ms. {P} available?
The president of {C} met {P} on Monday.|Police in {G} arrested {P}.|{C} and {C} signed a treaty.|{C} beat {C} in the final.|The weather in {G} is terrible.|I moved from {G} to {G} in 2015.|We stayed near {G} for a week.
Our office in {G} is closed today.|Do you ship to {C}?|How long does delivery to {G} take?|I was charged twice while travelling in {C}.|The flight from {G} to {G} was cancelled.|Is there a store in {G}?|She studied at the University of {G}.|He is from {G}.
I come from {C}, but I live in {G}.|The city of {G} raised its taxes.|{G} is a small town.|{G} is beautiful in spring.|The bridge in {G} was built in 1932.|The mayor of {G} resigned.|Greetings from {G}!|{G}, {C}|{C}'s economy grew.|Welcome to {G}.
I work at {O}.|I used to work for {O} before it closed.|{O} is hiring engineers.|{O} is a software company.|{O} was founded in 1998.|{O} announced a merger with {O}.|Shares of {O} fell sharply.|The CEO of {O} resigned on Tuesday.
I bought this from {O}.|{O} never answered my complaint.|The {O} website is down.|Please send the invoice to {O}.|My employer is {O}.|Our supplier, {O}, is late again.|I have an account with {O}.|{O} acquired {O} for two billion dollars.|{P} joined {O} in 2009.
{P}, founder of {O}, spoke in {G}.|{P} works for {O} in {G}.|{O} opened a plant in {C}.|A spokesman for {O} declined to comment.|He left {O} to start {O}.|{O} released a new phone.|The office of {O} is on the third floor.|{O} invested in {C}.|During the crisis {O} cut jobs.
I am a customer of {O} since 2011.|The contract between {O} and {O} ends soon.|{P}\n{O}\n{G}|>{P}\n>{O}\n>{G}|{P}, {O}|Bill to:\n{O}\nAttn: {P}|{O} report, page 3.|Is {O} open on Sunday?|A study by {O} found no effect.|According to {O}, sales doubled.
The New Year Sale starts on Friday.|Please restart the Router and open the Settings page.|My Premium Subscription was not renewed.|I Want A Refund Now.|The Terms of Service changed.|Our Gift Cards never expire.|Click on Account Settings, then Billing.|The Summer Collection is sold out.
How do I reset my Password?|Happy Birthday!|Order Status: Shipped|Internet Explorer is not supported.|The Great Wall is long.|I read War and Peace.|Truth and Justice are big words.|He plays Jazz and Blues.|Black Friday deals are over.|Customer Service was no help.|The Office is my favourite show.
Error Code: Timeout|Thanks for Nothing!|Please See Attached.|The First World War ended.|My Bluetooth Speaker broke.|Chapter One begins with a storm.|Is the Wireless Charger compatible?|Terrible Experience!|Free Delivery on all orders.|Return Policy and Warranty|The Captain of the team cried.|Mother Nature wins.
Comedy, Drama, Science Fiction|Size: Large\nColour: Dark Green|Step Two: Press the Power Button.|Do you accept Gift Vouchers?|Sorry to bother you, Sir.|The Sun was hot.|Let It Be is a song.|Why does the App crash?|Monday Morning Blues|Christmas comes early.|God bless you.|The Internet is slow.
"It was never about money," says {L}.|"We are proud," says {P} of {O}.|Then {F} replied: "No way!"|{F} shouted at {F}.|{F} asked: "Why?"|{L} explained that the fee was wrong.|{L} added: "We lost."|{L}'s daughter is here.|I'm {F}'s brother.|{F}'s mother called twice.
{F} and her husband moved to {G}.|{L} started his career in {G}.|{F} is a kind person, and he never complains.|{L} began painting when she was young.|{P} spent two years in {G} before he returned.|After {L} died, his son took over.|{P}, who lives in {G}, lost her job.|{L} became a teacher in 1999.|{L} retired early.
A portrait of {P} hangs there.|The poems of {P} are short.|A tribute to {P} by {P}.|The {P} version is better.|The {L} novel is long.|The {L} case was closed.|A {L} fan sent flowers.|I prefer the verses from {P}'s last book.|Is there a better singer than {L}?|The {P} concert was sold out.|Not by {P}.|Recorded by {P} for {O}.
Written and produced by {P}|Starring {P} and {P}|Photo: {P}|{P} - piano|The winner is {P}.|I adore {P}.|We miss {F}.|Call {F}.|Her maiden name is {L}.|His last name is {L}.|First name: {F}\nLast name: {L}|My son {F} is seven.|The account is under {P}.|It may be booked under {L}.
The beneficiary is {P}.|{P} is listed as owner.|Please make it out to {P}.|Change my name to {P}, please.|The name on the card is {P}.|I'm here for {P}.|Who is {P}?|{P} called about the leak.|{F} turned 40 yesterday.|{F} will speak at the conference.|{P} will sing tonight.|{P} and {P} got married in {G}.
Located in {G}, {O} serves 200 clients.|Every year in {G}, {O} invites students.|{O} is a bank based in {G}.|{O} is a non-profit in {C}.|The {O} building burned down.|The {O} office moved to {G}.|The address of {O} changed.|{O} later became {O}.|It was sold to {O} in 1995.|{O} bought {O}.|{L} spent a year at {O}.|She interned at {O}.
Recorded for {O} in {G}.|He told {O} that it was fine.|An interview with {O} was published.|{F} is from {O}.|Mail from {O} arrived.|The {O} account is locked.|Source: {O}|Published by {O}|In {G}, {P} met {P}.|They returned to {G} by bus.|We drove to {G} on Sunday.|I will be in {C} next week.|Come to {C} with me!|{C} wins gold.
{C} leader resigns.|{C} minister visits {C}.|I'm happy that {C} agreed.|The {C} embassy is closed.|A road trip through {C}.|Where: {G}\nWhen: Friday|Place: {G}|She moved here from {G}.|Originally from {G}, I moved to {C}.|I'm {P}, originally from {G}.|Born in {G}, {L} studied law.|{P} flew to {G} on Monday.|{P} arrived in {G}.
Wizards, dwarves and magical journeys|Elves are fictional.|Hobby: Knitting|Hashtags are annoying.|Emails were lost.|Vegans and vegetarians|Terrified, I left.|Shipping Costs Explained|Questions & Answers|Romance and Thriller novels|Animals like zebras, giraffes and ostriches|Guitar riffs and pop music|The prequel was awful.|Sequels rarely work.
{P} has left the chat.|{F}: Are you there?\n{F}: Yes!|{F}: hello|User: {F}|You asked for {P}, right?|Say hi to {F}.|This belongs to {P}.|{F}'s phone is broken.|A friend of {F}'s called.|I think {F} is right.|Tell {F} to call me.|Give it to {F}.|Maybe {F} knows.|With {F} gone, nothing works.
`
  .trim()
  .split(/[|\n]/)
  .map(frame => frame.trim())
  .filter(Boolean);

const LOCALES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'nl',
  'pl',
  'sv',
  'nb_NO',
  'da',
  'fi',
  'pt_BR',
  'cs_CZ',
  'hu',
  'ro',
  'tr',
  'hr',
  'en_IN',
  'en_NG',
  'vi',
  'sk',
  'lv',
  'id_ID',
];
const COUNTRIES =
  'Canada|Brazil|Germany|United States|New Zealand|Japan|Kenya|Poland|South Africa|Vietnam|Mexico|Norway|Egypt|India|France|Peru|Turkey|Chile|Greece|Ghana|Italy|Nepal|Cuba|Malta|Iraq|Qatar|Oman|Fiji|United Kingdom|Saudi Arabia|Costa Rica|Sri Lanka|Czech Republic'.split(
    '|',
  );
const STEMS =
  'data cloud med flow bright net pay trust green solar bio smart health home fleet trade fin edu city map hyper ever clear open true web air sky sun stone river north peak core link shop care food cyber quant nova zen vita omni agri aqua astro'.split(
    ' ',
  );
const TAILS =
  'ify ly io ware tech lab hub base works loop wise scan path point mint sense stat logic grid forge wave spot mark view made bridge nest desk coach card score source lytics tica era gen ium ora sys net max dex'.split(
    ' ',
  );
const WORDS =
  'Blue Golden Rapid United National Global First Royal Pacific Atlantic Northern Modern Quality Prime Summit Harbor Liberty Pioneer Evergreen Silver Central Eastern Public Allied General Advanced Capital Urban Clean'.split(
    ' ',
  );
const NOUNS =
  'Power Finance Media Research Consulting Partners Systems Group Bank Insurance Logistics Airlines Foods Energy Motors Markets Holdings Software Networks Health Records Press Society Institute Foundation Solutions Ventures Analytics Airways'.split(
    ' ',
  );
const FORMS = 'Inc|LLC|Ltd|GmbH|Corp.|Group|Inc.'.split('|');

/** A small generator of its own (mulberry32), so that the texts are the same on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function flat(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (Array.isArray(node)) return node.flatMap(flat);
  if (node && typeof node === 'object')
    return 'value' in node ? flat(node.value) : Object.values(node).flatMap(flat);
  return [];
}

/** `count` texts per frame; frames are the template ids, from 10,000 upward. */
export function ownTexts(perFrame: number, towns: readonly string[]): LabelledText[] {
  const random = generator(20_251);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const people = LOCALES.map(locale => {
    const { person } = (
      allFakers as Record<string, { rawDefinitions: { person?: Record<string, unknown> } }>
    )[locale]!.rawDefinitions;
    return {
      first: flat(person?.first_name),
      last: flat(person?.last_name).filter(name => !name.includes('{')),
    };
  }).filter(each => each.first.length > 0 && each.last.length > 0);
  const english = people[0]!;
  const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

  function organization(): string {
    const kind = random();
    const brand = capital(pick(STEMS) + pick(TAILS));
    if (kind < 0.35) return brand;
    if (kind < 0.5) return `${brand} ${pick(FORMS)}`;
    if (kind < 0.75) return `${pick(WORDS)} ${pick(NOUNS)}`;
    if (kind < 0.85) return `${brand} ${pick(NOUNS)}`;
    if (kind < 0.93) return `${pick(english.last)}-${pick(english.last)}`;
    return pick([
      'NATO',
      'UNICEF',
      'Siemens',
      'Toyota',
      'Nestle',
      'Vodafone',
      'Samsung',
      'Ikea',
      'FIFA',
      'BMW',
      'Nokia',
      'Lidl',
    ]);
  }

  function fill(slot: string): [string, string] {
    const locale = random() < 0.35 ? english : pick(people);
    const middle =
      random() < 0.2
        ? ` ${String.fromCharCode(65 + Math.floor(random() * 26))}${random() < 0.7 ? '.' : ''}`
        : '';
    if (slot === 'P') return [`${pick(locale.first)}${middle} ${pick(locale.last)}`, 'PERSON'];
    if (slot === 'F') return [pick(locale.first), 'PERSON'];
    if (slot === 'L') return [pick(locale.last), 'PERSON'];
    if (slot === 'C') return [pick(COUNTRIES), 'GPE'];
    if (slot === 'G') return [random() < 0.15 ? pick(towns).toUpperCase() : pick(towns), 'GPE'];
    return [organization(), 'ORGANIZATION'];
  }

  const texts: LabelledText[] = [];
  for (const [k, frame] of FRAMES.entries()) {
    for (let n = 0; n < perFrame; n++) {
      let text = '';
      const spans: { start: number; end: number; type: string }[] = [];
      for (const part of frame.replaceAll('\\n', '\n').split(/(\{\w\})/)) {
        const slot = /^\{(\w)\}$/.exec(part)?.[1];
        if (slot === undefined) {
          text += part;
          continue;
        }
        const [value, type] = fill(slot);
        spans.push({ start: text.length, end: text.length + value.length, type });
        text += value;
      }
      texts.push({ template_id: 10_000 + k, text: random() < 0.06 ? text.toLowerCase() : text, spans });
    }
  }
  return texts;
}
