import type { Related } from "../finding.js";
import type { LockedWait } from "../program.js";
import { calls, others, start } from "./story.js";

/** How a wait under a lock and the thread that needs the lock come together. */
export function lockedWaitStory({ thread, pause, held, other, need, signal }: LockedWait): readonly Related[] {
  const name = held.lock.text;
  const told: Related[] = signal
    ? [{ message: `"${pause.on?.text}" is told here, under "${name}"`, site: signal.site }]
    : [];
  return others(pause.site, [
    { message: `"${name}" is taken here`, site: held.site },
    ...calls(pause),
    { message: `"${other.name}" takes "${name}" here`, site: need.site },
    ...told,
    ...start(other),
    ...start(thread),
  ]);
}
