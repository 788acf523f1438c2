/** Files that persons and agents send in a conversation: given to it, so that its customer may read them. */
import type { Attachment } from '../../lib/contracts/chat.ts';
import { filesNamedIn } from '../../lib/core/messages/files-named.ts';
import type { Database } from '../../lib/io/database.ts';
import { claimAttachments, claimForAgent } from '../../lib/io/sql/attachments.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** The files in the order of their ids. Rejects with `not-found` when one is not `owner`'s to give. */
export async function filesOf(
  database: Database,
  tenantId: string,
  ids: readonly string[],
  owner: string,
  conversationId: string,
): Promise<readonly Attachment[]> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return [];
  return await database.withTenant(tenantId, async tx => {
    const claimed = await claimAttachments(tx, wanted, owner, conversationId);
    if (claimed.length < wanted.length) throw new TroupeError('not-found', 'There is no such file');
    return wanted.map(id => claimed.find(file => file.id === id)!);
  });
}

/** An answer without the lines that name files, and those of the files that its agent may show. */
export async function withNamedFiles(
  database: Database,
  tenantId: string,
  answer: string,
  conversationId: string,
): Promise<{ readonly text: string; readonly attachments: readonly Attachment[] }> {
  const { text, ids } = filesNamedIn(answer);
  if (ids.length === 0) return { text: answer, attachments: [] };
  const attachments = await database.withTenant(tenantId, tx => claimForAgent(tx, ids, conversationId));
  const missing = ids.length - attachments.length;
  const said =
    missing > 0 || text === '' ? [text, missing > 0 ? MISSING : ''].filter(Boolean).join('\n\n') : text;
  return { text: said || attachments.map(({ name }) => name).join(', '), attachments };
}

const MISSING = '(A file that belongs here could not be found.)';
