/** A main thread that blocked while its own tasks could have gone on. */
import { type Found, length } from "./finding.js";
import { few, type Onlooker } from "./onlooker.js";
import type { Wait } from "./played-program.js";

/** Nothing shorter is told of. */
const SHORTEST = 100e6;
const MOST_KEPT = 1000;

export class BlockedMain implements Onlooker {
  readonly #found: Found[] = [];

  ends({ thread, object, since, site, byTask }: Wait, time: number): void {
    if (byTask || thread.worker !== 0) return;
    for (const waiting of few(thread.taskWaits.values())) {
      const lock = waiting.object;
      if (lock === undefined || !lock.isLock || lock.holds > 0 || this.#found.length === MOST_KEPT) continue;
      const delayed = time - Math.max(since, waiting.since, lock.freeSince);
      if (delayed < SHORTEST) continue;
      const what = object === undefined ? "slept" : `blocked, waiting for ${object.label}`;
      this.#found.push({
        kind: "blocked-main",
        message:
          `${thread.label} ${what}, while one of its tasks could have had ${lock.label}: ` +
          `it was free for ${length(delayed)}, and nobody could take it to the task.`,
        places: [
          { what: `${thread.label} blocked`, site },
          { what: `its task waited for ${lock.label}`, site: waiting.site },
        ],
        ...{ about: `${lock.id}`, weight: delayed },
      });
    }
  }

  found(): readonly Found[] {
    return this.#found;
  }
}
