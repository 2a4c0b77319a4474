import { type BusyWait, busyWaitsOf } from "./model/asking-loops.js";
import { type EarlyStart, earlyStartsOf } from "./model/early-starts.js";
import { exchangesOf, type FileExchanges } from "./model/exchanges.js";
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
  const trees = files.flatMap((file) => treeOf(file) ?? []);
  const read = <T>(reading: (tree: ts.SourceFile) => T): readonly T[] =>
    trees.flatMap((tree): readonly T[] => {
      try {
        return [reading(tree)];
      } catch (error) {
        failed.note(tree, error);
        return [];
      }
    });
  return {
    tasks: read(tasksOf).flat(),
    settling: read((tree) => settlingOf(tree) ?? []).flat(),
    lives: read(livesOf),
    memories: read(memoriesOf),
    promises: read(promisesOf),
    transfers: read(transfersOf),
    peers: read(peersOf),
    resources: read(resourcesOf).flat(),
    ownedFaults: read(ownedFaultsOf).flat(),
    earlyStarts: read(earlyStartsOf).flat(),
    busyWaits: read(busyWaitsOf).flat(),
    replacedContainers: read(replacedContainersOf).flat(),
    queues: read(queuesOf),
    exchanges: read(exchangesOf),
    replies: read(repliesOf),
  };
}
