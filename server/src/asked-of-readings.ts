import { lifeFaultsOf } from "./facts/resource-states.js";
import { staleViewsOf } from "./facts/stale-views.js";
import { usesAfterTransferOf } from "./facts/transferred.js";
import { unreportedDeliveries } from "./facts/unreported-deliveries.js";
import type { FileReadings } from "./file-readings.js";
import type { ModuleState } from "./model/module-state.js";
import { oncePer } from "./model/once-per.js";
import { closingsOf } from "./summaries/closings.js";
import { type Interleavings, interleavingsOf } from "./summaries/interleavings.js";
import { abandonedSettlers, leftWaiters } from "./summaries/settling.js";

/** What is asked of the readings of one file. */
export const asked = {
  failures: ({ failure }: FileReadings) => (failure === undefined ? [] : [failure]),
  staleWrites: between(({ staleWrites }) => staleWrites),
  leftSet: between(({ leftSet }) => leftSet),
  overwrittenNotes: between(({ overwrittenNotes }) => overwrittenNotes),
  restarts: between(({ restarts }) => restarts),
  keptIndexes: between(({ keptIndexes }) => keptIndexes),
  outsideChecks: between(({ outsideChecks }) => outsideChecks),
  floatingWork: between(({ floatingWork }) => floatingWork),
  fileChecks: from(
    ({ tasks }) => tasks,
    ({ fileChecks }) => fileChecks,
  ),
  changedWalks: from(
    ({ tasks }) => tasks,
    ({ changedWalks }) => changedWalks,
  ),
  lifeFaults: from(({ resources }) => resources, lifeFaultsOf),
  queues: (file: FileReadings) => file.queues,
  unreportedDeliveries: from(({ queues }) => queues, unreportedDeliveries),
  staleViews: from(({ memories }) => memories, staleViewsOf),
  usesAfterTransfer: from(({ transfers }) => transfers, usesAfterTransferOf),
  closings: from(({ lives }) => lives, closingsOf),
  abandonedSettlers: from(({ settling }) => settling, abandonedSettlers),
  leftWaiters: from(({ settling }) => settling, leftWaiters),
  countedWaits: from(
    ({ settling }) => settling,
    ({ counted }) => counted,
  ),
  skippedNotifies: from(
    ({ settling }) => settling,
    ({ skipped }) => skipped,
  ),
  uncertainReceives: from(
    ({ settling }) => settling,
    ({ receives }) => receives,
  ),
  raceLosers: from(
    ({ promises }) => promises,
    ({ raceLosers }) => raceLosers,
  ),
  earlyDisposals: from(
    ({ promises }) => promises,
    ({ earlyDisposals }) => earlyDisposals,
  ),
  loopCaptures: from(
    ({ promises }) => promises,
    ({ loopCaptures }) => loopCaptures,
  ),
  ignoredCallbacks: from(
    ({ promises }) => promises,
    ({ ignoredCallbacks }) => ignoredCallbacks,
  ),
  unfinishedObjects: from(
    ({ promises }) => promises,
    ({ unfinishedObjects }) => unfinishedObjects,
  ),
  floating: from(
    ({ promises }) => promises,
    ({ floating }) => floating,
  ),
  repeatableReleases: from(
    ({ exchanges }) => exchanges,
    ({ repeatableReleases }) => repeatableReleases,
  ),
  lateResets: from(
    ({ exchanges }) => exchanges,
    ({ lateResets }) => lateResets,
  ),
  lateClears: from(
    ({ exchanges }) => exchanges,
    ({ lateClears }) => lateClears,
  ),
  lostErrors: from(
    ({ replies }) => replies,
    ({ lostErrors }) => lostErrors,
  ),
  uncaughtReplies: from(
    ({ replies }) => replies,
    ({ uncaughtReplies }) => uncaughtReplies,
  ),
  unheardPeers: from(
    ({ peers }) => peers,
    ({ unheard }) => unheard,
  ),
  lateListeners: from(
    ({ peers }) => peers,
    ({ late }) => late,
  ),
  earlyStarts: (file: FileReadings) => file.earlyStarts,
  ownedFaults: (file: FileReadings) => file.ownedFaults,
  busyWaits: (file: FileReadings) => file.busyWaits,
  stateKeys: from(
    ({ moduleStates }) => moduleStates,
    ({ variables }) => variables.map(({ key }) => key),
  ),
  replacedContainers: (file: FileReadings) => file.replacedContainers,
};

/** What the parts of a reading come to, one after the other. */
function from<P, T>(
  parts: (file: FileReadings) => readonly P[],
  look: (part: P) => readonly T[],
): (file: FileReadings) => readonly T[] {
  return (file) => parts(file).flatMap(look);
}

/** What tasks of one thread do to each other where they wait: nobody else writes their state. */
function between<T>(look: (found: Interleavings) => readonly T[]): (file: FileReadings) => readonly T[] {
  return from(({ tasks }) => tasks.map(interleavingsOf), look);
}

/** The states of files that may name one of these variables. Most name none at all, and need not be searched. */
export const statesWith = oncePer((keys: readonly string[]): ((file: FileReadings) => readonly ModuleState[]) => {
  const all = new Set(keys);
  return ({ moduleStates }) => moduleStates.filter(({ names }) => names.some((key) => all.has(key)));
});
