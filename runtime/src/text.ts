/** Texts in the heap: a block with the length in UTF-16 units, then the units. */
import { allocateBlock, words } from "./arena.js";
import { isolate } from "./isolate.js";

/** Units that are read at once: a call takes only so many arguments. */
const PIECE = 1 << 12;

const units = new Uint16Array(isolate.memory, 0, isolate.memory.byteLength >> 1);

export function writeText(text: string): number {
  const block = allocateBlock(4 + text.length * 2);
  words[block] = text.length;
  for (let i = 0; i < text.length; i++) units[block * 2 + 2 + i] = text.charCodeAt(i);
  return block;
}

export function readText(block: number): string {
  const start = block * 2 + 2;
  const end = start + (words[block] ?? 0);
  if (end - start <= PIECE) return String.fromCharCode(...units.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at += PIECE) {
    text += String.fromCharCode(...units.subarray(at, Math.min(end, at + PIECE)));
  }
  return text;
}

/** Negative, 0 or positive, as the first text is before, equal to or after the second in the order of `<`. */
export function compareTexts(first: number, second: number): number {
  const [a, b] = [words[first] ?? 0, words[second] ?? 0];
  const length = Math.min(a, b);
  for (let i = 0; i < length; i++) {
    const difference = (units[first * 2 + 2 + i] ?? 0) - (units[second * 2 + 2 + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a - b;
}
