import { asked, statesWith } from "./asked-of-readings.js";
import type { LifeFault } from "./facts/resource-states.js";
import type { StaleView } from "./facts/stale-views.js";
import type { UseAfterTransfer } from "./facts/transferred.js";
import type { UnreportedDelivery } from "./facts/unreported-deliveries.js";
import type { FileReadings } from "./file-readings.js";
import { type FunctionView, viewOf } from "./function-view.js";
import type { BusyWait } from "./model/asking-loops.js";
import type { ChangedWalk } from "./model/changed-walks.js";
import type { EarlyDisposal } from "./model/early-disposals.js";
import type { EarlyStart } from "./model/early-starts.js";
import type { FileCheck } from "./model/file-checks.js";
import type { FloatingPromise } from "./model/floating.js";
import type { FloatingWork } from "./model/floating-work.js";
import { eventsOf, type FunctionModel } from "./model/function-model.js";
import type { IgnoredCallback } from "./model/ignored-callbacks.js";
import type { KeptIndex } from "./model/kept-indexes.js";
import type { LateClear } from "./model/late-clears.js";
import type { LateListener } from "./model/late-listeners.js";
import type { LateReset } from "./model/late-resets.js";
import type { LoopCapture } from "./model/loop-captures.js";
import type { LostError } from "./model/lost-errors.js";
import { moduleStateOf } from "./model/module-state.js";
import { oncePer } from "./model/once-per.js";
import type { OwnedFault } from "./model/owned-resources.js";
import { contains, type Path, pathKey } from "./model/path.js";
import type { RaceLoser } from "./model/race-losers.js";
import type { RepeatableRelease } from "./model/releasers.js";
import type { ReplacedContainer } from "./model/replaced-containers.js";
import type { Restart } from "./model/restarts.js";
import type { OutsideCheck } from "./model/sections.js";
import type { CountedWait, SkippedNotify, UncertainReceive } from "./model/settling.js";
import type { UncaughtReply } from "./model/uncaught-replies.js";
import type { UnfinishedObject } from "./model/unfinished-objects.js";
import type { UnheardPeer } from "./model/unheard-peers.js";
import { asksForThread } from "./source/asked-thread.js";
import { type Site, siteKey } from "./source/site.js";
import { type AbandonedProducer, abandonedProducers } from "./summaries/abandoned-producers.js";
import { calleesOf } from "./summaries/call-graph.js";
import type { Closing } from "./summaries/closings.js";
import { spawnedIn } from "./summaries/connections.js";
import { type DroppedLock, findDroppedLocks } from "./summaries/dropped-locks.js";
import { type InstanceLock, instanceLocks } from "./summaries/instance-locks.js";
import type { Interleaving, LeftSet, OverwrittenNote } from "./summaries/interleavings.js";
import { findLateCounts, type LateCount } from "./summaries/late-counts.js";
import { findLoadedStarts, type LoadedStart } from "./summaries/loaded-starts.js";
import { areLoadedTogether } from "./summaries/loaded-together.js";
import { findLockCycles, type LockCycle, type LockEdge, lockEdges } from "./summaries/lock-order.js";
import { type FileFacts, inFunctions, type ProgramFacts } from "./summaries/program-facts.js";
import { findPublications, type Publication } from "./summaries/publications.js";
import {
  findMixedAccesses,
  findRaces,
  findSteppedUpdates,
  findUnguardedReads,
  type MixedAccess,
  type Race,
  type UnguardedRead,
} from "./summaries/races.js";
import type { AbandonedSettlers, LeftWaiter } from "./summaries/settling.js";
import { findSplitSections, type SplitSection } from "./summaries/split-sections.js";
import type { FunctionFacts } from "./summaries/summarise.js";
import type { DemandSummary } from "./summaries/summary.js";
import { type Execution, findExecutions, startOf, type Thread } from "./summaries/threads.js";
import { endsToldByQueues } from "./summaries/told-ends.js";
import { type UnfinishedQueue, unfinishedQueues } from "./summaries/unfinished-queues.js";
import { findUnsharedState, type UnsharedState } from "./summaries/unshared-state.js";
import {
  findLockedWaits,
  findSelfWaits,
  findUnheardWaits,
  type LockedWait,
  type SelfWait,
  type UnheardWait,
} from "./summaries/waiting.js";
import type { Workbench } from "./workbench.js";

export { catchesFailures } from "./facts/caught-failures.js";
export type { HeldLock, Lockset } from "./facts/locksets.js";
export { permitFaults } from "./facts/permits.js";
export type { LifeFault } from "./facts/resource-states.js";
export type { FunctionView, NestedAcquire } from "./function-view.js";
export type { LockMention } from "./model/annotation-words.js";
export { Catalogue, type LibraryModel } from "./model/catalogue/index.js";
export type { Event, Meet, Operate, ViewShape } from "./model/events.js";
export type { FloatingPromise } from "./model/floating.js";
export { type Capture, eventsOf, type Node } from "./model/function-model.js";
export type { IgnoredCallback } from "./model/ignored-callbacks.js";
export { mainCalls } from "./model/main-calls.js";
export { isSameOutside, outside } from "./model/outside.js";
export { type Path, pathKey } from "./model/path.js";
export type { State } from "./model/state.js";
export type { UnheardPeer } from "./model/unheard-peers.js";
export { calleesOf } from "./summaries/call-graph.js";
export type { Closing } from "./summaries/closings.js";
export { heldFor } from "./summaries/demands.js";
export type { DroppedLock } from "./summaries/dropped-locks.js";
export type { InstanceLock } from "./summaries/instance-locks.js";
export type { Interleaving } from "./summaries/interleavings.js";
export type { LateCount } from "./summaries/late-counts.js";
export type { LoadedStart } from "./summaries/loaded-starts.js";
export type { LockCycle, LockEdge } from "./summaries/lock-order.js";
export type { Publication } from "./summaries/publications.js";
export {
  type Guard,
  guardedObjects,
  type Race,
  type Relation,
  relate,
  type ThreadAccess,
  type UnguardedRead,
} from "./summaries/races.js";
export type { SplitSection } from "./summaries/split-sections.js";

export {
  type AccessSummary,
  type AcquireSummary,
  type DemandSummary,
  KEPT,
  type PauseSummary,
  type SignalSummary,
  type Trail,
} from "./summaries/summary.js";
export { type Execution, startOf, type Thread } from "./summaries/threads.js";

export type { LockedWait } from "./summaries/waiting.js";

/** All that rules may ask. Read-only; what is asked is computed once. */
export class Program {
  readonly bench: Workbench;
  readonly #facts: ProgramFacts;
  #executions: readonly Execution[] | undefined;
  #races: readonly Race[] | undefined;
  #stepped: readonly Race[] | undefined;
  #mixed: readonly MixedAccess[] | undefined;
  #unguardedReads: readonly UnguardedRead[] | undefined;
  #publications: readonly Publication[] | undefined;
  #splitSections: readonly SplitSection[] | undefined;
  #cycles: readonly LockCycle[] | undefined;
  #released: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  #calledRepeatedly: ReadonlySet<string> | undefined;
  #spins: ReadonlySet<string> | undefined;
  #droppedLocks: readonly DroppedLock[] | undefined;
  #unmetDemands: readonly DemandSummary[] | undefined;
  #unheard: readonly UnheardWait[] | undefined;
  #selfWaits: readonly SelfWait[] | undefined;
  #lockedWaits: readonly LockedWait[] | undefined;
  readonly #readings: readonly FileReadings[];
  #staleWrites: readonly Interleaving[] | undefined;
  #sharedSites: ReadonlySet<string> | undefined;

  constructor(facts: ProgramFacts, readings: readonly FileReadings[], bench: Workbench) {
    this.#facts = facts;
    this.#readings = readings;
    this.bench = bench;
  }

  /** What the files say by their text alone, one after the other; see `Gathered`. */
  #read<T>(look: (file: FileReadings) => readonly T[]): readonly T[] {
    return this.#facts.gathered.from(this.#readings, look);
  }

  /** Why files are not understood as a whole, a readable line for each. */
  get unread(): readonly string[] {
    return this.#read(asked.failures);
  }

  /** In the order of the files and their text. */
  get functions(): readonly FunctionView[] {
    return views(this.#facts);
  }

  /** The same, by file. */
  get files(): readonly FileViews[] {
    return this.#facts.gathered.from(this.#facts.files, viewsIn);
  }

  /**
   * What `look` sees in the functions, one after the other. A file is looked at once, until something is known anew of
   * its functions: `look` must be the same function each time, and rest on nothing but the function it is given.
   */
  seenIn<T>(look: (fn: FunctionView) => readonly T[]): readonly T[] {
    return looking(look)(this.#facts) as readonly T[];
  }

  facts(id: string): FunctionFacts | undefined {
    return this.#facts.get(id);
  }

  /** A function by its id, as rules see it. */
  view(id: string): FunctionView | undefined {
    const facts = this.#facts.get(id);
    return facts && viewOf(facts);
  }

  /** What runs together: an entry and its threads. */
  get executions(): readonly Execution[] {
    this.#executions ??= findExecutions(this.#facts);
    return this.#executions;
  }

  get races(): readonly Race[] {
    this.#races ??= this.executions.flatMap(findRaces);
    return this.#races;
  }

  /** The lock under which an access is made that each object has for itself; undefined where another one is held, or none. */
  instanceLockAt(site: Site): InstanceLock | undefined {
    return instanceLocks(this.#facts).get(siteKey(site));
  }

  /** Reads without the lock under which other threads change what is read. */
  get unguardedReads(): readonly UnguardedRead[] {
    this.#unguardedReads ??= this.executions.flatMap(findUnguardedReads);
    return this.#unguardedReads;
  }

  /** Reads and changes of one cell in two sections of one lock, where others may change it in between. */
  get splitSections(): readonly SplitSection[] {
    this.#splitSections ??= this.executions.flatMap(findSplitSections);
    return this.#splitSections;
  }

  /** Words by which one thread may tell another that something is there. */
  get publications(): readonly Publication[] {
    this.#publications ??= this.executions.flatMap(findPublications);
    return this.#publications;
  }

  /** Updates whose read and write are both atomic, and apart. */
  get steppedUpdates(): readonly Race[] {
    this.#stepped ??= this.executions.flatMap(findSteppedUpdates);
    return this.#stepped;
  }

  /**
   * Writes of one thread's state that rest on what was so before a wait. What threads share is left out: it needs a
   * lock of another kind, and has its own findings.
   */
  get staleWrites(): readonly Interleaving[] {
    this.#staleWrites ??= this.#read(asked.staleWrites).filter(({ put }) => !this.#isShared(put.site));
    return this.#staleWrites;
  }

  /** Flags and counters that somebody tests and that an exception leaves set. */
  get leftSet(): readonly LeftSet[] {
    return this.#read(asked.leftSet);
  }

  /** Threads, pools, workers and processes that are used out of order, or not ended. */
  get lifeFaults(): readonly LifeFault[] {
    const faults = this.#read(asked.lifeFaults);
    const told = faults.some(({ kind }) => kind === "unended") ? endsToldByQueues(this.#read(asked.queues)) : undefined;
    return told
      ? faults.filter(({ kind, resource }) => kind !== "unended" || !told.has(siteKey(resource.site)))
      : faults;
  }

  /** Items that nobody reports as dealt with, of queues whose end somebody waits for. */
  get unfinishedQueues(): readonly UnfinishedQueue[] {
    return unfinishedQueues(this.#read(asked.queues), (one, other) => {
      const modules = new Set(this.#facts.files.map(([first]) => first!.model.site.file));
      return areLoadedTogether(one, other, modules, (file) => this.bench.modulesLoadedBy(file));
    });
  }

  /** Items that are to be reported by themselves, of queues that give them out again, and that nobody reports. */
  get unreportedDeliveries(): readonly UnreportedDelivery[] {
    return this.#read(asked.unreportedDeliveries);
  }

  /** Threads that wait for room in a queue out of which nobody takes any more, while somebody waits for them. */
  get abandonedProducers(): readonly AbandonedProducer[] {
    return abandonedProducers(this.#read(asked.queues));
  }

  /** Views of WebAssembly memories that are used after the memory may have grown. */
  get staleViews(): readonly StaleView[] {
    return this.#read(asked.staleViews);
  }

  /** What is used after a message has taken it along to another thread. */
  get usesAfterTransfer(): readonly UseAfterTransfer[] {
    return this.#read(asked.usesAfterTransfer);
  }

  /** What goes on while an object is closed. */
  get closings(): readonly Closing[] {
    return this.#read(asked.closings);
  }

  /** Promises in a container that only messages settle, though somebody is told when the peer ends. */
  get abandonedSettlers(): readonly AbandonedSettlers[] {
    return this.#read(asked.abandonedSettlers);
  }

  /** Resolvers that a timer leaves in their container, where they get what is meant for others. */
  get leftWaiters(): readonly LeftWaiter[] {
    return this.#read(asked.leftWaiters);
  }

  /** Promises that are settled by the last of many, and by nobody where there are none. */
  get countedWaits(): readonly CountedWait[] {
    return this.#read(asked.countedWaits);
  }

  /** Wake-ups in handlers of messages that an exception passes by. */
  get skippedNotifies(): readonly SkippedNotify[] {
    return this.#read(asked.skippedNotifies);
  }

  /** Notes for which there is one place, although several functions leave one. */
  get overwrittenNotes(): readonly OverwrittenNote[] {
    return this.#read(asked.overwrittenNotes);
  }

  /** Functions of which every event starts another endless chain of runs. */
  get restarts(): readonly Restart[] {
    return this.#read(asked.restarts);
  }

  /** Indices that come out of a record when elements may have moved. */
  get keptIndexes(): readonly KeptIndex[] {
    return this.#read(asked.keptIndexes);
  }

  /** Questions whether a file is there on whose answer a later change rests, with a wait in between. */
  get fileChecks(): readonly FileCheck[] {
    return this.#read(asked.fileChecks);
  }

  /** Constructors that start their own thread before its object is complete. */
  get earlyStarts(): readonly EarlyStart[] {
    return this.#read(asked.earlyStarts);
  }

  /** Threads, pools, workers and processes in private fields that the class does not start, or not end. */
  get ownedFaults(): readonly OwnedFault[] {
    return this.#read(asked.ownedFaults);
  }

  /** Loops that ask again and again for what can be waited for. */
  get busyWaits(): readonly BusyWait[] {
    return this.#read(asked.busyWaits);
  }

  /** Containers of all threads in whose place a variable gets a plain one. */
  get replacedContainers(): readonly ReplacedContainer[] {
    return this.#read(asked.replacedContainers);
  }

  /** Loops through arrays that wait between two steps, while other functions move the elements. */
  get changedWalks(): readonly ChangedWalk[] {
    return this.#read(asked.changedWalks);
  }

  /** What goes on behind races that something else has won. */
  get raceLosers(): readonly RaceLoser[] {
    return this.#read(asked.raceLosers);
  }

  /** Promises that are returned while what they need is ended. */
  get earlyDisposals(): readonly EarlyDisposal[] {
    return this.#read(asked.earlyDisposals).filter(({ isPromise, site }) => isPromise || this.bench.isPromise(site));
  }

  /** Functions that a loop makes for later, with a variable that changes from turn to turn. */
  get loopCaptures(): readonly LoopCapture[] {
    return this.#read(asked.loopCaptures);
  }

  /** Async functions given to methods of lists that know nothing of promises. */
  get ignoredCallbacks(): readonly IgnoredCallback[] {
    return this.#read(asked.ignoredCallbacks).filter(
      ({ kind, isList, list }) => kind === "dropped" || isList || this.bench.isArray(list),
    );
  }

  /** What has to be made at once and is made by an async function. */
  get unfinishedObjects(): readonly UnfinishedObject[] {
    return this.#read(asked.unfinishedObjects);
  }

  /** Functions that give back more than they were given, when they are called twice. */
  get repeatableReleases(): readonly RepeatableRelease[] {
    return this.#read(asked.repeatableReleases);
  }

  /** Functions kept in a field or variable that are taken away only after they were called. */
  get lateResets(): readonly LateReset[] {
    return this.#read(asked.lateResets);
  }

  /** Collections that are handed on as a whole, and emptied after a wait; not where a test before it is what is stale. */
  get lateClears(): readonly LateClear[] {
    const stale = new Set(this.staleWrites.map(({ put }) => siteKey(put.site)));
    return this.#read(asked.lateClears).filter(({ site }) => !stale.has(siteKey(site)));
  }

  /** Promises that nobody has. Those of which a rule of their own knows more are left to it. */
  get floatingPromises(): readonly FloatingPromise[] {
    const known = new Set([...this.floatingWork, ...this.unfinishedObjects].map(({ site }) => siteKey(site)));
    return this.#read(asked.floating).filter(({ site }) => !known.has(siteKey(site)));
  }

  /** Messages about failures that say nothing of them unless an `Error` was thrown. */
  get lostErrors(): readonly LostError[] {
    return this.#read(asked.lostErrors);
  }

  /** Replies whose sending may fail, and nobody catches that. */
  get uncaughtReplies(): readonly UncaughtReply[] {
    return this.#read(asked.uncaughtReplies);
  }

  /** Tests before a lock that are not repeated under it. */
  get outsideChecks(): readonly OutsideCheck[] {
    return this.#read(asked.outsideChecks);
  }

  /** Replies taken from ports in which there may be others, or none. */
  get uncertainReceives(): readonly UncertainReceive[] {
    return this.#read(asked.uncertainReceives);
  }

  /** Work that sections start without waiting for it. */
  get floatingWork(): readonly FloatingWork[] {
    return this.#read(asked.floatingWork);
  }

  #isShared(site: Site): boolean {
    this.#sharedSites ??= new Set(sharedSites(this.#facts));
    return this.#sharedSites.has(siteKey(site));
  }

  get mixedAccesses(): readonly MixedAccess[] {
    this.#mixed ??= this.executions.flatMap(findMixedAccesses);
    return this.#mixed;
  }

  /** What threads take while they hold something else. */
  get lockEdges(): readonly LockEdge[] {
    return this.executions.flatMap(lockEdges);
  }

  get lockCycles(): readonly LockCycle[] {
    this.#cycles ??= this.executions.flatMap(findLockCycles);
    return this.#cycles;
  }

  /** Whether the function goes on after it has returned its promise. */
  goesOnAfterReturn(id: string): boolean {
    return this.#facts.get(id)?.summary.goesOn === true;
  }

  /** Counts that threads raise themselves, while others wait already until they are zero. */
  get lateCounts(): readonly LateCount[] {
    return this.executions.flatMap(findLateCounts);
  }

  /** Variables of modules by which threads seem to tell each other something, although each has its own. */
  get unsharedState(): readonly UnsharedState[] {
    return findUnsharedState(this.executions, {
      states: () => this.#read(statesWith(this.#read(asked.stateKeys))),
      facts: this.#facts,
      stateOf: (file) => moduleStateOf(this.bench.tree(file)),
      loads: (file) => this.bench.modulesLoadedBy(file),
    });
  }

  /** Waits without end that nobody in the program can end. */
  get unheardWaits(): readonly UnheardWait[] {
    this.#unheard ??= this.executions.flatMap((execution) =>
      findUnheardWaits(execution, (on) => this.#mayBeTold(execution, on)),
    );
    return this.#unheard;
  }

  /** Waits that stop the thread whose event loop would have to end them. */
  get selfWaits(): readonly SelfWait[] {
    this.#selfWaits ??= this.executions.flatMap(findSelfWaits);
    return this.#selfWaits;
  }

  /** Waits under a lock for something that needs the lock. */
  get lockedWaits(): readonly LockedWait[] {
    this.#lockedWaits ??= this.executions.flatMap(findLockedWaits);
    return this.#lockedWaits;
  }

  /** Who runs a function: the threads of every execution from which calls lead to it. */
  threadsReaching(id: string): readonly Thread[] {
    return this.executions.flatMap((execution) =>
      [execution.entry, ...execution.threads].filter((thread) => this.#reachedBy(thread).has(id)),
    );
  }

  /** The functions that calls of a thread lead to. */
  reachedBy(thread: Thread): readonly FunctionView[] {
    return [...this.#reachedBy(thread)].flatMap((id) => this.view(id) ?? []);
  }

  readonly #reached = new Map<Thread, ReadonlySet<string>>();

  #reachedBy(thread: Thread): ReadonlySet<string> {
    const known = this.#reached.get(thread);
    if (known) return known;
    const reached = new Set([startOf(thread)]);
    for (const id of reached) {
      const model = this.#facts.get(id)?.model;
      for (const callee of model ? calleesOf(model) : []) reached.add(callee);
    }
    this.#reached.set(thread, reached);
    return reached;
  }

  /** The functions that no other one calls: a module, a thread's function, one for whoever imports it. */
  get roots(): readonly FunctionView[] {
    return this.#facts.gathered.from(this.#facts.files, rootsBy(this.#facts.called));
  }

  /**
   * Places that an annotation allows only under a lock that is not held, on some way there from where nothing is held:
   * an entry, a thread, or a function that anybody may call. Whoever got hold of a nameless or private function may call
   * it under a lock.
   */
  get unmetDemands(): readonly DemandSummary[] {
    const { called } = this.#facts;
    const spawned = spawnedIn(this.#facts);
    this.#unmetDemands ??= demanding(this.#facts)
      .filter(({ model }) => !called.has(model.id))
      .filter(({ model }) => model.entry !== undefined || spawned.has(model.id) || isCallable(model))
      .flatMap(({ summary }) => summary.demands);
    return this.#unmetDemands;
  }

  /** Methods that leave out the lock under which the methods that they stand for do their work. */
  get droppedLocks(): readonly DroppedLock[] {
    this.#droppedLocks ??= findDroppedLocks(this.#facts, this.unmetDemands);
    return this.#droppedLocks;
  }

  /** Workers and processes whose failure nobody hears of. */
  get unheardPeers(): readonly UnheardPeer[] {
    return this.#read(asked.unheardPeers);
  }

  /** Listeners that come after a wait in which what they are for may have happened. */
  get lateListeners(): readonly LateListener[] {
    return this.#read(asked.lateListeners);
  }

  /** Threads that modules start whenever they are loaded, although threads load them. */
  get loadedStarts(): readonly LoadedStart[] {
    const asks = (site: Site, isWorker: boolean): boolean => {
      const tree = this.bench.tree(site.file);
      return tree !== undefined && asksForThread(tree, site, isWorker);
    };
    return findLoadedStarts(this.#facts, (file) => this.bench.modulesLoadedBy(file), asks);
  }

  /** Where a loop does nothing but a plain read of a view, until another thread has written; by the keys of the sites. */
  get spins(): ReadonlySet<string> {
    this.#spins ??= new Set(spinSites(this.#facts));
    return this.#spins;
  }

  /** Whether some function calls this one in a loop. */
  isCalledRepeatedly(id: string): boolean {
    this.#calledRepeatedly ??= new Set(this.seenIn(repeatedCallees));
    return this.#calledRepeatedly.has(id);
  }

  /** Whether code outside the execution may wake who waits there. */
  #mayBeTold(execution: Execution, on: Path): boolean {
    if (on.root.startsWith("named:") && !execution.isComplete) return true;
    const isTold = wakingChannels(this.#facts).some((each) => each.root === on.root && contains(each, on));
    return isTold || this.bench.mayEscape(on);
  }

  /** Whether another function of the program releases a lock that is called like this one. */
  isReleasedElsewhere(lock: Path, by: FunctionModel): boolean {
    this.#released ??= this.#releases();
    return releaseNames(lock, by).some((name) => {
      const functions = this.#released?.get(name);
      return functions !== undefined && (functions.size > 1 || !functions.has(by.id));
    });
  }

  /** By name of the lock, the functions that release one. */
  #releases(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { name, id } of releases(this.#facts)) {
      const functions = found.get(name);
      if (functions) functions.add(id);
      else found.set(name, new Set([id]));
    }
    return found;
  }
}

/** The functions of one file, as rules see them. The same object until something is known anew of one of them. */
export type FileViews = readonly FunctionView[];

const viewsOf = oncePer((file: FileFacts): FileViews => file.map(viewOf));
const viewsIn = (file: FileFacts): readonly FileViews[] => [viewsOf(file)];
const views = inFunctions((facts) => [viewOf(facts)]);
const looking = oncePer((look: (fn: FunctionView) => readonly unknown[]) =>
  inFunctions((facts) => look(viewOf(facts))),
);
const rootsBy = oncePer((called: ReadonlySet<string>) =>
  oncePer((file: FileFacts) => viewsOf(file).filter(({ model }) => !called.has(model.id))),
);
const repeatedCallees = (fn: FunctionView): readonly string[] => fn.repeatedCallees;
const spinSites = inFunctions((facts) => viewOf(facts).spins.map(({ site }) => siteKey(site)));
const demanding = inFunctions((facts) => (facts.summary.demands.length > 0 ? [facts] : []));
const sharedSites = inFunctions(({ model }) => eventsOf(model, "access").map(({ site }) => siteKey(site)));
const wakingChannels = inFunctions(({ model }) =>
  eventsOf(model, "notify").flatMap(({ wakes, on }) => (wakes && on ? [on] : [])),
);
const releases = inFunctions(({ model }) =>
  eventsOf(model, "release").flatMap(({ by, lock }) =>
    by !== "scope" && lock ? releaseNames(lock, model).map((name) => ({ name, id: model.id })) : [],
  ),
);

function isCallable({ name, id }: FunctionModel): boolean {
  const own = id.slice(id.lastIndexOf("/") + 1);
  return name !== "function" && !own.includes("@") && !name.startsWith("#");
}

/**
 * Objects of one class have their lock under one name: another function may release it through another variable, or
 * through the field in which a constructor has put it.
 */
function releaseNames(lock: Path, model: FunctionModel): readonly string[] {
  const key = pathKey(lock);
  const fields = [...model.aliases].flatMap(([field, path]) => (pathKey(path) === key ? [field] : []));
  return [lock.steps.at(-1) ?? lock.root, ...fields.map((field) => field.slice(field.lastIndexOf(".") + 1))];
}
