/** What others than its threads may ask of a channel's cell. */
import { words } from "./arena.js";
import { LEDGER_END } from "./ledger.js";

export const MAXSIZE = LEDGER_END + 8;

/** In place of a `maxsize`: any number, and a recording does not tell how many there are. For the library's own channels. */
export const UNTOLD = -1;

/** The most messages of a channel; 0 for any number. */
export function roomOf(at: number): number {
  return Math.max(0, words[at + MAXSIZE] ?? 0);
}
