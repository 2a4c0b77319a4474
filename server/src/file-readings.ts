import { type BusyWait, busyWaitsOf } from "./model/asking-loops.js";
import { type EarlyStart, earlyStartsOf } from "./model/early-starts.js";
import { exchangesOf, type FileExchanges } from "./model/exchanges.js";
import { forgetNodes } from "./model/file-nodes.js";
import { type FilePeers, peersOf } from "./model/file-peers.js";
import type { Gathered } from "./model/gathered.js";
import type { FileLives } from "./model/life-function.js";
import { livesOf } from "./model/lives.js";
import { memoriesOf } from "./model/memories.js";
import type { FileMemory } from "./model/memory-function.js";
import { type ModuleState, moduleStateOf } from "./model/module-state.js";
import { type OwnedFault, ownedFaultsOf } from "./model/owned-resources.js";
import { type FilePromises, promisesOf } from "./model/promises.js";
import type { FileQueues } from "./model/queue-function.js";
import { queuesOf } from "./model/queues.js";
import { type ReplacedContainer, replacedContainersOf } from "./model/replaced-containers.js";
import { type FileReplies, repliesOf } from "./model/replies.js";
import type { ResourceFunction } from "./model/resource-function.js";
import { resourcesOf } from "./model/resources.js";
import { settlingOf } from "./model/settlers.js";
import type { FileSettling } from "./model/settling.js";
import { type FileTasks, tasksOf } from "./model/tasks.js";
import type { FileTransfers } from "./model/transfer-function.js";
import { transfersOf } from "./model/transfers.js";
import type { ts } from "./source/syntax.js";

/** What a single file says by its text alone. */
export interface FileReadings {
  /** Why a part of them could not be read, in one readable line. */
  readonly failure: string | undefined;
  readonly tasks: readonly FileTasks[];
  readonly lives: readonly FileLives[];
  readonly settling: readonly FileSettling[];
  readonly memories: readonly FileMemory[];
  readonly promises: readonly FilePromises[];
  readonly transfers: readonly FileTransfers[];
  readonly peers: readonly FilePeers[];
  readonly resources: readonly ResourceFunction[];
  readonly ownedFaults: readonly OwnedFault[];
  readonly queues: readonly FileQueues[];
  readonly exchanges: readonly FileExchanges[];
  readonly replies: readonly FileReplies[];
  readonly earlyStarts: readonly EarlyStart[];
  readonly busyWaits: readonly BusyWait[];
  readonly replacedContainers: readonly ReplacedContainer[];
  /** Read when they are asked for: only programs with several threads ask, and there of every file. */
  readonly moduleStates: readonly ModuleState[];
}

/** Reads every file. */
export function readFiles(trees: readonly ts.SourceFile[], gathered: Gathered): readonly FileReadings[] {
  // One file after the other: a tree that was walked a moment ago is still near the processor.
  const read = gathered.from(trees, readFile);
  forgetNodes();
  return read;
}

const known = new WeakMap<ts.SourceFile, FileReadings>();

/** A mistake in one reading must not take with it what is found elsewhere: it is noted, and reads nothing. */
function readFile(tree: ts.SourceFile): readonly FileReadings[] {
  const kept = known.get(tree);
  if (kept) return [kept];
  let failure: string | undefined;
  const read = <T>(reading: (tree: ts.SourceFile) => readonly T[]): readonly T[] => {
    try {
      return reading(tree);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failure ??= `${tree.fileName}: is not understood as a whole: ${reason}`;
      return [];
    }
  };
  const readings = {
    tasks: read(tasksOf),
    settling: read((each) => [settlingOf(each) ?? []].flat()),
    lives: read((each) => [livesOf(each)]),
    memories: read((each) => [memoriesOf(each)]),
    promises: read((each) => [promisesOf(each)]),
    transfers: read((each) => [transfersOf(each)]),
    peers: read((each) => [peersOf(each)]),
    resources: read(resourcesOf),
    ownedFaults: read(ownedFaultsOf),
    earlyStarts: read(earlyStartsOf),
    busyWaits: read(busyWaitsOf),
    replacedContainers: read(replacedContainersOf),
    queues: read((each) => [queuesOf(each)]),
    exchanges: read((each) => [exchangesOf(each)]),
    replies: read((each) => [repliesOf(each)]),
  };
  const all: FileReadings = {
    ...readings,
    failure,
    get moduleStates() {
      return [moduleStateOf(tree)];
    },
  };
  known.set(tree, all);
  return [all];
}
