/** Answers that come word by word in many rooms, each then told whole: what is told while it is written, and what stands. */
import { createHash } from 'node:crypto';
import type { HeardEvent } from '../../services/gateway/realtime/outgoing.ts';

export interface AnswerPlan {
  readonly answers: number;
  /** Parts of an answer, and how many come in a second in each room. */
  readonly parts: number;
  readonly partsPerSecond: number;
  readonly partCharacters: number;
}

const STEP_MS = 5;
export const digestOf = (text: string) => createHash('sha256').update(text).digest('base64');

interface Room {
  readonly written: HeardEvent[];
  text: string;
  parts: number;
}

export class Answers {
  readonly #rooms: Room[];
  readonly #tell: (room: number, event: HeardEvent) => void;

  constructor(rooms: number, tell: (room: number, event: HeardEvent) => void) {
    this.#rooms = Array.from({ length: rooms }, () => ({ written: [], text: '', parts: 0 }));
    this.#tell = tell;
  }

  written(conversationId: string): readonly HeardEvent[] {
    return this.#rooms[Number(conversationId.slice('room'.length))]?.written ?? [];
  }

  /** Digests of every room's answers, in order. */
  digests(): readonly (readonly string[])[] {
    return this.#rooms.map(({ written }) => written.map(({ data }) => digestOf(String(data.text))));
  }

  /** Rooms take turns, so that they do not all speak in the same millisecond. Resolves once all answers stand. */
  async stream(plan: AnswerPlan): Promise<void> {
    const total = plan.answers * plan.parts * this.#rooms.length;
    const began = performance.now();
    let told = 0;
    await new Promise<void>(resolve => {
      const timer = setInterval(() => {
        const due = ((performance.now() - began) / 1_000) * plan.partsPerSecond * this.#rooms.length;
        for (; told < Math.min(due, total); told++) this.#tellPart(told % this.#rooms.length, plan);
        if (told < total) return;
        clearInterval(timer);
        resolve();
      }, STEP_MS);
    });
  }

  #tellPart(number: number, { parts, partCharacters }: AnswerPlan): void {
    const room = this.#rooms[number]!;
    const text = `${(performance.timeOrigin + performance.now()).toFixed(3)}|`.padEnd(partCharacters, 'x');
    const turn = room.written.length + 1;
    this.#tell(number, {
      id: `${turn - 1}.d${room.parts}`,
      event: 'delta',
      data: { turn, offset: room.text.length, text },
    });
    room.text += text;
    if (++room.parts < parts) return;
    const answer = { id: `${turn}.0`, event: 'message', data: { turn, text: room.text } };
    room.text = '';
    room.parts = 0;
    room.written.push(answer);
    this.#tell(number, answer);
  }
}
