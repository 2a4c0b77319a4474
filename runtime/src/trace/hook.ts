/** Where the rest of the library asks whether it is recorded: one look at a variable when it is not. */
import { host } from "#host";
import { isolate } from "../isolate.js";
import { Recorder } from "./recorder.js";
import { currentSession } from "./slot.js";

/** What records this thread; undefined when nothing does. */
export let recorder: Recorder | undefined;

/** Begins to record this thread if its program is recorded. */
export function attachRecorder(): void {
  const session = currentSession();
  const { boot } = isolate;
  // A supervisor cleans up after others, and takes no part in the program.
  if (session === undefined || (boot !== undefined && boot.thread === boot.supervisor)) return;
  if (isolate.recorder === undefined) {
    isolate.recorder = Recorder.start(session);
    if (!host.isMainThread) host.onExit(detachRecorder);
  }
  recorder = isolate.recorder as Recorder | undefined;
}

/** Nothing is recorded of this thread from here on. */
export function detachRecorder(): void {
  recorder?.close();
  recorder = undefined;
}

attachRecorder();
