/**
 * A model that never sees personal data: placeholders go out, values come back in the text as it streams and in the
 * arguments of tool calls. The placeholders of a conversation need no store: its context is read in the same order
 * each time, so the same value gets the same placeholder in every turn.
 */
import type { ChatItem, ModelReply } from '../../contracts/chat.ts';
import { createDetector, type Detector } from '../../core/dlp/detect.ts';
import { jsonRestorationStream } from '../../core/dlp/json-stream.ts';
import type { PromptPrivacy } from '../../core/dlp/prompt-policy.ts';
import type { Entity } from '../../core/dlp/recognizer.ts';
import { redact, redactValue, restore } from '../../core/dlp/redact.ts';
import { restorationStream } from '../../core/dlp/stream.ts';
import { Vault } from '../../core/dlp/vault.ts';
import type { ModelProvider, ModelRequest } from './provider.ts';

let detector: Detector | undefined;

/** Told of each kind of value that was hidden; never of the value. */
export type OnHidden = (entity: Entity, count: number) => void;

export async function completePrivately(
  provider: Pick<ModelProvider, 'complete'>,
  request: ModelRequest,
  { policy, allowTools, allowFields }: PromptPrivacy,
  onHidden: OnHidden = () => {},
): Promise<ModelReply> {
  detector ??= createDetector();
  const vault = new Vault();
  const options = { detector, policy, vault, fields: allowFields };
  const hide = (text: string): string => {
    const { text: hidden, counts } = redact(text, options);
    for (const [entity, count] of Object.entries(counts)) onHidden(entity, count);
    return hidden;
  };
  const hideJson = (text: string): string => {
    try {
      return JSON.stringify(redactValue(JSON.parse(text), options));
    } catch {
      return hide(text); // a model's arguments and a tool's answer need not be JSON
    }
  };
  const hideItem = (item: ChatItem): ChatItem => {
    if (item.role === 'tool')
      return allowTools.has(item.name) ? item : { ...item, content: hideJson(item.content) };
    if (item.role !== 'assistant' || !item.toolCalls) return { ...item, text: hide(item.text) };
    const toolCalls = item.toolCalls.map(call => ({ ...call, arguments: hideJson(call.arguments) }));
    return { ...item, text: hide(item.text), toolCalls };
  };

  const back = restorationStream({ vault });
  let offset = 0;
  const pass = (text: string) => {
    if (text === '') return;
    request.onText(text, offset);
    offset += text.length;
  };
  const reply = await provider.complete({
    ...request,
    context: request.context.map(hideItem),
    onText: text => pass(back.push(text)),
  });
  pass(back.end());
  const byEntity = Map.groupBy(vault.state().entries, ([name]) => name.slice(0, name.lastIndexOf('_')));
  const hidden = Object.fromEntries(Array.from(byEntity, ([entity, values]) => [entity, values.length]));
  return {
    ...reply,
    ...(vault.size > 0 ? { hidden } : {}),
    text: restore(reply.text, vault),
    toolCalls: reply.toolCalls.map(call => {
      const stream = jsonRestorationStream(vault);
      return { ...call, arguments: stream.push(call.arguments) + stream.end() };
    }),
    citations: reply.citations.map(citation => ({ ...citation, quote: restore(citation.quote, vault) })),
  };
}
