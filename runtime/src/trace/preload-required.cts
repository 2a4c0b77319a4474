/** What workers that run a string load instead of `preload.ts`, with `--require`, which waits for no module. */
const { getEnvironmentData } = require("node:worker_threads") as typeof import("node:worker_threads");

// As in `session.ts`: what is not recorded loads no more than this.
if (getEnvironmentData("heddle.trace.1") !== undefined) {
  const { recordPlainThread } = require("./plain-threads.js") as typeof import("./plain-threads.js");
  recordPlainThread();
}
