/** A model and tools in the outside world, and the ledger of what the tools really did. */
import type { ConversationCommand, ConversationEffect } from '../../actors/conversation/state.ts';
import type { AnyEffectHandler, EffectHandler } from '../../actors/runtime/actor-type.ts';
import type { EffectClass, ToolCall } from '../../lib/contracts/chat.ts';
import { seededRandom } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { hash32 } from '../../lib/moleculer/rendezvous.ts';
import type { Process, Scheduler } from './scheduler.ts';

export interface Execution {
  readonly tool: string;
  readonly key: string;
  readonly actor: string;
  readonly tenantId: string;
  readonly effectKey: string;
}

/** `refund` cannot be asked what became of a call; `book` keeps a record under our key. */
export const TOOLS: Readonly<Record<string, EffectClass>> = {
  search: 'read',
  label: 'idempotent',
  book: 'once',
  refund: 'once',
  undo: 'idempotent',
};
/** What the model may call. */
const OFFERED = ['search', 'label', 'book', 'refund'];

export class OutsideWorld {
  readonly #world: Scheduler;
  readonly #records = new Map<string, string>();
  onExecution: (execution: Execution) => void = () => {};
  /** Share of calls that break off, before or after the tool has acted. */
  breakage = 0;
  /** Runs what must not be repeated again after a crash: a mutation. */
  onceAgain = false;

  constructor(world: Scheduler) {
    this.#world = world;
  }

  /** One tool call from a process: it may arrive though nobody waits for it any more. */
  #call(process: Process, execution: Execution): Promise<string> {
    const world = this.#world;
    return new Promise((resolve, reject) => {
      const failed = () => world.at(0, process, () => reject(new TroupeError('tool-failed', 'It broke off')));
      if (world.chance(this.breakage / 2)) {
        world.at(world.between(1, 50), null, failed);
        return;
      }
      world.at(world.between(1, world.chance(0.1) ? 3_000 : 60), null, () => {
        const recorded = this.#records.get(execution.key);
        if (recorded === undefined || execution.tool === 'refund') {
          this.onExecution(execution);
          if (TOOLS[execution.tool] !== 'read') this.#records.set(execution.key, `done ${execution.key}`);
        }
        const content = recorded ?? `done ${execution.key}`;
        world.at(world.between(1, world.chance(0.1) ? 1_500 : 40), null, () => {
          if (world.chance(this.breakage / 2)) failed();
          else world.at(0, process, () => resolve(content));
        });
      });
    });
  }

  handlers(process: Process): Readonly<Record<string, AnyEffectHandler>> {
    const world = this.#world;
    const { now } = world.clock(process);
    type Handler<T extends ConversationEffect['type']> = EffectHandler<
      Extract<ConversationEffect, { type: T }>,
      ConversationCommand
    >;

    const AskModel: Handler<'AskModel'> = async (effect, { address, signal, progress, idempotencyKey }) => {
      // The same question brings the same answer: the model's dice are those of the effect, not of the moment.
      const dice = seededRandom(hash32(`${address.key} ${effect.key}`));
      const timeMs = 5 + dice() * (dice() < 0.2 ? 2_500 : 150);
      await world.sleep(timeMs / 2, process, signal);
      progress({ turn: effect.turn, text: 'half', offset: 0 }, 'half an answer');
      await world.sleep(timeMs / 2, process, signal);
      const fate = dice();
      if (fate < 0.03) throw new TroupeError('model-failed', 'The model is ill');
      if (fate < 0.05)
        return { type: 'ReportModelFailure', key: effect.key, code: 'model-failed', at: now() };
      const wanted = effect.step > 3 || dice() < 0.45 ? 0 : 1 + Math.floor(dice() * 3);
      const toolCalls: ToolCall[] = Array.from({ length: wanted }, (_, index) => ({
        id: `${effect.key}-${index}`,
        name: OFFERED[Math.floor(dice() * OFFERED.length)]!,
        arguments: '{}',
      }));
      return {
        type: 'ReportModelReply',
        key: effect.key,
        reply: {
          text: wanted > 0 ? '' : `answer ${idempotencyKey}`,
          toolCalls,
          citations: [],
          usage: { tier: 'small', model: 'simulated', inputTokens: 1, outputTokens: 1, costMicroUsd: 1 },
        },
        effects: TOOLS,
        messageId: `answer-${effect.key}`,
        at: now(),
      };
    };

    const CallTool: Handler<'CallTool'> = async (effect, { address, idempotencyKey, recovered }) => {
      const { key, name } = effect;
      const { tenantId } = address;
      const actor = `${address.type}/${address.key}`;
      const report = (content: string, failed: boolean): ConversationCommand => ({
        type: 'ReportToolResult',
        key,
        content,
        failed,
        at: now(),
      });
      if (recovered && effect.effect === 'once' && !this.onceAgain) {
        await world.sleep(world.between(1, 30), process);
        const recorded = name === 'book' ? this.#records.get(idempotencyKey) : undefined;
        if (recorded !== undefined) return report(recorded, false);
        if (name !== 'book') return { type: 'ParkTool', key, at: now() };
      }
      try {
        const execution = { tool: name, key: idempotencyKey, actor, tenantId, effectKey: key };
        return report(await this.#call(process, execution), false);
      } catch {
        if (effect.effect === 'once') return { type: 'ParkTool', key, at: now() };
        return report('it failed', true);
      }
    };

    const AwaitWindow: Handler<'AwaitWindow'> = async (effect, { signal }) => {
      await world.sleep(Math.max(0, effect.until - now()), process, signal);
      return { type: 'CloseWindow', key: effect.key, at: now() };
    };

    const UndoTool: Handler<'UndoTool'> = async ({ key, call }, { address, idempotencyKey }) => {
      const actor = `${address.type}/${address.key}`;
      const execution = {
        tool: 'undo',
        key: idempotencyKey,
        actor,
        tenantId: address.tenantId,
        effectKey: key,
      };
      const report = (outcome: 'undone' | 'failed'): ConversationCommand => ({
        type: 'ReportUndo',
        key: call.key,
        outcome,
        at: now(),
      });
      try {
        await this.#call(process, execution);
        return report('undone');
      } catch {
        return report('failed');
      }
    };

    return { AskModel, CallTool, AwaitWindow, UndoTool };
  }
}
