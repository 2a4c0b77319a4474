// Generated from the files of this folder; `UPDATE=1 npm test` writes it anew.
import { rule as abandonedProducer } from "./abandoned-producer.js";
import { rule as acquireInFinally } from "./acquire-in-finally.js";
import { rule as acquireInsideTry } from "./acquire-inside-try.js";
import { rule as asyncCallbackIgnored } from "./async-callback-ignored.js";
import { rule as asyncCallbackInSyncLock } from "./async-callback-in-sync-lock.js";
import { rule as asyncConstructor } from "./async-constructor.js";
import { rule as asyncLockReacquired } from "./async-lock-reacquired.js";
import { rule as atomicsLostUpdate } from "./atomics-lost-update.js";
import { rule as atomicsOnNonIntegerView } from "./atomics-on-non-integer-view.js";
import { rule as atomicsWaitUnsupportedView } from "./atomics-wait-unsupported-view.js";
import { rule as awaitInUpdate } from "./await-in-update.js";
import { rule as barrierPartyMismatch } from "./barrier-party-mismatch.js";
import { rule as blockingApplyInLoop } from "./blocking-apply-in-loop.js";
import { rule as blockingEventLoop } from "./blocking-event-loop.js";
import { rule as blockingWhileLocked } from "./blocking-while-locked.js";
import { rule as busyWait } from "./busy-wait.js";
import { rule as cacheStampede } from "./cache-stampede.js";
import { rule as callbackBeforeReset } from "./callback-before-reset.js";
import { rule as callbackWhileLocked } from "./callback-while-locked.js";
import { rule as capturedVariableInTask } from "./captured-variable-in-task.js";
import { rule as changeOutsideLock } from "./change-outside-lock.js";
import { rule as checkOutsideLock } from "./check-outside-lock.js";
import { rule as checkThenAct } from "./check-then-act.js";
import { rule as clearedAfterAwait } from "./cleared-after-await.js";
import { rule as closeWithoutDrain } from "./close-without-drain.js";
import { rule as conditionLockMismatch } from "./condition-lock-mismatch.js";
import { rule as conditionWithoutLock } from "./condition-without-lock.js";
import { rule as countInsideTask } from "./count-inside-task.js";
import { rule as discardedGuard } from "./discarded-guard.js";
import { rule as doubleCheckedLocking } from "./double-checked-locking.js";
import { rule as doubleTransfer } from "./double-transfer.js";
import { rule as duplicateLazyInit } from "./duplicate-lazy-init.js";
import { rule as emptyCriticalSection } from "./empty-critical-section.js";
import { rule as errorLostInMessage } from "./error-lost-in-message.js";
import { rule as fileCheckThenUse } from "./file-check-then-use.js";
import { rule as flagNotRestored } from "./flag-not-restored.js";
import { rule as floatingPromise } from "./floating-promise.js";
import { rule as gapBetweenAcquireAndTry } from "./gap-between-acquire-and-try.js";
import { rule as guardedByViolation } from "./guarded-by-violation.js";
import { rule as ignoredAcquireResult } from "./ignored-acquire-result.js";
import { rule as ignoredAsyncResult } from "./ignored-async-result.js";
import { rule as ignoredCompareExchange } from "./ignored-compare-exchange.js";
import { rule as inconsistentLock } from "./inconsistent-lock.js";
import { rule as instanceLockForStaticState } from "./instance-lock-for-static-state.js";
import { rule as instanceLockOrder } from "./instance-lock-order.js";
import { rule as invalidGuard } from "./invalid-guard.js";
import { rule as invalidSharedOffset } from "./invalid-shared-offset.js";
import { rule as invalidTransfer } from "./invalid-transfer.js";
import { rule as iterationAcrossAwait } from "./iteration-across-await.js";
import { rule as leakedRaceLoser } from "./leaked-race-loser.js";
import { rule as listenerAfterAwait } from "./listener-after-await.js";
import { rule as lockHeldAcrossAwait } from "./lock-held-across-await.js";
import { rule as lockNotReleased } from "./lock-not-released.js";
import { rule as lockNotReleasedOnThrow } from "./lock-not-released-on-throw.js";
import { rule as lockOrderInversion } from "./lock-order-inversion.js";
import { rule as lockPerCall } from "./lock-per-call.js";
import { rule as lockReacquired } from "./lock-reacquired.js";
import { rule as lockReleasedEarly } from "./lock-released-early.js";
import { rule as lockedThenAcquire } from "./locked-then-acquire.js";
import { rule as loopVariableCapture } from "./loop-variable-capture.js";
import { rule as missingMainGuard } from "./missing-main-guard.js";
import { rule as missingTransfer } from "./missing-transfer.js";
import { rule as mixedAtomicAccess } from "./mixed-atomic-access.js";
import { rule as neverNotifiedWait } from "./never-notified-wait.js";
import { rule as nonAtomicSharedUpdate } from "./non-atomic-shared-update.js";
import { rule as notifyOneOfMany } from "./notify-one-of-many.js";
import { rule as overrideDropsLock } from "./override-drops-lock.js";
import { rule as pendingOnExit } from "./pending-on-exit.js";
import { rule as plainSpin } from "./plain-spin.js";
import { rule as poolLifecycleOrder } from "./pool-lifecycle-order.js";
import { rule as poolNotClosed } from "./pool-not-closed.js";
import { rule as pooledBufferTransfer } from "./pooled-buffer-transfer.js";
import { rule as prototypeLostInMessage } from "./prototype-lost-in-message.js";
import { rule as queueInProcessPool } from "./queue-in-process-pool.js";
import { rule as reassignableLock } from "./reassignable-lock.js";
import { rule as releaseAfterFailedAcquire } from "./release-after-failed-acquire.js";
import { rule as releaseWithoutAcquire } from "./release-without-acquire.js";
import { rule as repeatableRelease } from "./repeatable-release.js";
import { rule as returnBeforeDispose } from "./return-before-dispose.js";
import type { Rule } from "./rule.js";
import { rule as runInsteadOfStart } from "./run-instead-of-start.js";
import { rule as rwlockUpgrade } from "./rwlock-upgrade.js";
import { rule as selfBlockingThread } from "./self-blocking-thread.js";
import { rule as semaphoreImbalance } from "./semaphore-imbalance.js";
import { rule as sharedContainerReassigned } from "./shared-container-reassigned.js";
import { rule as splitCriticalSection } from "./split-critical-section.js";
import { rule as staleAnnotation } from "./stale-annotation.js";
import { rule as staleCheckAfterAwait } from "./stale-check-after-await.js";
import { rule as staleMemoryView } from "./stale-memory-view.js";
import { rule as staleValueAfterAwait } from "./stale-value-after-await.js";
import { rule as taskDoneMismatch } from "./task-done-mismatch.js";
import { rule as threadConfinementViolation } from "./thread-confinement-violation.js";
import { rule as threadLocalPerCall } from "./thread-local-per-call.js";
import { rule as threadNotJoined } from "./thread-not-joined.js";
import { rule as threadStartInConstructor } from "./thread-start-in-constructor.js";
import { rule as threadStartedTwice } from "./thread-started-twice.js";
import { rule as tornSharedValue } from "./torn-shared-value.js";
import { rule as unawaitedAcquire } from "./unawaited-acquire.js";
import { rule as unawaitedWorkInLock } from "./unawaited-work-in-lock.js";
import { rule as uncalledAbort } from "./uncalled-abort.js";
import { rule as uncaughtReply } from "./uncaught-reply.js";
import { rule as uncheckedLease } from "./unchecked-lease.js";
import { rule as uncloneableMessage } from "./uncloneable-message.js";
import { rule as uncorrelatedReply } from "./uncorrelated-reply.js";
import { rule as unguardedSharedMutation } from "./unguarded-shared-mutation.js";
import { rule as unguardedSharedRead } from "./unguarded-shared-read.js";
import { rule as unhandledWorkerError } from "./unhandled-worker-error.js";
import { rule as unsafePublication } from "./unsafe-publication.js";
import { rule as unserializedSection } from "./unserialized-section.js";
import { rule as unsharedModuleState } from "./unshared-module-state.js";
import { rule as unsupportedByServer } from "./unsupported-by-server.js";
import { rule as unusedFencingToken } from "./unused-fencing-token.js";
import { rule as useAfterTransfer } from "./use-after-transfer.js";
import { rule as waitNotifyMismatch } from "./wait-notify-mismatch.js";
import { rule as waitOutsideLoop } from "./wait-outside-loop.js";
import { rule as waitWithSecondLock } from "./wait-with-second-lock.js";

/** Every rule by its id. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ["abandoned-producer", abandonedProducer],
  ["acquire-in-finally", acquireInFinally],
  ["acquire-inside-try", acquireInsideTry],
  ["async-callback-ignored", asyncCallbackIgnored],
  ["async-callback-in-sync-lock", asyncCallbackInSyncLock],
  ["async-constructor", asyncConstructor],
  ["async-lock-reacquired", asyncLockReacquired],
  ["atomics-lost-update", atomicsLostUpdate],
  ["atomics-on-non-integer-view", atomicsOnNonIntegerView],
  ["atomics-wait-unsupported-view", atomicsWaitUnsupportedView],
  ["await-in-update", awaitInUpdate],
  ["barrier-party-mismatch", barrierPartyMismatch],
  ["blocking-apply-in-loop", blockingApplyInLoop],
  ["blocking-event-loop", blockingEventLoop],
  ["blocking-while-locked", blockingWhileLocked],
  ["busy-wait", busyWait],
  ["cache-stampede", cacheStampede],
  ["callback-before-reset", callbackBeforeReset],
  ["callback-while-locked", callbackWhileLocked],
  ["captured-variable-in-task", capturedVariableInTask],
  ["change-outside-lock", changeOutsideLock],
  ["check-outside-lock", checkOutsideLock],
  ["check-then-act", checkThenAct],
  ["cleared-after-await", clearedAfterAwait],
  ["close-without-drain", closeWithoutDrain],
  ["condition-lock-mismatch", conditionLockMismatch],
  ["condition-without-lock", conditionWithoutLock],
  ["count-inside-task", countInsideTask],
  ["discarded-guard", discardedGuard],
  ["double-checked-locking", doubleCheckedLocking],
  ["double-transfer", doubleTransfer],
  ["duplicate-lazy-init", duplicateLazyInit],
  ["empty-critical-section", emptyCriticalSection],
  ["error-lost-in-message", errorLostInMessage],
  ["file-check-then-use", fileCheckThenUse],
  ["flag-not-restored", flagNotRestored],
  ["floating-promise", floatingPromise],
  ["gap-between-acquire-and-try", gapBetweenAcquireAndTry],
  ["guarded-by-violation", guardedByViolation],
  ["ignored-acquire-result", ignoredAcquireResult],
  ["ignored-async-result", ignoredAsyncResult],
  ["ignored-compare-exchange", ignoredCompareExchange],
  ["inconsistent-lock", inconsistentLock],
  ["instance-lock-for-static-state", instanceLockForStaticState],
  ["instance-lock-order", instanceLockOrder],
  ["invalid-guard", invalidGuard],
  ["invalid-shared-offset", invalidSharedOffset],
  ["invalid-transfer", invalidTransfer],
  ["iteration-across-await", iterationAcrossAwait],
  ["leaked-race-loser", leakedRaceLoser],
  ["listener-after-await", listenerAfterAwait],
  ["lock-held-across-await", lockHeldAcrossAwait],
  ["lock-not-released-on-throw", lockNotReleasedOnThrow],
  ["lock-not-released", lockNotReleased],
  ["lock-order-inversion", lockOrderInversion],
  ["lock-per-call", lockPerCall],
  ["lock-reacquired", lockReacquired],
  ["lock-released-early", lockReleasedEarly],
  ["locked-then-acquire", lockedThenAcquire],
  ["loop-variable-capture", loopVariableCapture],
  ["missing-main-guard", missingMainGuard],
  ["missing-transfer", missingTransfer],
  ["mixed-atomic-access", mixedAtomicAccess],
  ["never-notified-wait", neverNotifiedWait],
  ["non-atomic-shared-update", nonAtomicSharedUpdate],
  ["notify-one-of-many", notifyOneOfMany],
  ["override-drops-lock", overrideDropsLock],
  ["pending-on-exit", pendingOnExit],
  ["plain-spin", plainSpin],
  ["pool-lifecycle-order", poolLifecycleOrder],
  ["pool-not-closed", poolNotClosed],
  ["pooled-buffer-transfer", pooledBufferTransfer],
  ["prototype-lost-in-message", prototypeLostInMessage],
  ["queue-in-process-pool", queueInProcessPool],
  ["reassignable-lock", reassignableLock],
  ["release-after-failed-acquire", releaseAfterFailedAcquire],
  ["release-without-acquire", releaseWithoutAcquire],
  ["repeatable-release", repeatableRelease],
  ["return-before-dispose", returnBeforeDispose],
  ["run-instead-of-start", runInsteadOfStart],
  ["rwlock-upgrade", rwlockUpgrade],
  ["self-blocking-thread", selfBlockingThread],
  ["semaphore-imbalance", semaphoreImbalance],
  ["shared-container-reassigned", sharedContainerReassigned],
  ["split-critical-section", splitCriticalSection],
  ["stale-annotation", staleAnnotation],
  ["stale-check-after-await", staleCheckAfterAwait],
  ["stale-memory-view", staleMemoryView],
  ["stale-value-after-await", staleValueAfterAwait],
  ["task-done-mismatch", taskDoneMismatch],
  ["thread-confinement-violation", threadConfinementViolation],
  ["thread-local-per-call", threadLocalPerCall],
  ["thread-not-joined", threadNotJoined],
  ["thread-start-in-constructor", threadStartInConstructor],
  ["thread-started-twice", threadStartedTwice],
  ["torn-shared-value", tornSharedValue],
  ["unawaited-acquire", unawaitedAcquire],
  ["unawaited-work-in-lock", unawaitedWorkInLock],
  ["uncalled-abort", uncalledAbort],
  ["uncaught-reply", uncaughtReply],
  ["unchecked-lease", uncheckedLease],
  ["uncloneable-message", uncloneableMessage],
  ["uncorrelated-reply", uncorrelatedReply],
  ["unguarded-shared-mutation", unguardedSharedMutation],
  ["unguarded-shared-read", unguardedSharedRead],
  ["unhandled-worker-error", unhandledWorkerError],
  ["unsafe-publication", unsafePublication],
  ["unserialized-section", unserializedSection],
  ["unshared-module-state", unsharedModuleState],
  ["unsupported-by-server", unsupportedByServer],
  ["unused-fencing-token", unusedFencingToken],
  ["use-after-transfer", useAfterTransfer],
  ["wait-notify-mismatch", waitNotifyMismatch],
  ["wait-outside-loop", waitOutsideLoop],
  ["wait-with-second-lock", waitWithSecondLock],
]);
