import * as vscode from "vscode";
import type { Deadlock, Snapshot } from "../../shared/snapshot.js";
import { deadlockText } from "./deadlock-problems.js";
import type { DebuggedThread } from "./debugged-thread.js";
import { openPlace } from "./open-place.js";
import { listText, threadText } from "./phrases.js";
import type { Timeline } from "./timeline.js";

/** Milliseconds that a thread has to stop. */
const PATIENCE = 5000;
/** Milliseconds that the editor has to go to where one has stopped. */
const EDITOR_PATIENCE = 10_000;

type Party = Deadlock["parties"][number];

/** Stops a program that is debugged in its deadlocks, each thread once, if somebody wants that. */
export class DeadlockStop {
  readonly #timeline: Timeline;
  /** Parties that are dealt with. */
  readonly #dealtWith = new Set<string>();
  #isBusy = false;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  async look({ deadlocks }: Snapshot, threads: Iterable<DebuggedThread>): Promise<void> {
    const lasting = deadlocks.filter((deadlock) => deadlock.until === undefined && this.#left(deadlock).length > 0);
    if (lasting.length === 0 || this.#isBusy) return;
    this.#isBusy = true;
    try {
      const isWanted = vscode.workspace.getConfiguration("heddle.trace").get("breakOnDeadlock") === true;
      for (const deadlock of lasting) {
        if (isWanted) await this.#stop(deadlock, [...threads]);
        else this.#deal(deadlock, deadlock.parties);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #left({ time, parties }: Deadlock): readonly Party[] {
    return parties.filter(({ thread }) => !this.#dealtWith.has(`${time} ${thread}`));
  }

  #deal({ time }: Deadlock, parties: readonly Party[]): void {
    for (const { thread } of parties) this.#dealtWith.add(`${time} ${thread}`);
  }

  /** A debugger may still be on its way to some of the threads: they are stopped when it has come. */
  async #stop(deadlock: Deadlock, threads: readonly DebuggedThread[]): Promise<void> {
    const debugged = new Map<number | undefined, DebuggedThread>();
    await Promise.all(threads.map(async (thread) => debugged.set(await thread.idIn(this.#timeline), thread)));
    const left = this.#left(deadlock);
    const present = left.filter(({ thread }) => debugged.has(thread));
    const [first] = present;
    const { snapshot } = this.#timeline;
    if (first === undefined || snapshot === undefined) return;
    this.#deal(deadlock, present);
    const failed: string[] = [];
    const stop = async ({ thread }: Party): Promise<boolean> => {
      const isStopped = (await debugged.get(thread)?.pause(PATIENCE)) === true;
      if (!isStopped) failed.push(threadText(thread, snapshot));
      return isStopped;
    };
    // The editor goes to the one that stops first, and stays with it: in the code of its wait, so ours comes after.
    const hasStopped = await stop(first);
    await Promise.all([hasStopped ? frameShown() : undefined, ...present.slice(1).map(stop)]);
    const isFirst = left.length === deadlock.parties.length;
    if (isFirst && first.place !== undefined) await openPlace(first.place);
    const refused = vscode.l10n.t(
      "The debugger could not stop {0}: does skipFiles name what it waits in?",
      listText(failed),
    );
    const said = [
      ...(isFirst ? [vscode.l10n.t("Heddle: deadlock: {0}.", deadlockText(deadlock, snapshot))] : []),
      ...(failed[0] ? [refused] : []),
    ];
    if (said.length > 0) void vscode.window.showWarningMessage(said.join(" "));
  }
}

/** Resolves when the debugger's own view has gone to where a thread was stopped, or would have by now. */
function frameShown(): Promise<void> {
  const isFrame = (): boolean => vscode.debug.activeStackItem instanceof vscode.DebugStackFrame;
  if (isFrame()) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      listener.dispose();
      clearTimeout(timer);
      resolve();
    };
    const listener = vscode.debug.onDidChangeActiveStackItem(() => isFrame() && done());
    const timer = setTimeout(done, EDITOR_PATIENCE);
  });
}
