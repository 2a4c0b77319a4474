/**
 * What processes that a recorded program starts load, and workers that run a string, instead of `preload.ts`: with
 * `--require`, which waits for no module. Any Node.js may be what is started, old ones among them.
 */
const { getEnvironmentData, isMainThread } = require("node:worker_threads") as typeof import("node:worker_threads");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isSupported = major > 20 || (major === 20 && minor >= 19);
// As in `session.ts` and `invitation.ts`: what is not recorded loads no more than this.
if (isMainThread && isSupported && process.env.HEDDLE_TRACE !== undefined) {
  const { recordInvited } = require("./recording.js") as typeof import("./recording.js");
  void recordInvited();
} else if (!isMainThread && getEnvironmentData("heddle.trace.1") !== undefined) {
  const { recordPlainThread } = require("./plain-threads.js") as typeof import("./plain-threads.js");
  void recordPlainThread();
}
