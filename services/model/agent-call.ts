/**
 * One call of a model as its agent's manifest has it: which tools are offered, that an answer has its promised shape,
 * and that it breaks no guard rail. An answer under a guard rail or a schema is not streamed: it is looked at first.
 */
import type { AgentManifest } from '../../lib/contracts/agents.contracts.ts';
import type { ChatItem, ModelReply, Usage } from '../../lib/contracts/chat.ts';
import { brokenRail } from '../../lib/core/agents/manifest.ts';
import { misfit } from '../../lib/core/tools/tool-schema.ts';
import type { ModelRequest } from '../../lib/io/models/provider.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

export interface AgentCall extends ModelRequest {
  readonly manifest: AgentManifest | null;
  /** The last call of its turn: what the model is told instead of being offered tools. */
  readonly last: string | undefined;
}

/** Times that an answer of the wrong shape is asked for again. */
const REPAIRS = 2;
const RAIL_ANSWER = 'I cannot answer that here. A person will look at your question.';

/** Throws `answer-unfit` when the answer does not get its promised shape, and what `complete` throws. */
export async function askAgent(
  complete: (request: ModelRequest) => Promise<ModelReply>,
  { manifest, last, ...request }: AgentCall,
): Promise<ModelReply> {
  const asked: ModelRequest =
    last === undefined
      ? request
      : { ...request, tools: [], instructions: `${request.instructions}\n\n${last}` };
  const schema = manifest?.answerSchema;
  if (!schema && !manifest?.guardRails) return await complete(asked);
  const reply = schema ? await shaped(complete, asked, schema) : await complete(quiet(asked));
  if (reply.toolCalls.length > 0) return reply;
  const rail = manifest && brokenRail(manifest, reply.text);
  if (rail !== undefined && rail !== null)
    return {
      ...reply,
      text: RAIL_ANSWER,
      citations: [],
      escalate: `The answer broke guard rail ${rail + 1} of the agent`,
    };
  request.onText(reply.text, 0);
  return reply;
}

const quiet = (request: ModelRequest): ModelRequest => ({ ...request, onText: () => {} });

async function shaped(
  complete: (request: ModelRequest) => Promise<ModelReply>,
  request: ModelRequest,
  schema: Readonly<Record<string, unknown>>,
): Promise<ModelReply> {
  const promise = `${request.instructions}\n\nAnswer with JSON that fits this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`;
  let context: readonly ChatItem[] = request.context;
  let used: Usage | undefined;
  let unfit: ModelReply | undefined;
  for (let attempt = 0; ; attempt++) {
    const reply = await complete(
      quiet({ ...request, instructions: promise, context, schema, ...(unfit ? { unfit } : {}) }),
    );
    used = used ? sum(used, reply.usage) : reply.usage;
    if (reply.toolCalls.length > 0) return { ...reply, usage: used };
    const text = unfenced(reply.text);
    const fault = faultOf(text, schema);
    if (fault === undefined) return { ...reply, text, usage: used };
    if (attempt === REPAIRS)
      throw new TroupeError(
        'answer-unfit',
        `The answer does not fit its schema after ${REPAIRS} repairs: ${fault}`,
      );
    unfit = reply;
    context = [
      ...context,
      { role: 'assistant', text: reply.text },
      { role: 'user', text: `That does not fit the JSON Schema: ${fault}. Answer again, with JSON alone.` },
    ];
  }
}

function faultOf(text: string, schema: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return misfit(schema, JSON.parse(text));
  } catch {
    return 'it is not JSON';
  }
}

/** Models like to put JSON into a block of Markdown. */
function unfenced(text: string): string {
  return /^\s*```(?:json)?\s*([\s\S]*?)```\s*$/.exec(text)?.[1]?.trim() ?? text.trim();
}

function sum(a: Usage, b: Usage): Usage {
  return {
    ...b,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costMicroUsd: a.costMicroUsd + b.costMicroUsd,
  };
}
