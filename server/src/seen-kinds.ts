/**
 * What only a run shows, so that no rule finds it in the source. Comments and configuration may name these as they name
 * rules.
 */
export const seenKinds: ReadonlyMap<string, string> = new Map([
  ["lost-wake-up", "An event that was set and cleared before the wait it was for; seen in recorded runs only"],
  ["excess-task-done", "More items of a queue reported as done than were put; seen in recorded runs only"],
  ["long-hold", "A lock that one thread kept for long while others waited for it; seen in recorded runs only"],
  ["convoy", "Threads that queued for a lock most of the time; seen in recorded runs only"],
  [
    "starvation",
    "A thread that waited for long while others took the lock again and again; seen in recorded runs only",
  ],
]);
