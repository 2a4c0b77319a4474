/** Threads that end in the middle of what the library does for them. */
import { type Queue, tasks } from "heddle";
import { encode } from "../../runtime/src/codec.js";
import { isolate } from "../../runtime/src/isolate.js";
import { enter } from "../../runtime/src/mutex.js";
import { append } from "../../runtime/src/ring.js";

/** Puts an item and ends before it has told anybody. */
export function putAndDie(queue: Queue<number>, item: number): void {
  const at = isolate.cells.get(queue)?.at ?? 0;
  enter(at);
  encode(item, (message) => append(at, message));
  process.exit();
}

tasks(import.meta.url, { putAndDie });
