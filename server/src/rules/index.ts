// Generated from the files of this folder; `UPDATE=1 npm test` writes it anew.
import { rule as asyncCallbackInSyncLock } from "./async-callback-in-sync-lock.js";
import { rule as blockingWhileLocked } from "./blocking-while-locked.js";
import { rule as capturedVariableInTask } from "./captured-variable-in-task.js";
import { rule as lockHeldAcrossAwait } from "./lock-held-across-await.js";
import { rule as lockNotReleased } from "./lock-not-released.js";
import { rule as lockOrderInversion } from "./lock-order-inversion.js";
import { rule as lockReacquired } from "./lock-reacquired.js";
import { rule as neverNotifiedWait } from "./never-notified-wait.js";
import { rule as nonAtomicSharedUpdate } from "./non-atomic-shared-update.js";
import type { Rule } from "./rule.js";
import { rule as selfBlockingThread } from "./self-blocking-thread.js";
import { rule as unguardedSharedMutation } from "./unguarded-shared-mutation.js";

/** Every rule by its id. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ["async-callback-in-sync-lock", asyncCallbackInSyncLock],
  ["blocking-while-locked", blockingWhileLocked],
  ["captured-variable-in-task", capturedVariableInTask],
  ["lock-held-across-await", lockHeldAcrossAwait],
  ["lock-not-released", lockNotReleased],
  ["lock-order-inversion", lockOrderInversion],
  ["lock-reacquired", lockReacquired],
  ["never-notified-wait", neverNotifiedWait],
  ["non-atomic-shared-update", nonAtomicSharedUpdate],
  ["self-blocking-thread", selfBlockingThread],
  ["unguarded-shared-mutation", unguardedSharedMutation],
]);
