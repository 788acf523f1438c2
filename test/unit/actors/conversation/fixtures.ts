/** A conversation in a test: commands go in, events and the state come out. */
import { conversationActor } from '../../../../actors/conversation/conversation.actor.ts';
import type {
  ConversationCommand,
  ConversationEvent,
  ConversationState,
} from '../../../../actors/conversation/state.ts';
import type {
  AgentPin,
  EffectClass,
  Interruption,
  InterruptionPolicy,
  ToolCall,
} from '../../../../lib/contracts/chat.ts';

const USAGE = { tier: 'small', model: 'test', inputTokens: 1, outputTokens: 1, costMicroUsd: 1 };
const EFFECTS: Readonly<Record<string, EffectClass>> = { search: 'read', refund: 'once' };

export class Talk {
  state: ConversationState = conversationActor.initialState();
  readonly events: ConversationEvent[] = [];
  readonly rows: (readonly ConversationEvent[])[] = [];
  readonly interruption: Interruption;
  partial = '';
  usage = USAGE;
  /** The agent that answers, when it has a manifest. */
  pin: AgentPin | undefined;
  now = 0;
  #seq = 0;

  constructor(policy: InterruptionPolicy = 'queue', mergeWindowMs = 0) {
    this.interruption = { policy, mergeWindowMs };
  }

  /** Types of the events that the command led to. */
  do(command: ConversationCommand): string[] {
    const events = conversationActor.decide(command, this.state, () => this.partial);
    if (events.length === 0) return [];
    this.#seq++;
    this.rows.push(events);
    events.forEach((event, index) => {
      this.events.push(event);
      this.state = conversationActor.evolve(this.state, event, { seq: this.#seq, index });
    });
    return events.map(event => event.type);
  }

  say(messageId: string, at = 0, text = messageId): string[] {
    const { interruption } = this;
    return this.do({ type: 'ReceiveMessage', messageId, text, at, agent: null, interruption });
  }

  /** The model answers, or asks for tools. */
  answer(text: string, toolCalls: readonly ToolCall[] = [], key = this.asking): string[] {
    const reply = { text, toolCalls, citations: [], usage: this.usage };
    const pin = this.pin ? { pin: this.pin } : {};
    const messageId = `to-${key}`;
    return this.do({
      type: 'ReportModelReply',
      key,
      reply,
      effects: EFFECTS,
      messageId,
      ...pin,
      at: this.now,
    });
  }

  wants(...names: string[]): string[] {
    return this.answer(
      '',
      names.map((name, index) => ({ id: `${this.asking}-${index}`, name, arguments: '{}' })),
    );
  }

  toolReturns(index: number, content = 'found', failed = false): string[] {
    return this.do({ type: 'ReportToolResult', key: this.call(index), content, failed, at: this.now });
  }

  call(index: number): string {
    return this.state.turn!.calls[index]!.key;
  }

  closeWindow(at = 0): string[] {
    const { window } = this.state;
    return this.do({ type: 'CloseWindow', key: window ? `${window.key}@${window.until}` : 'none', at });
  }

  get asking(): string {
    return this.state.turn?.asking ?? 'none';
  }
  /** Message ids of the turn under way. */
  get answering(): readonly string[] {
    return this.state.turn?.messages.map(message => message.messageId) ?? [];
  }
  get waiting(): readonly string[] {
    return this.state.waiting.map(message => message.messageId);
  }
  /** Types of what the state owes. */
  get owed(): readonly string[] {
    return conversationActor.react(this.state).map(effect => effect.type);
  }
  /** What a model would be shown, one line an item. */
  get shown(): readonly string[] {
    return this.state.context.map(item => `${item.role}: ${item.role === 'tool' ? item.content : item.text}`);
  }
}
