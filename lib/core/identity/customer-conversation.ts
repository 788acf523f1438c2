/**
 * Whose a conversation is, said by its id: those that a customer's own token begins carry a digest of the customer,
 * so that every node can tell without asking anyone, and a token that names another customer reaches none of them.
 */
import { createHash } from 'node:crypto';

const DIGEST_LETTERS = 22;

/** Names a customer where the customer's own name has no place: accounts of budgets, ids, logs. */
export function customerDigest(customerId: string): string {
  return createHash('sha256').update(customerId).digest('base64url').slice(0, DIGEST_LETTERS);
}

export function customerPrefix(customerId: string): string {
  return `c${customerDigest(customerId)}.`;
}

export function conversationForCustomer(customerId: string | undefined, conversationId: string): string {
  return customerId === undefined ? conversationId : customerPrefix(customerId) + conversationId;
}

export function ownsConversation(customerId: string, conversationId: string): boolean {
  return conversationId.startsWith(customerPrefix(customerId));
}

/** The prefix of the customer whose conversation it is; undefined where the id names none. */
export function customerOfConversation(conversationId: string): string | undefined {
  return /^c[\w-]{22}\./.exec(conversationId)?.[0];
}
