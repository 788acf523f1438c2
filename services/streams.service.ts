/** Owns the streams that this node has open for reading. Every node hosts it; calls name the node. */
import type { ServiceSchema } from 'moleculer';
import { pushStream } from '../lib/contracts/platform.contracts.ts';
import { action } from '../lib/moleculer/action.ts';
import type { StreamRegistry } from '../lib/moleculer/streams.ts';

export function streamsService(streams: StreamRegistry): ServiceSchema {
  return {
    name: 'streams',
    actions: {
      push: action(pushStream, async ctx => ({ open: streams.push(ctx.params.streamId, ctx.params.items) })),
    },
  };
}
