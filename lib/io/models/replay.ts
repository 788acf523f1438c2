/** The provider that replays a recorded episode, step by step, refusing a request that differs from the recording. */
import { type RecordedMessage, replayStep } from '../../core/replay/replay.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { ModelProvider } from './provider.ts';

export function replayProvider(episode: readonly RecordedMessage[]): ModelProvider {
  return {
    name: 'replay',
    async complete(request) {
      const step = replayStep(episode, request.context);
      if (step.kind === 'diverged')
        throw new TroupeError('replay-diverged', `The request differs from the recording: ${step.why}`, {
          data: { at: step.at },
        });
      const usage = { tier: 'REPLAY', model: 'replay', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
      if (step.kind === 'ended')
        return { text: '', toolCalls: [], citations: [], usage, escalate: 'The recorded episode ends here' };
      if (step.text) request.onText(step.text, 0);
      return { text: step.text, toolCalls: step.toolCalls, citations: [], usage };
    },
  };
}
