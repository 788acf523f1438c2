/** Whether a tenant's calls of `/v1` go to models without personal data: its config `privacy`, as for conversations. */
import type { Registry } from 'prom-client';
import { type PrivateChat, privateChat } from '../../../lib/core/dlp/private-chat.ts';
import { promptPrivacy } from '../../../lib/core/dlp/prompt-policy.ts';
import type { Control } from '../../../lib/io/open-feature.ts';
import { countRedactions } from '../../../mixins/metrics.middleware.ts';

export type Privately = (
  tenantId: string,
  asked: Readonly<Record<string, unknown>>,
) => Promise<PrivateChat | undefined>;

export function privately(control: Control, metrics: Registry): Privately {
  const hidden = countRedactions(metrics)('prompt');
  return async (tenantId, asked) => {
    const privacy = promptPrivacy((await control.plane.config(tenantId, 'default', 'privacy'))?.value);
    return privacy && privateChat(asked, privacy, hidden);
  };
}
