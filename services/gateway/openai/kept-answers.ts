/** Answers of `/v1/chat/completions` that are kept for the same question, for tenants whose config `answers` asks for it. */
import type { ServerResponse } from 'node:http';
import { readerOf } from '../../../lib/core/knowledge/access.ts';
import { answersPolicy } from '../../../lib/core/models/answer-cache.ts';
import {
  contentOf,
  type KeptCompletion,
  keepable,
  keptBody,
} from '../../../lib/core/models/kept-completion.ts';
import { streamText } from '../../../lib/core/models/stream-text.ts';
import { countKept } from '../../../lib/io/models/answer-cache.ts';
import type { Models } from '../../../lib/io/models/open-models.ts';
import type { Control } from '../../../lib/io/open-feature.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import type { Identity } from '../authentication.ts';
import type { Asked } from './asked.ts';
import type { AnswerHeaders } from './openai-errors.ts';

export interface Keeping {
  /** Answers with what was kept, if there is something. */
  readonly answered: boolean;
  /** The body, or the events, as the client saw them. */
  keep(body: string, streamed: boolean, by: { model: string; tier: string; costMicroUsd: number }): void;
}

export interface KeptRequest {
  readonly identity: Identity;
  readonly asked: Asked;
  readonly region: string | null;
  readonly response: ServerResponse;
  readonly headers: AnswerHeaders;
}

/** Undefined where nothing may be kept. */
export type KeptAnswers = (request: KeptRequest) => Promise<Keeping | undefined>;

export function keptAnswers(
  control: Pick<Control, 'plane'>,
  { answers, spending }: Pick<Models, 'answers' | 'spending'>,
  clock: Clock,
): KeptAnswers {
  return async ({ identity, asked, region, response, headers }) => {
    const { tenantId, scopes, role, subject } = identity;
    const policy = answersPolicy((await control.plane.config(tenantId, 'default', 'answers'))?.value);
    const parts = policy && keepable(asked);
    if (!parts) return undefined;
    const customer = subject.kind === 'widget' ? { customerId: subject.id } : {};
    const looked = await answers.look<KeptCompletion>(
      {
        tenantId,
        source: 'api',
        agent: null,
        model: asked.model,
        instructions: null,
        ...parts,
        reader: readerOf({ scopes, ...(role ? { role } : {}), ...customer }),
        region,
      },
      policy,
    );
    if (!looked) return undefined;
    const { found } = looked;
    headers['x-troupe-kept'] = found ? 'found' : 'none';
    if (!found) {
      return {
        answered: false,
        keep(body, streamed, { model, tier, costMicroUsd }) {
          const { text, plain, finish } = streamed
            ? streamText(body)
            : { text: contentOf(body) ?? '', plain: true, finish: 'stop' };
          if (text === '' || !plain || finish !== 'stop') return;
          void looked.keep({ content: text, model, tier }, text, costMicroUsd); // what fails is logged there
        },
      };
    }
    const { answer, costMicroUsd, ageMs } = found;
    const counted = { tenantId, conversationId: null, agent: null, savedMicroUsd: costMicroUsd };
    countKept(spending, { ...counted, source: 'api', model: answer.model });
    const streams = asked.stream === true;
    const usage = (asked.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true;
    response.writeHead(200, {
      ...headers,
      'content-type': streams ? 'text/event-stream' : 'application/json',
      'cache-control': 'no-cache',
      age: String(Math.max(0, Math.floor(ageMs / 1_000))),
      'x-troupe-model': answer.model,
      'x-troupe-tier': answer.tier,
      'x-troupe-cost-micro-usd': '0',
    });
    const created = Math.floor(clock.now() / 1_000);
    response.end(keptBody(answer, { id: `chatcmpl-${headers['x-request-id']}`, created, streams, usage }));
    return { answered: true, keep: () => {} };
  };
}
