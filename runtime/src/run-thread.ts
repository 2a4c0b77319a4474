/** A thread from the inside: decodes what to do, does it, and leaves in order. */
import { host } from "#host";
import { retain } from "./arena.js";
import { decode, loadForWork } from "./codec.js";
import type { ThreadBoot } from "./host/host.js";
import { isolate } from "./isolate.js";
import { self } from "./self.js";
import { adopt } from "./shared.js";
import { supervisorHeard } from "./supervision.js";
import { announceEnd, releaseHeld, sweepRest } from "./sweep.js";
import { childrenEnded, currentThread, type Thread, type ThreadWork } from "./thread.js";
import { detachRecorder } from "./trace/hook.js";
import { reportUncaught } from "./uncaught.js";

export async function runThread(): Promise<void> {
  const { boot } = isolate;
  if (boot === undefined) return;
  host.release(boot.port);
  host.onUncaught((error) => {
    void reportUncaught(error, currentThread()).finally(() => host.exit(1));
  });
  try {
    // What was shared before this thread started is there from here on.
    if (host.receive === undefined) await supervisorHeard();
    await (await prepare(boot)).run();
  } catch (error) {
    await reportUncaught(error, currentThread());
  }
  await leave();
}

/** Makes this thread's own Thread object, of the class it was started as. */
async function prepare(boot: ThreadBoot): Promise<Thread> {
  await loadForWork(boot.work);
  // The user's modules may see another copy of this library than this one (see isolate.ts): theirs counts.
  const base = isolate.threadClass as typeof Thread;
  const { target, args, type = base, fields } = decode(boot.work) as ThreadWork;
  retain(self);
  const construct = (): Thread => Reflect.construct(base, [{ target, args }], type as typeof Thread) as Thread;
  const thread = Object.assign(adopt(self, construct), fields);
  isolate.currentThread = thread;
  return thread;
}

/** The thread is over when its work is; what it leaves in its event loop does not go on. */
async function leave(): Promise<void> {
  releaseHeld(self);
  while (sweepRest());
  // What is recorded from here on would come after the end of the thread.
  detachRecorder();
  announceEnd(self);
  await childrenEnded();
  host.exit(0);
}
