/**
 * A call of OpenAI's protocol whose model never sees personal data: placeholders go out in messages, parts, tool calls
 * and inputs; values come back in the answer, whole or as its events come. One vault a call: the client sends the whole
 * conversation each time, in the same order, so the same value gets the same placeholder.
 */
import { createDetector, type Detector } from './detect.ts';
import { jsonRestorationStream } from './json-stream.ts';
import type { PromptPrivacy } from './prompt-policy.ts';
import type { Entity } from './recognizer.ts';
import { redact, redactValue, restore } from './redact.ts';
import { restorationStream, type TextStream } from './stream.ts';
import { Vault } from './vault.ts';

type Json = Readonly<Record<string, unknown>>;

interface Delta {
  content?: unknown;
  tool_calls?: { index?: number; function?: { arguments?: unknown } }[];
}

interface Choice {
  index?: number;
  delta?: Delta;
  message?: { content?: unknown; tool_calls?: { function?: { arguments?: unknown } }[] };
  finish_reason?: unknown;
}

export interface PrivateChat {
  /** What is asked of the provider. */
  readonly asked: Json;
  /** An answer that came whole. */
  answer(body: string): string;
  /** Whole events of a stream; what may be the beginning of a placeholder is held back until the next. */
  events(text: string): string;
}

let detector: Detector | undefined;

export function privateChat(
  asked: Json,
  { policy, allowTools, allowFields }: PromptPrivacy,
  onHidden: (entity: Entity, count: number) => void = () => {},
): PrivateChat {
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
      return hide(text); // a tool's answer need not be JSON
    }
  };
  const hideContent = (content: unknown, text: (text: string) => string): unknown => {
    if (typeof content === 'string') return text(content);
    if (!Array.isArray(content)) return content;
    return content.map((part: Json) =>
      typeof part?.text === 'string' ? { ...part, text: text(part.text) } : part,
    );
  };
  const toolNames = new Map<unknown, unknown>();
  const hideMessage = (message: Json): Json => {
    const calls = message.tool_calls as { id?: unknown; function?: Json }[] | undefined;
    if (!Array.isArray(calls)) {
      const isTool = message.role === 'tool';
      if (isTool && allowTools.has(String(toolNames.get(message.tool_call_id)))) return message;
      return { ...message, content: hideContent(message.content, isTool ? hideJson : hide) };
    }
    return {
      ...message,
      content: hideContent(message.content, hide),
      tool_calls: calls.map(call => {
        toolNames.set(call?.id, call?.function?.name);
        const given = call?.function?.arguments;
        return typeof given === 'string'
          ? { ...call, function: { ...call.function, arguments: hideJson(given) } }
          : call;
      }),
    };
  };

  /** Texts under way by choice, and tool calls by choice and place. */
  const streams = new Map<string, TextStream>();
  const streamOf = (name: string, make: () => TextStream): TextStream => {
    const known = streams.get(name) ?? make();
    streams.set(name, known);
    return known;
  };
  function restoreDelta({ index = 0, delta, finish_reason: finish }: Choice): void {
    if (!delta) return;
    const name = `${index}`;
    if (typeof delta.content === 'string')
      delta.content = streamOf(name, () => restorationStream({ vault })).push(delta.content);
    for (const call of delta.tool_calls ?? [])
      if (typeof call.function?.arguments === 'string')
        call.function.arguments = streamOf(`${name}/${call.index ?? 0}`, () =>
          jsonRestorationStream(vault),
        ).push(call.function.arguments);
    if (finish == null) return;
    // Nothing comes after it: what was held back goes out with it.
    for (const [key, stream] of streams) {
      const [choice, place] = key.split('/');
      if (choice !== name) continue;
      streams.delete(key);
      const rest = stream.end();
      if (rest === '') continue;
      if (place === undefined) delta.content = `${delta.content ?? ''}${rest}`;
      else
        delta.tool_calls = [
          ...(delta.tool_calls ?? []),
          { index: Number(place), function: { arguments: rest } },
        ];
    }
  }

  return {
    asked: {
      ...asked,
      ...(Array.isArray(asked.messages) ? { messages: asked.messages.map(hideMessage) } : {}),
      ...(asked.input === undefined
        ? {}
        : {
            input: Array.isArray(asked.input)
              ? asked.input.map(each => (typeof each === 'string' ? hide(each) : each))
              : hideContent(asked.input, hide),
          }),
    },
    answer(body) {
      const answer = JSON.parse(body) as { choices?: Choice[] };
      for (const { message } of answer.choices ?? []) {
        if (typeof message?.content === 'string') message.content = restore(message.content, vault);
        for (const call of message?.tool_calls ?? [])
          if (typeof call.function?.arguments === 'string') {
            const stream = jsonRestorationStream(vault);
            call.function.arguments = stream.push(call.function.arguments) + stream.end();
          }
      }
      return JSON.stringify(answer);
    },
    events(text) {
      return text
        .split('\n\n')
        .map(event => {
          if (!event.startsWith('data:') || event.endsWith('[DONE]')) return event;
          const chunk = JSON.parse(event.slice('data:'.length)) as { choices?: Choice[] };
          for (const choice of chunk.choices ?? []) restoreDelta(choice);
          return `data: ${JSON.stringify(chunk)}`;
        })
        .join('\n\n');
    },
  };
}
