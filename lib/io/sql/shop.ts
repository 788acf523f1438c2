/** The demo shop's rows, and the record of what its tools have done. Everything here runs inside `withTenant`. */
import type { CustomerRow, OrderRow, ShopChange } from '../../core/shop/rows.ts';
import type { Transaction } from '../database.ts';

/** The order, locked until the transaction ends, with its customer. */
export async function lockOrder(
  tx: Transaction,
  orderId: string,
): Promise<{ order: OrderRow; customer: CustomerRow } | undefined> {
  const [row] = await tx.query<{ order: OrderRow; customer: CustomerRow }>(
    `select o.data as "order", c.data as customer from shop_order o join shop_customer c on c.customer_id = o.customer_id
     where o.order_id = $1 for update of o`,
    [orderId],
  );
  return row;
}

export async function applyChange(tx: Transaction, change: ShopChange): Promise<void> {
  const fields =
    change.type === 'set-address'
      ? { address: change.address }
      : change.type === 'cancel'
        ? { status: 'cancelled', cancelledAt: change.cancelledAt, refundedMicroUsd: change.refundedMicroUsd }
        : { refundRequestedAt: change.requestedAt, refundedMicroUsd: change.refundedMicroUsd };
  await tx.query('update shop_order set data = data || $2::jsonb where order_id = $1', [
    change.orderId,
    JSON.stringify(fields),
  ]);
}

export async function recordedEffect(tx: Transaction, idempotencyKey: string): Promise<string | undefined> {
  const [row] = await tx.query<{ content: string }>(
    'select content from tool_effect where idempotency_key = $1',
    [idempotencyKey],
  );
  return row?.content;
}

export async function recordEffect(
  tx: Transaction,
  row: { tenantId: string; idempotencyKey: string; tool: string; content: string },
): Promise<void> {
  await tx.query(
    'insert into tool_effect (tenant_id, idempotency_key, tool, content) values ($1, $2, $3, $4)',
    [row.tenantId, row.idempotencyKey, row.tool, row.content],
  );
}

/** Tools of the calls recorded so far; what another call of the tenant records meanwhile waits until this one is done. */
export async function lockRecordedTools(tx: Transaction, tenantId: string): Promise<readonly string[]> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [tenantId]);
  const rows = await tx.query<{ tool: string }>('select tool from tool_effect');
  return rows.map(({ tool }) => tool);
}

export async function seedShop(
  tx: Transaction,
  tenantId: string,
  customers: readonly CustomerRow[],
  orders: readonly OrderRow[],
): Promise<void> {
  for (const customer of customers)
    await tx.query(
      'insert into shop_customer (tenant_id, customer_id, email, data) values ($1, $2, $3, $4) on conflict do nothing',
      [tenantId, customer.id, customer.email, JSON.stringify(customer)],
    );
  for (const order of orders)
    await tx.query(
      'insert into shop_order (tenant_id, order_id, customer_id, data) values ($1, $2, $3, $4) on conflict do nothing',
      [tenantId, order.id, order.customerId, JSON.stringify(order)],
    );
}
