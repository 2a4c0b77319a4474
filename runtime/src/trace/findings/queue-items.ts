/** Whether the items of queues are reported as dealt with, as often as they are put, while somebody waits for that. */
import { FLAGS } from "../decode.js";
import { type Found, length } from "./finding.js";
import type { Onlooker } from "./onlooker.js";
import type { PlayedObject, PlayedThread } from "./played-program.js";
import type { PlayedRun } from "./played-run.js";
import { waitsWithoutEnd } from "./waits-without-end.js";

const MOST_KEPT = 1000;

/** What is in a queue, and who has what was. */
interface Items {
  count: number;
  unfinished: number;
  /** Somebody reported what another took: who has an item last is not known then. */
  areHandedOn: boolean;
  /** What threads took and did not report. */
  readonly taken: Map<PlayedThread, number>;
}

export class QueueItems implements Onlooker {
  readonly #queues = new Map<PlayedObject, Items>();
  readonly #found: Found[] = [];
  /** Something was not recorded: items may have been reported in it. */
  #isPartial = false;

  fills(thread: PlayedThread, queue: PlayedObject, count: number): void {
    const items = this.#of(queue);
    const change = count - items.count;
    items.count = count;
    if (change > 0) items.unfinished += change;
    else items.taken.set(thread, (items.taken.get(thread) ?? 0) - change);
  }

  reports(thread: PlayedThread, queue: PlayedObject, left: number, site: number): void {
    if (left < 0) {
      this.#tooMany(thread, queue, site);
      return;
    }
    const items = this.#of(queue);
    items.unfinished = left;
    const own = items.taken.get(thread) ?? 0;
    if (own > 0) items.taken.set(thread, own - 1);
    else items.areHandedOn = true;
  }

  loses(): void {
    this.#isPartial = true;
  }

  /** What is over. */
  found(): readonly Found[] {
    return this.#found;
  }

  /** The waits that nobody will end, and that have lasted so long: a thread that runs may report what others took. */
  waiting(run: PlayedRun, time: number, patience: number): readonly Found[] {
    const found: Found[] = [];
    if (this.#isPartial) return found;
    for (const { object, thread, since, site, flags } of waitsWithoutEnd(run, time, patience)) {
      if ((flags & FLAGS.join) === 0) continue;
      const items = object && this.#queues.get(object);
      if (object === undefined || items === undefined || items.areHandedOn) continue;
      const keepers = [...items.taken].filter(([, count]) => count > 0);
      if (items.count > 0 || items.unfinished === 0 || keepers.length === 0) continue;
      if (!keepers.every(([keeper]) => isDoneWith(keeper, object, time - patience))) continue;
      const [[keeper]] = keepers as [[PlayedThread, number]];
      found.push({
        kind: "unfinished-items",
        message:
          `${thread.label} waited ${length(time - since)} for all items of ${object.label} to be reported as done, to the ` +
          `last: ${items.unfinished} ${items.unfinished === 1 ? "is" : "are"} not, and who took them ${how(keeper)}.`,
        places: [{ what: `${thread.label} joins ${object.label}`, site }, ...nextOf(keeper, object)],
        ...{ about: `${object.id}`, weight: time - since },
      });
    }
    return found;
  }

  #tooMany(thread: PlayedThread, queue: PlayedObject, site: number): void {
    if (this.#found.length === MOST_KEPT) return;
    this.#found.push({
      kind: "excess-task-done",
      message: `${thread.label} reported one item of ${queue.label} more as done than were put.`,
      places: [{ what: `${thread.label} calls taskDone`, site }],
      ...{ about: `${queue.id}`, weight: 1 },
    });
  }

  #of(queue: PlayedObject): Items {
    let items = this.#queues.get(queue);
    if (items === undefined) {
      items = { count: 0, unfinished: 0, areHandedOn: false, taken: new Map() };
      this.#queues.set(queue, items);
    }
    return items;
  }
}

/** The thread is over, or has waited for its next item since that moment: it does not report the last one any more. */
function isDoneWith(thread: PlayedThread, queue: PlayedObject, moment: number): boolean {
  if (thread.ended < Number.POSITIVE_INFINITY) return true;
  const waits = [...(thread.wait === undefined ? [] : [thread.wait]), ...thread.taskWaits.values()];
  return waits.some((wait) => wait.object === queue && (wait.flags & FLAGS.join) === 0 && wait.since <= moment);
}

function how(thread: PlayedThread): string {
  return thread.ended < Number.POSITIVE_INFINITY ? "is over" : "waits for the next one";
}

function nextOf(thread: PlayedThread, queue: PlayedObject): readonly { what: string; site: number }[] {
  const { wait } = thread;
  return wait?.object === queue ? [{ what: `${thread.label} waits for the next one`, site: wait.site }] : [];
}
