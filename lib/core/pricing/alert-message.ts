/** An alert of a budget as it is sent, signed as Standard Webhooks has it (standardwebhooks.com). */
import { createHash, createHmac } from 'node:crypto';

export interface SentAlert {
  readonly tenantId: string;
  readonly account: string;
  readonly share: number;
  readonly spentMicroUsd: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Body and headers. The id is the alert's own, so that a receiver knows one that comes twice. */
export function alertMessage(
  { tenantId, account, share, spentMicroUsd, at }: SentAlert,
  secret: string,
  nowSeconds: number,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const id = `msg_${createHash('sha256').update(`${tenantId} ${account} ${share}`).digest('hex').slice(0, 32)}`;
  const data = { account, share, spentMicroUsd };
  const body = JSON.stringify({ type: 'billing.budget-reached', timestamp: at, data });
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${nowSeconds}.${body}`).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': `v1,${signature}`,
    },
  };
}
