// Generated from the rules that say what they are in a recorded run; `UPDATE=1 npm test` writes it anew.
/** The ids of the rules that find in the source what a recorded run can show. */
export const seenRules = {
  blockedMain: "blocking-event-loop",
  blockedHolder: "blocking-while-locked",
  lockCycle: "lock-order-inversion",
  ownLock: "lock-reacquired",
  unheardWait: "never-notified-wait",
  unfinishedItems: "task-done-mismatch",
};
