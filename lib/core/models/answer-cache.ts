/**
 * Answers that are kept: which may be, for whom, and when a question is near enough to one that was answered.
 *
 * Invariants:
 * 1. Everything that could change the answer but the wording of the question is part of the partition, compared by
 *    digest: whoever may read other documents, or asks of another tenant, agent, model or state of the knowledge, is in
 *    another partition. Only within one are questions compared.
 * 2. Numbers, names of things (`A-17`), negations, and what is asked about a thing (when, where, from, my) are part of
 *    the partition too: "order 1234" is never answered as "order 1235", "when" as "where", nor "can" as "cannot".
 * 3. What holds personal data is not kept, neither by its question nor by its answer.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../agents/canonical-json.ts';
import { createDetector, type Detector } from '../dlp/detect.ts';
import { PROMPT_POLICY } from '../dlp/policy.ts';
import { redact } from '../dlp/redact.ts';
import { Vault } from '../dlp/vault.ts';
import { cosine } from '../knowledge/embed.ts';

export interface AnswersPolicy {
  readonly ttlMs: number;
  /** Least cosine of two questions that are taken for the same. */
  readonly similarity: number;
}

/** Measured for the lexical embedding: see docs/guides/costs.md. */
export const SIMILARITY = 0.95;
const LEAST_SIMILARITY = 0.9;
const TTL_SECONDS = 3_600;
const MOST_TTL_SECONDS = 86_400;
const LONGEST_QUESTION = 2_000;
const LONGEST_ANSWER = 20_000;

/** What a tenant's config `answers` says; undefined where it has not asked for it. */
export function answersPolicy(config: unknown): AnswersPolicy | undefined {
  const { keep, ttlSeconds, similarity } = (typeof config === 'object' && config !== null ? config : {}) as {
    readonly [name: string]: unknown;
  };
  if (keep !== true) return undefined;
  const within = (value: unknown, least: number, most: number, fallback: number) =>
    typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback;
  return {
    ttlMs: within(ttlSeconds, 1, MOST_TTL_SECONDS, TTL_SECONDS) * 1_000,
    similarity: within(similarity, LEAST_SIMILARITY, 1, SIMILARITY),
  };
}

/** What has to be the same for an answer to be the same; every member counts. */
export interface AnswerPlace {
  readonly tenantId: string;
  /** By which door, and of which agent and version. */
  readonly source: string;
  readonly agent: unknown;
  /** Name of the model, or `auto`. */
  readonly model: string;
  readonly instructions: unknown;
  /** What was said before the question. */
  readonly before: unknown;
  /** Temperature, limits, formats, tools that are offered. */
  readonly settings: unknown;
  /** As whom knowledge is read. */
  readonly reader: unknown;
  /** State of the knowledge that this reader sees. */
  readonly knowledge: string;
  readonly region: string | null;
  readonly question: string;
}

/** 32 bytes. */
export function partitionOf({ question, ...place }: AnswerPlace): Buffer {
  return createHash('sha256')
    .update(canonicalJson({ ...place, facts: factsOf(question) }))
    .digest();
}

/** The same question, whatever its capitals, spaces and end. 32 bytes. */
export function questionDigest(question: string): Buffer {
  return createHash('sha256').update(plain(question)).digest();
}

const NEGATIONS =
  /\b(?:no|not|never|none|nobody|nothing|without|neither|nor|cannot|except|unless|un(?:able|available)|không|chưa|chẳng|đừng|nicht|kein\w*|nunca|sans|pas)\b|n['’]t\b/giu;
/** What names a thing or an amount: whatever holds a digit, and words in capitals. */
const NAMED = /[\p{L}\p{N}#][\p{L}\p{N}._/#:@-]*\p{N}[\p{L}\p{N}._/#:@-]*|\p{N}+|\b\p{Lu}{2,}\b/gu;

/**
 * What is asked about a thing, and in which direction. Embeddings make little of such words and the lexical one leaves
 * them out: "When will my card be here?" and "Where is my card?" are the same to it.
 */
const ASKING =
  /(?<![\p{L}\p{N}])(?:what|which|when|where|who|whom|whose|why|how|long|many|much|often|far|soon|can|could|will|would|should|must|may|might|have|has|had|do|does|did|is|are|was|were|be|been|being|get|got|to|into|from|out|in|on|off|up|down|over|back|before|after|until|since|during|for|with|by|of|at|about|all|any|some|only|more|less|most|least|than|same|other|another|again|still|yet|already|too|my|your|our|their|his|her|its|me|you|someone|there|here|this|that|these|those|gì|nào|đâu|khi|giờ|bao|nhiêu|mấy|ai|sao|thế|được|phải|trước|sau|từ|đến|tới|ra|vào|lên|xuống|lại|nữa|cho|của|với)(?![\p{L}\p{N}])/giu;

/** In the order of the question: "from 3 to 5" is not "from 5 to 3". */
export function factsOf(question: string): readonly string[] {
  const text = question.normalize('NFC');
  const found = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([each]) => each.toLowerCase());
  return [...found(NAMED), '|', ...found(NEGATIONS), '|', ...found(ASKING)];
}

function plain(question: string): string {
  return question
    .normalize('NFC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?…]+$/u, '')
    .trim();
}

/** The nearest of those that are near enough. Vectors have length 1. */
export function nearest<E extends { readonly embedding: Float32Array }>(
  entries: readonly E[],
  vector: Float32Array,
  similarity: number,
): E | undefined {
  let best: E | undefined;
  let most = similarity;
  for (const entry of entries) {
    if (entry.embedding.length !== vector.length) continue;
    const alike = cosine(entry.embedding, vector);
    if (alike >= most) [best, most] = [entry, alike];
  }
  return best;
}

/** What names no person: places, businesses, days and addresses of pages stand in most help articles. */
const IMPERSONAL = ['GPE', 'ORGANIZATION', 'NRP', 'DATE_TIME', 'URL'] as const;
let detector: Detector | undefined;

/** Whether a question may be looked up and its answer kept. */
export function mayKeep(question: string, answer = ''): boolean {
  if (question.trim() === '' || question.length > LONGEST_QUESTION || answer.length > LONGEST_ANSWER)
    return false;
  detector ??= createDetector({ except: IMPERSONAL });
  const options = { detector, policy: PROMPT_POLICY, vault: new Vault() };
  return [question, answer].every(text => Object.keys(redact(text, options).counts).length === 0);
}
