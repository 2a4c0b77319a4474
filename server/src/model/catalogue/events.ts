import type { Effect, LibraryModel } from "./format.js";
import { fromWorker } from "./worker-threads.js";

const once: Effect = { effect: "hear", from: 0, hears: { ...fromWorker, event: 1 } };

/** Node's emitters: https://nodejs.org/api/events.html */
export const events: LibraryModel = {
  module: "events",
  classes: {},
  members: {
    once,
    // In Node's own declarations it is a static method that the module hands out.
    "EventEmitter.once": once,
  },
};
