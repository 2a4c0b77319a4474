/** Texts in the heap: a block with the length in UTF-16 units, then the units. */
import { allocateBlock, words } from "./arena.js";
import { isolate } from "./isolate.js";

const units = new Uint16Array(isolate.memory, 0, isolate.memory.byteLength >> 1);

export function writeText(text: string): number {
  const block = allocateBlock(4 + text.length * 2);
  words[block] = text.length;
  for (let i = 0; i < text.length; i++) units[block * 2 + 2 + i] = text.charCodeAt(i);
  return block;
}

export function readText(block: number): string {
  const start = block * 2 + 2;
  return String.fromCharCode(...units.subarray(start, start + (words[block] ?? 0)));
}
