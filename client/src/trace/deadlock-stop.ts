import * as vscode from "vscode";
import type { Deadlock, Snapshot } from "../../shared/messages.js";
import { deadlockText } from "./deadlock-problems.js";
import type { DebuggedThread } from "./debugged-thread.js";
import { openPlace } from "./open-place.js";
import { listText, threadText } from "./phrases.js";
import type { Timeline } from "./timeline.js";

/** Milliseconds that a thread has to stop. */
const PATIENCE = 2000;

/** Stops a program that is debugged in its deadlocks, each once, if somebody wants that. */
export class DeadlockStop {
  readonly #timeline: Timeline;
  /** When the last of the deadlocks was seen that are dealt with. */
  #last = -1;
  #isBusy = false;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  async look({ deadlocks }: Snapshot, threads: Iterable<DebuggedThread>): Promise<void> {
    const deadlock = deadlocks.find(({ time, until }) => time > this.#last && until === undefined);
    if (deadlock === undefined || this.#isBusy) return;
    this.#isBusy = true;
    try {
      const isWanted = vscode.workspace.getConfiguration("heddle.trace").get("breakOnDeadlock") === true;
      // A debugger may still be on its way to them.
      if (!isWanted || (await this.#stop(deadlock, [...threads]))) this.#last = deadlock.time;
    } finally {
      this.#isBusy = false;
    }
  }

  /** False: nobody debugs it. */
  async #stop({ parties, ...rest }: Deadlock, threads: readonly DebuggedThread[]): Promise<boolean> {
    const debugged = new Map<number | undefined, DebuggedThread>();
    await Promise.all(threads.map(async (thread) => debugged.set(await thread.idIn(this.#timeline), thread)));
    const present = parties.filter(({ thread }) => debugged.has(thread));
    const [first] = present;
    const { snapshot } = this.#timeline;
    if (first === undefined || snapshot === undefined) return false;
    const failed: string[] = [];
    const stop = async ({ thread }: (typeof parties)[number]): Promise<void> => {
      if ((await debugged.get(thread)?.pause(PATIENCE)) !== true) failed.push(threadText(thread, snapshot));
    };
    // The editor goes to the one that stops first, and stays with it: in the code of its wait, so ours comes after.
    const shown = frameShown();
    await stop(first);
    await Promise.all([shown, ...present.slice(1).map(stop)]);
    if (first.place !== undefined) await openPlace(first.place);
    const refused = `The debugger could not stop ${listText(failed)}: does skipFiles name what it waits in?`;
    const said = [
      `Heddle: deadlock: ${deadlockText({ parties, ...rest }, snapshot)}.`,
      ...(failed[0] ? [refused] : []),
    ];
    void vscode.window.showWarningMessage(said.join(" "));
    return true;
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
    const timer = setTimeout(done, PATIENCE);
  });
}
