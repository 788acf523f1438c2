/** Files of messages, answered by the gateway itself: their bytes go between it and the database and nowhere else. */

import * as contracts from '../../lib/contracts/attachments.contracts.ts';
import type { Attachment } from '../../lib/contracts/chat.ts';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { ownsConversation } from '../../lib/core/identity/customer-conversation.ts';
import { kindOf, MOST_ATTACHMENT_BYTES, plainName } from '../../lib/core/messages/attachment.ts';
import type { Database } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/attachments.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { customerOf, type Identity } from './authentication.ts';

/** Bytes that a tenant keeps of files, and files that one sender may have without a message. */
const MOST_KEPT_BYTES = 2 * 1_024 * 1_048_576;
const MOST_UNNAMED = 20;

type Local = (params: never, identity: Identity) => Promise<unknown>;

export interface Attachments {
  /** What answers a contract here; undefined for one that an action answers. */
  localOf(contract: AnyContract): Local | undefined;
  /** The files that a message names, given to its conversation. Rejects with `not-found`. */
  claim(ids: readonly string[], conversationId: string, identity: Identity): Promise<readonly Attachment[]>;
}

export function createAttachments(database: Database): Attachments {
  const notFound = () => new TroupeError('not-found', 'There is no such file');

  async function add({ name, content }: { name: string; content: string }, identity: Identity) {
    const bytes = Buffer.from(content, 'base64');
    if (bytes.length === 0) throw new TroupeError('validation-failed', 'The content is not base64');
    if (bytes.length > MOST_ATTACHMENT_BYTES)
      throw new TroupeError('document-too-large', 'A file may have 8 MB');
    const type = kindOf(bytes);
    if (!type)
      throw new TroupeError(
        'document-unreadable',
        'Give a picture (PNG, JPEG, GIF, WebP), sound, MP4, PDF, DOCX or plain text',
      );
    const { tenantId, subject } = identity;
    const file = { id: newId('attachment'), name: plainName(name), type, bytes: bytes.length };
    await database.withTenant(tenantId, async tx => {
      await sql.sweepAttachments(tx);
      const kept = await sql.attachmentsKept(tx, subject.id);
      if (kept.unnamed >= MOST_UNNAMED)
        throw new TroupeError('quota-exhausted', `Send the ${MOST_UNNAMED} files first that are waiting`);
      if (kept.bytes + bytes.length > MOST_KEPT_BYTES)
        throw new TroupeError('quota-exhausted', 'The tenant keeps as many files as it may');
      await sql.insertAttachment(tx, { tenantId, owner: subject.id, content: bytes, ...file });
    });
    return file;
  }

  async function get({ attachmentId }: { attachmentId: string }, identity: Identity) {
    const row = await database.withTenant(identity.tenantId, tx => sql.readAttachment(tx, attachmentId));
    if (!row || !mayRead(row, identity)) throw notFound();
    const { id, name, type, bytes, content } = row;
    return { id, name, type, bytes, content: Buffer.from(content).toString('base64') };
  }

  const local = new Map<AnyContract, Local>([
    [contracts.addAttachment, add as Local],
    [contracts.getAttachment, get as Local],
  ]);
  return {
    localOf: contract => local.get(contract),
    async claim(ids, conversationId, { tenantId, subject }) {
      const wanted = [...new Set(ids)];
      const files = await database.withTenant(tenantId, async tx => {
        const claimed = await sql.claimAttachments(tx, wanted, subject.id, conversationId);
        if (claimed.length < wanted.length) throw notFound();
        return claimed;
      });
      return wanted.map(id => files.find(file => file.id === id)!);
    },
  };
}

/** Whoever gave it, the customer in whose conversation it is, and people who may see every conversation. */
function mayRead({ owner, conversationId }: sql.StoredAttachment, identity: Identity): boolean {
  if (owner === identity.subject.id) return true;
  const customerId = customerOf(identity);
  if (customerId !== undefined)
    return conversationId !== null && ownsConversation(customerId, conversationId);
  return identity.scopes.includes('operate');
}
