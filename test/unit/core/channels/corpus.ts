/** The samples beside the tests: payloads written after the platforms' public references, all values made up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, parseExact } from '../../../../lib/core/channels/json.ts';
import type { Channel, InboundEvent } from '../../../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../../../lib/core/channels/registry.ts';

export interface Sample {
  readonly channel: Channel;
  readonly id: string;
  readonly payload: Json;
  /** What the first event must say, among other things. */
  readonly says: Partial<InboundEvent>;
}

const folder = join(import.meta.dirname, 'samples');

export const SAMPLES: readonly Sample[] = readdirSync(folder)
  .flatMap(file => readFileSync(join(folder, file), 'utf8').split('\n'))
  .filter(line => line !== '')
  .map(line => parseExact(line) as unknown as Sample);

export function normalize({
  channel,
  payload,
}: Pick<Sample, 'channel' | 'payload'>): readonly InboundEvent[] {
  return ADAPTERS[channel].normalize(payload);
}

/** The sample of that id; samples are named, so that tests can speak of them. */
export function sampleOf(id: string): Sample {
  const found = SAMPLES.find(each => each.id === id);
  if (!found) throw new Error(`no sample ${id}`);
  return found;
}

export function first(id: string): InboundEvent {
  return normalize(sampleOf(id))[0]!;
}
