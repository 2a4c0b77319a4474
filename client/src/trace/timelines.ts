import * as vscode from "vscode";
import { Timeline } from "./timeline.js";

/** Somebody's need for a trace; the trace is read until the last one is disposed. */
export interface TimelineUse extends vscode.Disposable {
  readonly timeline: Timeline;
}

interface Entry {
  readonly timeline: Timeline;
  uses: number;
}

/** The traces that are read now: those of running programs and those that are open in an editor, one worker for each. */
export class Timelines implements vscode.Disposable {
  readonly #script: string;
  /** By file, the one looked at last at the end. */
  readonly #entries = new Map<string, Entry>();
  readonly #opened = new vscode.EventEmitter<Timeline>();
  readonly #closed = new vscode.EventEmitter<Timeline>();
  readonly #currentChanged = new vscode.EventEmitter<Timeline | undefined>();
  readonly onDidOpen = this.#opened.event;
  readonly onDidClose = this.#closed.event;
  readonly onDidChangeCurrent = this.#currentChanged.event;

  constructor(extension: vscode.Uri) {
    this.#script = vscode.Uri.joinPath(extension, "dist", "timeline.cjs").fsPath;
  }

  get all(): readonly Timeline[] {
    return [...this.#entries.values()].map(({ timeline }) => timeline);
  }

  /** What views beside the panel are about: the trace that was looked at or started last. */
  get current(): Timeline | undefined {
    return this.all.at(-1);
  }

  /** Reads the file from now on, or goes on doing so. It becomes the current one. */
  use(file: string): TimelineUse {
    let entry = this.#entries.get(file);
    if (entry === undefined) {
      entry = { timeline: new Timeline(this.#script, file), uses: 0 };
      this.#entries.set(file, entry);
      this.#opened.fire(entry.timeline);
    }
    entry.uses++;
    this.lookAt(file);
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#release(file);
      isOver = true;
    };
    return { timeline: entry.timeline, dispose: end };
  }

  /** Makes a trace the current one. */
  lookAt(file: string): void {
    const entry = this.#entries.get(file);
    if (entry === undefined) return;
    this.#entries.delete(file);
    this.#entries.set(file, entry);
    this.#currentChanged.fire(entry.timeline);
  }

  dispose(): void {
    for (const { timeline } of this.#entries.values()) timeline.dispose();
    this.#entries.clear();
    for (const emitter of [this.#opened, this.#closed, this.#currentChanged]) emitter.dispose();
  }

  #release(file: string): void {
    const entry = this.#entries.get(file);
    if (entry === undefined || --entry.uses > 0) return;
    this.#entries.delete(file);
    entry.timeline.dispose();
    this.#closed.fire(entry.timeline);
    this.#currentChanged.fire(this.current);
  }
}
