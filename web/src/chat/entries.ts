/** The lines of the conversation: each stands once, whoever brings it. */
import type { Attachment, Entry, Outbox, StoredMessage, Usage } from './types.ts';

/** A message of the history, with what only this page knows of it. */
export function entryOf(message: StoredMessage, usage: Usage | null): Entry {
  const { id, role, text, turn, citations, toolCalls, partial = false, attachments, quickReplies } = message;
  if (role === 'user')
    return { kind: 'user', id, text, state: 'sent', ...(attachments?.length ? { attachments } : {}) };
  const choices = quickReplies?.length ? { quickReplies } : {};
  return { kind: role, id, turn, text, citations, toolCalls, partial, usage, ...choices };
}

export function filesOf({ attachments }: { readonly attachments?: readonly Attachment[] | undefined }) {
  return attachments?.length ? { attachments } : {};
}

/** Puts an entry where its id (or what was kept of the stopped turn) stands, else at the end. */
export function place(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const stands = entries.findIndex(
    old => old.id === entry.id || (entry.kind === 'assistant' && old.id === `stopped-${entry.turn}`),
  );
  if (stands >= 0)
    return entries.map((old, index) => {
      if (index !== stands) return old;
      return entry.kind !== 'user' && old.kind !== 'user'
        ? { ...entry, usage: entry.usage ?? old.usage }
        : entry;
    });
  return [...entries, entry];
}

/** Whether this is the message that has no answer yet, under the page's name for it or the platform's. */
export function isOutboxEntry(
  entry: Entry,
  outbox: Outbox | null,
): entry is Extract<Entry, { kind: 'user' }> {
  return (
    outbox !== null &&
    entry.kind === 'user' &&
    (entry.id === outbox.messageId || entry.id === outbox.acceptedAs)
  );
}
