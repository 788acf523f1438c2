/** The answer that is being written, piece by piece. */
import type { LiveAnswer, ToolStep } from './types.ts';

export function liveOf(turn: number): LiveAnswer {
  return { turn, start: 0, text: '', tools: [] };
}

/** A piece says where in the answer it begins: what stood behind that place is replaced by it. */
export function withDelta(live: LiveAnswer, piece: { text: string; offset: number }): LiveAnswer {
  const kept = piece.offset - live.start;
  // A gap: the beginning was sent before this page listened. The whole answer comes at the end.
  if (kept < 0 || kept > live.text.length) return { ...live, start: piece.offset, text: piece.text };
  return { ...live, text: live.text.slice(0, kept) + piece.text };
}

/** One step a tool: the newest status counts. */
export function withStep(live: LiveAnswer, { name, status }: ToolStep): LiveAnswer {
  const step = { name, status };
  const known = live.tools.some(other => other.name === name);
  const tools = known ? live.tools.map(other => (other.name === name ? step : other)) : [...live.tools, step];
  return { ...live, tools };
}
