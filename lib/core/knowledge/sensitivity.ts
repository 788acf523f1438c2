/**
 * How sensitive a document is: what the tenant's rules say first, then what its words show. The classifier proposes; a
 * person confirms. It looks for credentials, for identifiers of people that a checksum or a word beside them confirms,
 * for lists of people, and for what a document says of itself.
 */
import { SENSITIVITIES, type Sensitivity } from '../../contracts/document-shapes.ts';
import { SECRET_ENTITIES } from '../dlp/policy.ts';
import type { Detection, Entity } from '../dlp/recognizer.ts';
import { levelOf } from './access.ts';

export interface SensitivityRule {
  readonly field: 'title' | 'source' | 'text';
  /** Part of the field, in any case of letters. */
  readonly contains: string;
  readonly sensitivity: Sensitivity;
}

export interface Reason {
  /** A kind of personal data, `says-so`, or `rule`. */
  readonly kind: string;
  readonly count: number;
}

export interface Verdict {
  readonly sensitivity: Sensitivity;
  readonly by: 'rule' | 'classifier';
  readonly reasons: readonly Reason[];
}

/** The first rule that fits. */
export function ruleFor(
  rules: readonly SensitivityRule[],
  document: { readonly title: string; readonly source?: string | undefined; readonly text: string },
): SensitivityRule | undefined {
  const lower = {
    title: document.title.toLowerCase(),
    source: (document.source ?? '').toLowerCase(),
    text: document.text.toLowerCase(),
  };
  return rules.find(({ field, contains }) => lower[field].includes(contains.toLowerCase()));
}

const SAYS_SO: readonly (readonly [Sensitivity, RegExp])[] = [
  [
    'restricted',
    /\b(?:strictly confidential|top secret|attorney[- ]client privileged?|eyes only)\b|tuyệt mật|tối mật/iu,
  ],
  [
    'confidential',
    /\b(?:confidential(?!ity)|vertraulich|confidencial|confidentiel)\b|(?<!bảo |bí )\bmật\b(?! khẩu| mã| ong)/iu,
  ],
  [
    'internal',
    /\b(?:internal[- ]use[- ]only|for internal use|internal only|staff only|employees only|not for (?:customers|distribution)|nur für den internen gebrauch|uso interno)\b|lưu hành nội bộ|chỉ dùng nội bộ/iu,
  ],
];
/** A document says what it is at its head. */
const HEAD = 600;

/** Contacts and dates stand in many a public page: only many of them together make a list of people. */
const CONTACTS: ReadonlySet<Entity> = new Set(['EMAIL_ADDRESS', 'PHONE_NUMBER', 'STREET_ADDRESS']);
const MANY_CONTACTS = 10;
const HARMLESS: ReadonlySet<Entity> = new Set([
  'PERSON',
  'GPE',
  'ORGANIZATION',
  'NRP',
  'TITLE',
  'DATE_TIME',
  'AGE',
  'URL',
  'DOMAIN_NAME',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'ZIP_CODE',
  'DE_PLZ',
  'UK_POSTCODE',
  'SWIFT_CODE',
  'CRYPTO',
  'LITERAL',
  'VN_LICENSE_PLATE',
  'UK_VEHICLE_REGISTRATION',
]);
/** From here a checksum holds or a word beside it says what it is. */
const SURE = 0.85;
const MANY_IDENTIFIERS = 3;

/** Counts what speaks for a document being sensitive, piece by piece. */
export class SensitivityEvidence {
  readonly #values = new Map<Entity, Set<string>>();
  #level = 0;
  #says = false;

  constructor(title: string, text: string) {
    const head = `${title}\n${text.slice(0, HEAD)}`;
    for (const [sensitivity, pattern] of SAYS_SO) {
      if (!pattern.test(head)) continue;
      this.#level = levelOf(sensitivity);
      this.#says = true;
      break;
    }
  }

  add(text: string, detections: readonly Detection[]): void {
    for (const { entity, start, end, score } of detections) {
      if (HARMLESS.has(entity) || score < SURE) continue;
      const values = this.#values.get(entity) ?? new Set<string>();
      if (values.size < 1_000) values.add(text.slice(start, end));
      this.#values.set(entity, values);
    }
  }

  verdict(): Verdict {
    let level = this.#level;
    const reasons: Reason[] = this.#says ? [{ kind: 'says-so', count: 1 }] : [];
    let identifiers = 0;
    let contacts = 0;
    for (const [kind, { size: count }] of this.#values) {
      if (CONTACTS.has(kind)) contacts += count;
      else if (SECRET_ENTITIES.has(kind)) level = levelOf('restricted');
      else identifiers += count;
      if (!CONTACTS.has(kind) || count >= MANY_CONTACTS) reasons.push({ kind, count });
    }
    if (identifiers > 0) level = Math.max(level, levelOf('confidential'));
    if (identifiers >= MANY_IDENTIFIERS) level = Math.max(level, levelOf('restricted'));
    if (contacts >= MANY_CONTACTS) level = Math.max(level, levelOf('confidential'));
    return { sensitivity: SENSITIVITIES[level]!, by: 'classifier', reasons };
  }
}
