/**
 * What the router looks at in a request. Cheap and bounded: microseconds, no model, no I/O. The language, the
 * failure history and the novelty sketch arrive as arguments; the shell keeps them.
 */
import { wordsOf } from './text-features.ts';

export interface RouteRequest {
  readonly text: string;
  /** JSON Schema that the answer must satisfy, if any. */
  readonly schema?: unknown;
  /** BCP 47 primary tag, as detected. */
  readonly language: string;
  /** Turns of the conversation before this one. */
  readonly turnDepth: number;
  readonly toolsWanted: number;
  /** Share of like requests that the small tier failed lately, 0 to 1. */
  readonly historicalFailureRate: number;
  /** 0 (all words known to this tenant) to 1. */
  readonly novelty: number;
}

export type DomainFlag = 'legal' | 'medical' | 'financial' | 'security' | 'code' | 'mathematics';

export interface RouteFeatures {
  readonly tokenCount: number;
  readonly jsonSchemaStrictness: number;
  readonly domainFlags: readonly DomainFlag[];
  readonly novelty: number;
  readonly historicalFailureRate: number;
  readonly language: string;
  readonly turnDepth: number;
  readonly toolsWanted: number;
}

const DOMAINS: Readonly<Record<DomainFlag, RegExp>> = {
  legal: /\b(lawsuit|lawyer|attorney|contract|liab(?:le|ility)|gdpr|court|legal|compliance|clause)\b/i,
  medical: /\b(symptom|diagnos\w+|dosage|medication|allerg\w+|pregnan\w+|doctor|patient|prescri\w+)\b/i,
  financial: /\b(invest\w*|tax(?:es)?|mortgage|chargeback|fraud\w*|dispute|interest rate|loan|iban)\b/i,
  security: /\b(password|hacked|phishing|breach|two-factor|2fa|stolen|unauthori[sz]ed|leak(?:ed)?)\b/i,
  code: /```|\b(function|exception|stack trace|api key|sql|regex|javascript|python|typescript)\b/i,
  mathematics: /\\(?:frac|sqrt|sum)|\b(equation|integral|derivative|probability|theorem|calculate)\b/i,
};

const SCANNED_CHARS = 16_384;

export function routeFeatures(request: RouteRequest): RouteFeatures {
  const head = request.text.slice(0, SCANNED_CHARS);
  return {
    tokenCount: approximateTokens(request.text),
    jsonSchemaStrictness: schemaStrictness(request.schema),
    domainFlags: (Object.keys(DOMAINS) as DomainFlag[]).filter(flag => DOMAINS[flag].test(head)),
    novelty: request.novelty,
    historicalFailureRate: request.historicalFailureRate,
    language: request.language,
    turnDepth: request.turnDepth,
    toolsWanted: request.toolsWanted,
  };
}

/** Numbers for the learners, each about 0 to 1, the first a constant. Order is part of a stored model. */
export function featureVector(features: RouteFeatures): number[] {
  const flagged = (flag: DomainFlag) => Number(features.domainFlags.includes(flag));
  return [
    1,
    Math.min(1, Math.log1p(features.tokenCount) / 10),
    features.jsonSchemaStrictness,
    features.novelty,
    features.historicalFailureRate,
    Math.min(1, features.turnDepth / 20),
    Math.min(1, features.toolsWanted / 4),
    Number(features.language !== 'en'),
    Math.max(flagged('legal'), flagged('medical'), flagged('financial'), flagged('security')),
    Math.max(flagged('code'), flagged('mathematics')),
  ];
}

export const FEATURE_COUNT = 10;

/**
 * Tokens of a byte-pair vocabulary, without running one: a word of letters is one token for each six or part,
 * other scripts one a character, digits one for three. Long texts are sampled at the head. An estimate
 * to route by; never used to bill.
 */
export function approximateTokens(text: string): number {
  const head = text.length > SCANNED_CHARS ? text.slice(0, SCANNED_CHARS) : text;
  let tokens = 0;
  let run = 0;
  for (let i = 0; i < head.length; i++) {
    const code = head.charCodeAt(i);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    if (letter) {
      if (run % 6 === 0) tokens++;
      run++;
      continue;
    }
    run = 0;
    if (code === 32 || code === 10) continue;
    if (code >= 48 && code <= 57) tokens += 1 / 3;
    else if (code > 0x2e80) tokens += 1;
    else if (code > 127) tokens += 0.5;
    else tokens += 0.8;
  }
  return Math.ceil((tokens * text.length) / Math.max(head.length, 1));
}

/** Letters of other scripts than English writes, Vietnamese ones included. */
const NOT_ENGLISH = /[À-ỹ\u0400-\u9fff]/u;

/** `en` or `other`: as much as routing asks of a language. Looks at the head. */
export function languageOfText(text: string): 'en' | 'other' {
  return NOT_ENGLISH.test(text.slice(0, 2_000)) ? 'other' : 'en';
}

const OPEN_TYPES = new Set<unknown>([undefined, 'object', 'array']);

/**
 * 0 without a schema, towards 1 the less room it leaves: objects closed to unknown fields, all fields required,
 * leaves with enum, const, pattern, format or bounds. Looks at most 6 levels and 200 nodes deep.
 */
export function schemaStrictness(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  let nodes = 0;
  let strict = 0;
  const visit = (node: unknown, depth: number) => {
    if (typeof node !== 'object' || node === null || depth > 6 || nodes >= 200) return;
    const at = node as Record<string, unknown>;
    const fields = typeof at.properties === 'object' && at.properties !== null ? at.properties : null;
    nodes++;
    if (fields) {
      const names = Object.keys(fields);
      const required = Array.isArray(at.required) ? at.required.length : 0;
      strict +=
        0.5 * Number(at.additionalProperties === false) +
        0.5 * Math.min(1, required / Math.max(names.length, 1));
      for (const field of Object.values(fields)) visit(field, depth + 1);
    } else if (at.items !== undefined) {
      strict += 0.7 + 0.3 * Number(at.maxItems !== undefined);
      visit(at.items, depth + 1);
    } else {
      const bounded = ['enum', 'const', 'pattern', 'format', 'maxLength', 'maximum'].some(
        key => at[key] !== undefined,
      );
      strict += bounded || at.type === 'boolean' ? 1 : OPEN_TYPES.has(at.type) ? 0 : 0.6;
    }
    for (const part of [at.anyOf, at.oneOf, at.allOf])
      if (Array.isArray(part)) for (const each of part) visit(each, depth + 1);
  };
  visit(schema, 0);
  return nodes ? strict / nodes : 0;
}

/** Which words a tenant has seen: a fixed bitmap, so memory is bounded whatever is said. */
export interface NoveltySketch {
  readonly bits: Uint8Array;
}

export function emptySketch(bits = 32_768): NoveltySketch {
  return { bits: new Uint8Array(bits / 8) };
}

/** Share of the text's words that the sketch does not hold; 1 for a tenant's first text. */
export function noveltyOf(sketch: NoveltySketch, text: string): number {
  const words = wordsOf(text).slice(0, 256);
  const fresh = words.filter(word => {
    const bit = hash32(word) % (sketch.bits.length * 8);
    return ((sketch.bits[bit >> 3]! >> (bit & 7)) & 1) === 0;
  });
  return words.length ? fresh.length / words.length : 0;
}

/** The sketch with the text's words added, as a copy. */
export function remember(sketch: NoveltySketch, text: string): NoveltySketch {
  const bits = sketch.bits.slice();
  for (const word of wordsOf(text).slice(0, 256)) {
    const bit = hash32(word) % (bits.length * 8);
    bits[bit >> 3]! |= 1 << (bit & 7);
  }
  return { bits };
}

/** FNV-1a over UTF-16 units, finished with an avalanche: for sticky shares and sketches, not for secrets. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
