/** Whether a caller may make a call: the one decision, asked at the gateway and again on the node that answers. */
import type { AnyContract } from '../../contracts/contract.ts';
import { ownsConversation } from './customer-conversation.ts';

export interface Caller {
  readonly scopes: readonly string[];
  readonly customerId?: string | undefined;
}

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly why: 'scope'; readonly scope: string }
  | { readonly allowed: false; readonly why: 'conversation' };

/** A customer reaches only conversations that are his own. */
export function authorize(
  contract: Pick<AnyContract, 'http'>,
  caller: Caller,
  params: { readonly conversationId?: unknown } = {},
): Verdict {
  const scope = contract.http?.scope;
  if (scope && scope !== 'public' && !caller.scopes.includes(scope))
    return { allowed: false, why: 'scope', scope };
  const { customerId } = caller;
  const { conversationId } = params;
  if (customerId !== undefined && conversationId !== undefined)
    if (typeof conversationId !== 'string' || !ownsConversation(customerId, conversationId))
      return { allowed: false, why: 'conversation' };
  return { allowed: true };
}
