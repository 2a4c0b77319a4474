import { type BusyWait, busyWaitsOf } from "./model/asking-loops.js";
import { type EarlyStart, earlyStartsOf } from "./model/early-starts.js";
import { exchangesOf, type FileExchanges } from "./model/exchanges.js";
import { forgetNodes } from "./model/file-nodes.js";
import { type FilePeers, peersOf } from "./model/file-peers.js";
import type { FileLives } from "./model/life-function.js";
import { livesOf } from "./model/lives.js";
import { memoriesOf } from "./model/memories.js";
import type { FileMemory } from "./model/memory-function.js";
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

/** What single files say by their text alone: each lasts as long as the text. */
export interface FileReadings {
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
}

/** Which files a reading gave up. */
export class FailedReadings {
  readonly #failures = new Map<string, { readonly tree: ts.SourceFile; readonly reason: string }>();

  /** The first reason for each file, in one readable line. */
  get all(): readonly string[] {
    return [...this.#failures].map(([file, { reason }]) => `${file}: is not understood as a whole: ${reason}`);
  }

  note(tree: ts.SourceFile, error: unknown): void {
    if (this.#failures.has(tree.fileName)) return;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#failures.set(tree.fileName, { tree, reason });
  }

  /** Forgets files that are gone or have another text. */
  forget(treeOf: (file: string) => ts.SourceFile | undefined): void {
    for (const [file, { tree }] of this.#failures) if (treeOf(file) !== tree) this.#failures.delete(file);
  }

  copy(): FailedReadings {
    const copy = new FailedReadings();
    for (const [file, failure] of this.#failures) copy.#failures.set(file, failure);
    return copy;
  }
}

/** Reads every file. A mistake in one reading must not take with it what is found elsewhere: it is noted, and reads nothing. */
export function readFiles(
  files: readonly string[],
  treeOf: (file: string) => ts.SourceFile | undefined,
  failed: FailedReadings,
): FileReadings {
  failed.forget(treeOf);
  // One file after the other: a tree that was walked a moment ago is still near the processor.
  const read = files.flatMap((file) => {
    const tree = treeOf(file);
    return tree ? readFile(tree, failed) : [];
  });
  forgetNodes();
  return {
    tasks: read.flatMap(({ tasks }) => tasks),
    settling: read.flatMap(({ settling }) => settling),
    lives: read.flatMap(({ lives }) => lives),
    memories: read.flatMap(({ memories }) => memories),
    promises: read.flatMap(({ promises }) => promises),
    transfers: read.flatMap(({ transfers }) => transfers),
    peers: read.flatMap(({ peers }) => peers),
    resources: read.flatMap(({ resources }) => resources),
    ownedFaults: read.flatMap(({ ownedFaults }) => ownedFaults),
    earlyStarts: read.flatMap(({ earlyStarts }) => earlyStarts),
    busyWaits: read.flatMap(({ busyWaits }) => busyWaits),
    replacedContainers: read.flatMap(({ replacedContainers }) => replacedContainers),
    queues: read.flatMap(({ queues }) => queues),
    exchanges: read.flatMap(({ exchanges }) => exchanges),
    replies: read.flatMap(({ replies }) => replies),
  };
}

const known = new WeakMap<ts.SourceFile, FileReadings>();

function readFile(tree: ts.SourceFile, failed: FailedReadings): FileReadings {
  const kept = known.get(tree);
  if (kept) return kept;
  let isWhole = true;
  const read = <T>(reading: (tree: ts.SourceFile) => readonly T[]): readonly T[] => {
    try {
      return reading(tree);
    } catch (error) {
      isWhole = false;
      failed.note(tree, error);
      return [];
    }
  };
  const readings: FileReadings = {
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
  if (isWhole) known.set(tree, readings);
  return readings;
}
