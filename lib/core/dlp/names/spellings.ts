/** Words that were met, found again by rolling digests of their characters: no text is made to look one up. */
import { contextVersion } from '../context.ts';
import { Word } from './words.ts';

const MAX_KNOWN = 20_000;
/** Open addressing, at most half full; it grows with what is met, so that few words lie close together. */
const FEWEST_SLOTS = 4096;
let slots: (Word | undefined)[] = new Array(FEWEST_SLOTS).fill(undefined);
/** Digests of the words in the slots, two each. */
let digests = new Int32Array(2 * FEWEST_SLOTS);
let known = 0;
let knownVersion = contextVersion();

/** Starts of the two rolling digests of a spelling (FNV-1a, and the same with another factor). */
export const DIGEST = 0x811c9dc5 | 0;
export const CHECK = 0x2545f491 | 0;

export function digest(before: number, code: number): number {
  return Math.imul(before ^ code, 0x01000193);
}

export function checkDigest(before: number, code: number): number {
  return Math.imul(before ^ code, 0x5bd1e995) ^ (before >>> 13);
}

/**
 * All about the spelling from `start` to `end`, whose rolling digests are `hash` and `check`; known ones are found
 * without a look at their characters. The last 20,000 are remembered.
 */
export function wordAt(text: string, start: number, end: number, hash: number, check: number): Word {
  const mask = slots.length - 1;
  let slot = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const word = slots[slot];
    if (word === undefined) break;
    if (digests[2 * slot] === hash && digests[2 * slot + 1] === check) return word;
    slot = (slot + 1) & mask;
  }
  if (2 * known >= slots.length) grow();
  return remember(new Word(copyOf(text, start, end), check), hash);
}

/** Forgets all when words of context were added, of which what is remembered knows nothing. */
export function refreshWords(): void {
  if (knownVersion === contextVersion()) return;
  knownVersion = contextVersion();
  resize(FEWEST_SLOTS);
}

function grow(): void {
  if (known >= MAX_KNOWN) {
    resize(FEWEST_SLOTS);
    return;
  }
  const before = slots;
  const hashes = digests;
  resize(2 * before.length);
  for (const [slot, word] of before.entries()) if (word !== undefined) remember(word, hashes[2 * slot]!);
}

function resize(size: number): void {
  slots = new Array(size).fill(undefined);
  digests = new Int32Array(2 * size);
  known = 0;
}

function remember(word: Word, hash: number): Word {
  const mask = slots.length - 1;
  let slot = (hash ^ (hash >>> 15)) & mask;
  while (slots[slot] !== undefined) slot = (slot + 1) & mask;
  slots[slot] = word;
  digests[2 * slot] = hash;
  digests[2 * slot + 1] = word.check;
  known++;
  return word;
}

/** A text of its own: a slice would keep the whole message in memory for as long as the word is remembered. */
function copyOf(text: string, start: number, end: number): string {
  const codes: number[] = [];
  for (let i = start; i < end; i++) codes.push(text.charCodeAt(i));
  return String.fromCharCode(...codes);
}

/** All about a spelling. */
export function wordInfo(text: string): Word {
  let hash = DIGEST;
  let check = CHECK;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    hash = digest(hash, code);
    check = checkDigest(check, code);
  }
  return wordAt(text, 0, text.length, hash, check);
}
