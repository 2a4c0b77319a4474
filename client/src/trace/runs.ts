import * as vscode from "vscode";
import type { Timeline } from "./timeline.js";
import type { Timelines, TimelineUse } from "./timelines.js";

/** A program that runs with a recorder. */
export interface Run {
  /** The script's path. */
  readonly script: string;
  readonly timeline: Timeline;
}

/** The programs that run now. A trace is read at least as long as its program runs. */
export class Runs implements vscode.Disposable {
  readonly #timelines: Timelines;
  readonly #live = new Map<Run, TimelineUse>();
  readonly #began = new vscode.EventEmitter<Run>();
  readonly #ended = new vscode.EventEmitter<Run>();
  readonly onDidBegin = this.#began.event;
  readonly onDidEnd = this.#ended.event;

  constructor(timelines: Timelines) {
    this.#timelines = timelines;
  }

  get live(): readonly Run[] {
    return [...this.#live.keys()];
  }

  begin(script: string, trace: string): Run {
    const use = this.#timelines.use(trace);
    const run: Run = { script, timeline: use.timeline };
    this.#live.set(run, use);
    run.timeline.tell({ type: "running", isRunning: true });
    this.#began.fire(run);
    return run;
  }

  /** Its process is gone: nothing more will come to the trace. */
  end(run: Run): void {
    this.#end(run, false);
  }

  /** Nobody here knows any more whether its process runs. */
  leave(run: Run): void {
    this.#end(run, undefined);
  }

  #end(run: Run, isRunning: false | undefined): void {
    const use = this.#live.get(run);
    if (use === undefined) return;
    this.#live.delete(run);
    run.timeline.tell({ type: "running", isRunning });
    this.#ended.fire(run);
    use.dispose();
  }

  dispose(): void {
    this.#live.clear();
    this.#began.dispose();
    this.#ended.dispose();
  }
}
