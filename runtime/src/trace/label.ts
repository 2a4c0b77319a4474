import { writeText } from "../text.js";

/** Labels that a thread can have: names may be made of anything, and their texts stay for ever. */
const MOST_LABELS = 1 << 14;
const REST = "…";

const known = new Map<string, number>();

/** A name as records have it: a heap block with its text. Of too many names the rest is one. */
export function labelOf(name: string): number {
  const label = known.get(name);
  if (label !== undefined) return label;
  if (known.size >= MOST_LABELS && name !== REST) return labelOf(REST);
  const block = writeText(name.slice(0, 1000));
  known.set(name, block);
  return block;
}
