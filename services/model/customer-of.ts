/**
 * Whose conversation it is, for budgets of customers: said by its id where the customer's own token began it, else by
 * the channel that it came in by. Asked only where a budget goes by customers.
 */
import { customerDigest, customerOfConversation } from '../../lib/core/identity/customer-conversation.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { identityOfConversation } from '../../lib/io/sql/channel-identities.ts';

export async function customerOf(
  database: Database,
  { spending }: Pick<Models, 'spending'>,
  { tenantId, plan }: { readonly tenantId: string; readonly plan: string },
  conversationId: string | null,
): Promise<string | null> {
  if (conversationId === null || !(await spending.countsCustomers(tenantId, plan))) return null;
  const said = customerOfConversation(conversationId);
  if (said !== undefined) return said.slice(1, -1);
  const found = await database.withTenant(tenantId, tx => identityOfConversation(tx, conversationId));
  return found ? customerDigest(`${found.accountId}/${found.customerId}`) : null;
}
