/**
 * Which recognisers a segment can hold anything for, told by what is cheap to know of it: its digits, signs, cues and
 * words of context. Sets that were chosen once are remembered by what they were chosen for.
 */
import type { Recognizer } from './recognizer.ts';
import type { Window } from './windows.ts';

/** A recogniser with every gate filled in, so that all have one shape. */
export interface Gate {
  readonly minDigits: number;
  readonly maxDigits: number;
  readonly minRun: number;
  readonly digitRun: number;
  readonly has: number;
  readonly needs: string;
  readonly signs: number;
  readonly cue: number;
  /** Its place among the gates of a detector. */
  readonly index: number;
  /** It finds nothing that counts without one of its words of context. */
  readonly gated: boolean;
  /** Its words of context are known, so that their absence is. */
  readonly listed: boolean;
  readonly run: Recognizer;
}

/** Bit that every segment has, for recognisers that need no word and no sign. */
const ALWAYS = 1 << 30;
const MAX_SINGLE = 40;
/** Most sets that are remembered of either kind. */
const MAX_SETS = 4096;

function gateOf(run: Recognizer, index: number, threshold: number): Gate {
  const { minDigits, maxDigits = MAX_SINGLE, minRun = 0, digitRun = 0, has = ALWAYS } = run;
  const { needs = '', signs = ALWAYS, cue = ALWAYS } = run;
  const listed = run.contexts !== undefined;
  const gated = listed && run.alone !== undefined && run.alone < threshold;
  return { minDigits, maxDigits, minRun, digitRun, has, needs, signs, cue, index, gated, listed, run };
}

export class Gates {
  /** Gates that read single long runs. */
  readonly long: readonly Gate[];
  readonly #whole: readonly Gate[];
  readonly #windowed: readonly Gate[];
  /** Gates that a word of context opens, by the word's number. */
  readonly #byWord: (readonly number[] | undefined)[] = [];
  /** The segment in which a word of a gate's context was last met. */
  readonly #met: Uint32Array;
  #segment = 0;
  readonly #wholeSets = new Map<number, readonly Gate[]>();
  readonly #windowedSets = new Map<number, readonly Gate[]>();

  constructor(recognizers: readonly Recognizer[], threshold: number) {
    const gates = recognizers.map((run, index) => gateOf(run, index, threshold));
    this.long = gates.filter(gate => gate.run.inRun === true);
    this.#whole = gates.filter(gate => gate.run.windowed !== true && gate.run.inRun !== true);
    this.#windowed = gates.filter(gate => gate.run.windowed === true);
    this.#met = new Uint32Array(gates.length);
    const byWord: number[][] = [];
    for (const gate of gates)
      for (const word of gate.run.contexts ?? []) {
        byWord[word] ??= [];
        byWord[word].push(gate.index);
      }
    this.#byWord = byWord;
  }

  /** Begins a segment: no word of context has been met in it. */
  begin(): void {
    if (this.#segment === 0xffffffff) {
      this.#met.fill(0);
      this.#segment = 0;
    }
    this.#segment++;
  }

  /** Words of context that stand in the segment, by their numbers. */
  meet(words: readonly number[]): void {
    for (const word of words) {
      const opened = this.#byWord[word];
      if (opened !== undefined) for (const index of opened) this.#met[index] = this.#segment;
    }
  }

  passes(gate: Gate): boolean {
    return !gate.gated || this.#met[gate.index] === this.#segment;
  }

  /** Whether a word of the gate's context may stand in the segment. */
  contextual(gate: Gate): boolean {
    return !gate.listed || this.#met[gate.index] === this.#segment;
  }

  /** Gates that read the whole segment, by the bits of its cues and signs. */
  whole(cues: number, signs: number): readonly Gate[] {
    const key = signs * 256 + (cues & 255);
    let chosen = this.#wholeSets.get(key);
    if (chosen === undefined) {
      const fits = ({ cue, signs: needed }: Gate) =>
        (cue & (cues | ALWAYS)) !== 0 && (needed & (signs | ALWAYS)) !== 0;
      chosen = this.#whole.filter(fits);
      if (this.#wholeSets.size >= MAX_SETS) this.#wholeSets.clear();
      this.#wholeSets.set(key, chosen);
    }
    return chosen;
  }

  /** Gates that a window lets match by its digits and letters; of a number that stands alone, also by its most digits. */
  windowed({ digits, digitRun, has, single }: Window, cues: number): readonly Gate[] {
    const size = Math.min(digits, MAX_SINGLE + 1);
    const row = Math.min(digitRun, MAX_SINGLE + 1);
    const key = ((((size << 6) | row) << 4) | (single ? 8 : 0) | has) * 256 + (cues & 255);
    let chosen = this.#windowedSets.get(key);
    if (chosen === undefined) {
      chosen = this.#windowed.filter(
        gate =>
          (gate.cue & (cues | ALWAYS)) !== 0 &&
          gate.minDigits <= digits &&
          gate.digitRun <= digitRun &&
          (gate.has & (has | ALWAYS)) !== 0 &&
          (!single || size > MAX_SINGLE || gate.maxDigits >= size),
      );
      if (this.#windowedSets.size >= MAX_SETS) this.#windowedSets.clear();
      this.#windowedSets.set(key, chosen);
    }
    return chosen;
  }
}
