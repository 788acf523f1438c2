/**
 * What an audit entry may hold of a value: enough to see what changed, nothing that is secret or personal. Secrets
 * vanish by the name of their field, long texts become their digest, personal data is masked.
 */
import { createHash } from 'node:crypto';
import type { Detector } from '../dlp/detect.ts';
import { LOG_POLICY } from '../dlp/policy.ts';
import { redact } from '../dlp/redact.ts';

const SECRET_NAME =
  /(password|secret|token|api_?key|private_?key|credential|authorization|passphrase|cookie|^value$|^key_?hash$)/i;
/** Longest text that is kept as it is; a longer one is kept as length and digest. */
const LONGEST = 200;
const MOST_MEMBERS = 200;
const DEEPEST = 12;
/** An identifier of the platform or a name: never personal, and what an entry is about. */
const NAME = /^[\w.:/@-]{1,120}$/;
const IDENTIFIER = /^[a-z]{3}_[0-9a-z]{26}$/;

export function auditDetail(value: unknown, detector: Detector, depth = 0): unknown {
  if (depth > DEEPEST) return '[too deep]';
  if (typeof value === 'string') return shortText(value, detector);
  if (Array.isArray(value))
    return value.slice(0, MOST_MEMBERS).map(item => auditDetail(item, detector, depth + 1));
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, inner]) => [
        shortText(name, detector),
        SECRET_NAME.test(name) ? '[secret]' : auditDetail(inner, detector, depth + 1),
      ]),
  );
}

function shortText(text: string, detector: Detector): string {
  if (text.length > LONGEST)
    return `[${text.length} characters, sha256:${createHash('sha256').update(text).digest('hex')}]`;
  if (IDENTIFIER.test(text) || (NAME.test(text) && !/[@\d]{1}/.test(text))) return text;
  return redact(text, { detector, policy: LOG_POLICY }).text;
}
