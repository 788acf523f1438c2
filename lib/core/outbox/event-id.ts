/** Names of rows and events, the same for ever: what anyone removes duplicates by. */
import type { ActorKey } from '../../contracts/journal.ts';

/** `tenant/actor/seq`, in characters that every header may hold. */
export function rowId({ tenantId, actor, seq }: ActorKey & { readonly seq: number }): string {
  return `${tenantId}/${encodeURI(actor.toWellFormed())}/${seq}`;
}

/** `tenant/actor/seq.index`: one event of a row. */
export function eventId(row: ActorKey & { readonly seq: number }, index: number): string {
  return `${rowId(row)}.${index}`;
}
