/** The model of the benchmark: the stub of the workload in place of a provider, in the process of the actor. */
import type { ConversationCommand, ConversationEffect } from '../../actors/conversation/state.ts';
import type { EffectHandler } from '../../actors/runtime/actor-type.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { modelStub } from './workload.ts';

const USAGE = { tier: 'STUB', model: 'stub', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };

const AskModel: EffectHandler<
  Extract<ConversationEffect, { type: 'AskModel' }>,
  ConversationCommand
> = async effect => {
  const last = effect.context.at(-1);
  const text = await modelStub(last?.role === 'user' ? last.text : '');
  return {
    type: 'ReportModelReply',
    key: effect.key,
    reply: { text, toolCalls: [], citations: [], usage: USAGE },
    effects: {},
    messageId: newId('message'),
    at: Date.now(),
  };
};

export const stubEffects = { AskModel };
