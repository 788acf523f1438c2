/** What is said around a conversation without saying anything in it: notes, whispers, assignment, marks and thumbs. */
import type { ConversationCommand } from '../../actors/conversation/state.ts';
import * as contracts from '../../lib/contracts/conversation-desk.contracts.ts';
import { judgeTurn, rateTurn } from '../../lib/contracts/conversation-ratings.contracts.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action, type Call } from '../../lib/moleculer/action.ts';

type Placed = Call<{ readonly conversationId: string; readonly by?: string }>;
type Standing = { id: string; status: 'open' | 'with-person' | 'paused'; seq: number };
type Command = (
  ctx: Placed,
  build: (at: number) => ConversationCommand,
  commandId?: string | null,
) => Promise<Standing>;

export function deskActions(command: Command, by: (ctx: Placed) => string) {
  return {
    note: action(contracts.noteConversation, ctx => {
      const { noteId = newId('message'), text } = ctx.params;
      return command(ctx, at => ({ type: 'AddNote', noteId, text, by: by(ctx), at }), noteId);
    }),
    whisper: action(contracts.whisperToAgent, ctx =>
      command(ctx, at => ({ type: 'Whisper', text: ctx.params.text, by: by(ctx), at })),
    ),
    assign: action(contracts.assignConversation, ctx => {
      const { to, expected } = ctx.params;
      const seen = expected === undefined ? {} : { expected };
      return command(ctx, at => ({ type: 'Assign', to, ...seen, by: by(ctx), at }));
    }),
    rate: action(rateTurn, ctx => {
      const { turn, rating } = ctx.params;
      return command(ctx, at => ({ type: 'RateTurn', turn, rating, at }));
    }),
    judge: action(judgeTurn, ctx => {
      const { turn, quality } = ctx.params;
      return command(ctx, at => ({ type: 'JudgeTurn', turn, quality, by: by(ctx), at }));
    }),
  };
}
