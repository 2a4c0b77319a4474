/** A word that changes whenever a process of this program ends or a connection has something to receive, for `wait`. */
import { words } from "../arena.js";
import { notify } from "../futex.js";
import { allocatePool } from "../pool-cell.js";
import { cellNamed } from "../shared.js";
import { SIGNAL } from "../sweep.js";

/** The cell, which is told of the ends of threads as that of a pool is. */
export const newsCell: number = cellNamed({ name: "heddle:dummy news" }, "News", () => allocatePool(0, 0));
export const news: number = newsCell + SIGNAL;

export function tellNews(): void {
  Atomics.add(words, news, 1);
  // Pairs with the waits of wait.ts.
  notify(news);
}
