/**
 * Owns what agents remember of customers.
 *
 * Invariants:
 * 1. Nothing is kept or told without the customer's consent, nor after it has expired.
 * 2. Whose memory it is says the conversation's id, which the platform made; neither a model nor a customer names it.
 * 3. A customer's own token reaches his memory alone.
 * 4. No card, account or credential is kept, whatever a model asks to remember.
 */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../lib/contracts/memory.contracts.ts';
import { withFact } from '../lib/core/agents/customer-memory.ts';
import type { Policy } from '../lib/core/dlp/policy.ts';
import { customerOfConversation, customerPrefix } from '../lib/core/identity/customer-conversation.ts';
import type { Database } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/customer-memory.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action, type Call } from '../lib/moleculer/action.ts';
import { dlpMixin, withDlp } from '../mixins/dlp.mixin.ts';

const KEEP_DAYS = 180;
/** What one remembers of a customer is personal; what opens an account is nothing to remember. Credentials never pass. */
const KEPT: Policy = {
  default: { action: 'keep' },
  entities: { CREDIT_CARD: { action: 'mask' }, IBAN_CODE: { action: 'mask' }, CRYPTO: { action: 'mask' } },
};

export function memoryService(database: Database, clock: Clock): ServiceSchema {
  type Named = Call<{ readonly customerId: string }>;

  /** The key of the customer that the caller names, if he may. */
  function named({ meta, params }: Named): { tenantId: string; customer: string } {
    if (meta.customerId !== undefined && meta.customerId !== params.customerId)
      throw new TroupeError('not-found', 'There is no such customer');
    return { tenantId: meta.tenantId!, customer: customerPrefix(params.customerId) };
  }

  async function told(ctx: Named) {
    const { tenantId, customer } = named(ctx);
    const row = await database.withTenant(tenantId, tx => sql.readMemory(tx, customer));
    return {
      consent: row !== undefined,
      keepDays: row?.keepDays ?? null,
      expiresAt: row ? new Date(row.expiresAt).toISOString() : null,
      summary: row?.summary ?? '',
      facts: [...(row?.facts ?? [])],
    };
  }

  return {
    name: 'memory',
    mixins: [dlpMixin({ maskPolicy: () => KEPT })],
    actions: {
      get: action(contracts.getMemory, told),

      consent: action(contracts.setConsent, async ctx => {
        const { tenantId, customer } = named(ctx);
        const { consent, keepDays = KEEP_DAYS } = ctx.params;
        await database.withTenant(tenantId, async tx => {
          if (consent) await sql.putConsent(tx, tenantId, customer, keepDays);
          else await sql.deleteMemory(tx, customer);
        });
        return await told(ctx);
      }),

      forget: action(contracts.forgetCustomer, async ctx => {
        const { tenantId, customer } = named(ctx);
        return { deleted: await database.withTenant(tenantId, tx => sql.deleteMemory(tx, customer)) };
      }),

      recall: action(contracts.recallCustomer, async ctx => {
        const customer = customerOfConversation(ctx.params.conversationId);
        const row =
          customer === undefined
            ? undefined
            : await database.withTenant(ctx.meta.tenantId!, tx => sql.readMemory(tx, customer));
        return {
          consent: row !== undefined,
          summary: row?.summary ?? '',
          facts: (row?.facts ?? []).map(({ text }) => text),
        };
      }),

      note: withDlp(
        { mask: ['fact', 'summary'] },
        action(contracts.noteCustomer, async ctx => {
          const { conversationId, idempotencyKey, fact, summary, forget = false } = ctx.params;
          const customer = customerOfConversation(conversationId);
          if (customer === undefined) return { remembered: false };
          const at = new Date(clock.now()).toISOString();
          return await database.withTenant(ctx.meta.tenantId!, async tx => {
            if (forget) {
              await sql.deleteMemory(tx, customer);
              return { remembered: false };
            }
            const row = await sql.readMemory(tx, customer, true);
            if (!row) return { remembered: false };
            const facts =
              fact === undefined ? row.facts : withFact(row.facts, { id: idempotencyKey, text: fact, at });
            await sql.writeMemory(tx, customer, { summary: summary ?? row.summary, facts });
            return { remembered: true };
          });
        }),
      ),
    },
  };
}
