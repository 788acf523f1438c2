/**
 * Entity tags (RFC 9110, section 8.8) of what configuration resources tell, and the conditions of requests on them.
 * A tag is made of the representation itself, so every node gives the same one and nothing has to be stored.
 */
import { createHash } from 'node:crypto';
import { TroupeError } from '../../kernel/errors.ts';
import { canonicalJson } from '../agents/canonical-json.ts';

/** What a request says about the state that it expects, as its headers gave it. */
export interface Precondition {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

/** The strong tag of a representation: equal values have equal tags. */
export function entityTag(representation: unknown): string {
  return `"${createHash('sha256').update(canonicalJson(representation)).digest('base64url').slice(0, 27)}"`;
}

/** Whether a list of tags names this one; `*` names any. Weak tags match only where `weak` allows it. */
export function namesTag(header: string, tag: string, weak: boolean): boolean {
  return header
    .split(',')
    .map(each => each.trim())
    .some(each => each === '*' || each === tag || (weak && each === `W/${tag}`));
}

/**
 * Called by an action of a configuration resource inside the transaction that changes it.
 * `current` is what its GET tells, or undefined when there is none. Calls that did not come over HTTP have no
 * condition. Throws `precondition-required` and `precondition-failed`.
 */
export function requireMatch(condition: Precondition | undefined, current: unknown): void {
  if (!condition) return;
  const { ifMatch, ifNoneMatch } = condition;
  const tag = current === undefined ? undefined : entityTag(current);
  if (ifMatch !== undefined && (tag === undefined || !namesTag(ifMatch, tag, false)))
    throw new TroupeError('precondition-failed', 'It has changed since you read it: read it again', {
      data: { etag: tag ?? null },
    });
  if (ifNoneMatch !== undefined && tag !== undefined && namesTag(ifNoneMatch, tag, true))
    throw new TroupeError('precondition-failed', 'It exists already');
  if (ifMatch === undefined && ifNoneMatch === undefined && tag !== undefined)
    throw new TroupeError(
      'precondition-required',
      'It exists: send If-Match with the ETag of its GET, so that no change of others is lost',
    );
}
