/** Seeds the demo tenant, the shop Kettlemoor: articles, customers, orders, an agent, and a public key for its chat page. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceBroker } from 'moleculer';
import { parse } from 'yaml';
import { type ParamsOf, SCOPES } from '../lib/contracts/contract.ts';
import { ingestDocument } from '../lib/contracts/knowledge.contracts.ts';
import { putWorkflow } from '../lib/contracts/orchestrator.contracts.ts';
import { createApiKey, createTenant, findTenant } from '../lib/contracts/platform.contracts.ts';
import { receiveStock } from '../lib/contracts/shop.contracts.ts';
import { putWidget } from '../lib/contracts/widget.contracts.ts';
import { rebaseOrders } from '../lib/core/shop/rebase.ts';
import type { CustomerRow, OrderRow } from '../lib/core/shop/rows.ts';
import type { Database } from '../lib/io/database.ts';
import { hashPassword } from '../lib/io/password.ts';
import { insertPasswordLink, setPasswordByLink } from '../lib/io/sql/identity.ts';
import { insertUser } from '../lib/io/sql/members.ts';
import { seedShop } from '../lib/io/sql/shop.ts';
import { updateSettings } from '../lib/io/sql/tenants.ts';
import { newId } from '../lib/kernel/ids.ts';
import { call } from '../lib/moleculer/action.ts';
import { DEMO_TENANT } from '../services/gateway/public-routes.ts';

export const DEMO_OWNER = 'owner@kettlemoor.example';

const SHOP = join(import.meta.dirname, '../demo/shop');
const WORKFLOWS = join(import.meta.dirname, '../workflows');
/** What the demo shop has in stock for its order workflow. */
const STOCK = [
  ['kettle-blue', 100],
  ['kettle-steel', 40],
  ['teapot-white', 60],
] as const;
const readJson = <T>(file: string) => JSON.parse(readFileSync(join(SHOP, file), 'utf8')) as T;

interface Agent {
  readonly name: string;
  readonly title: string;
  readonly greeting: string;
  readonly instructions: readonly string[];
  readonly tools: readonly string[];
  readonly suggestions: readonly string[];
  readonly translations: ParamsOf<typeof putWidget>['translations'];
}

/** Makes the tenant and everything of it; nothing when it is there. `progress` hears what is being done. */
export async function seedDemo(
  broker: ServiceBroker,
  database: Database,
  nowMs: number,
  progress: (line: string) => void,
): Promise<{ tenantId: string; apiKey: string; password: string } | undefined> {
  const found = await call(broker, findTenant, { name: DEMO_TENANT });
  // The settings are written last: a tenant without them is one whose seeding was broken off.
  const { webChat } = found.settings as { webChat?: { publicKey: string } };
  if (found.tenantId && webChat?.publicKey.startsWith('wpk_')) return undefined;
  const agent = readJson<Agent>('agent.json');
  const { tenantId, apiKey } = found.tenantId
    ? {
        tenantId: found.tenantId,
        apiKey: (
          await call(broker, createApiKey, {
            tenantId: found.tenantId,
            name: 'demo',
            scopes: SCOPES,
          })
        ).apiKey,
      }
    : await call(broker, createTenant, { name: DEMO_TENANT });

  const files = readdirSync(join(SHOP, 'articles')).filter(file => file.endsWith('.md'));
  for (const [index, file] of files.entries()) {
    progress(`reading help articles ${index + 1}/${files.length}`);
    const { title, body } = parseArticle(readFileSync(join(SHOP, 'articles', file), 'utf8'));
    await call(broker, ingestDocument, { title, text: body }, { meta: { tenantId } });
  }
  progress('writing customers and orders');
  const { referenceTime, orders } = readJson<{ referenceTime: string; orders: OrderRow[] }>('orders.json');
  await database.withTenant(tenantId, tx =>
    seedShop(
      tx,
      tenantId,
      readJson<CustomerRow[]>('customers.json'),
      rebaseOrders(orders, referenceTime, nowMs),
    ),
  );
  progress('writing workflows and stock');
  for (const file of readdirSync(WORKFLOWS).filter(each => each.endsWith('.yaml')))
    await call(
      broker,
      putWorkflow,
      { source: readFileSync(join(WORKFLOWS, file), 'utf8') },
      { meta: { tenantId } },
    );
  for (const [sku, quantity] of STOCK)
    await call(
      broker,
      receiveStock,
      { sku, quantity, idempotencyKey: `seed/${sku}` },
      { meta: { tenantId } },
    );
  const { name, title, greeting, instructions, tools, suggestions, translations } = agent;
  const { publicKey } = await call(
    broker,
    putWidget,
    { title, greeting, suggestions, translations },
    { meta: { tenantId } },
  );
  const password = await seedOwner(database, tenantId);
  await updateSettings(database, tenantId, {
    toolsets: ['shop'],
    agents: [{ name, instructions, tools }],
    webChat: { publicKey },
  });
  return { tenantId, apiKey, password };
}

/** Somebody who can sign in to the portal: the password is made here and told once. */
async function seedOwner(database: Database, tenantId: string): Promise<string> {
  const password = randomBytes(12).toString('base64url');
  const userId = await database.withTenant(tenantId, tx =>
    insertUser(tx, { tenantId, userId: newId('user'), email: DEMO_OWNER, role: 'owner' }),
  );
  const linkHash = createHash('sha256').update(randomBytes(32)).digest();
  await insertPasswordLink(database, { tenantId, userId, linkHash, hours: 1 });
  await setPasswordByLink(database, linkHash, await hashPassword(password));
  return password;
}

/** A markdown file with a front matter that holds its title. */
function parseArticle(text: string): { title: string; body: string } {
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  const { title } = match ? (parse(match[1]!) as { title: string }) : { title: 'Untitled' };
  return { title, body: text.slice(match?.[0].length ?? 0).trim() };
}
