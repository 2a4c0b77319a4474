import * as vscode from "vscode";
import type { Frame } from "./stack-text.js";
import type { Timeline } from "./timeline.js";

/** Milliseconds after which what is known is shown; threads that answer later are added then. */
const PATIENCE = 500;

/** Where a thread was when it was asked. */
export interface ThreadStack {
  /** The innermost first. */
  readonly frames: readonly Frame[];
  /** The debugger stopped it there. Else it may be somewhere else by now, unless it waits. */
  readonly isStopped: boolean;
}

/** By the trace's thread. */
export type Stacks = ReadonlyMap<number, ThreadStack>;

const none: Stacks = new Map();

/** The stacks of all threads of programs that are debugged, as long as they are worth knowing. */
export class ThreadStacks implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #stacks = new Map<Timeline, Map<number, ThreadStack>>();
  /** What was asked last of a trace's threads. */
  readonly #asked = new Map<Timeline, Map<number, ThreadStack>>();
  readonly #changed = new vscode.EventEmitter<Timeline>();
  readonly onDidChange = this.#changed.event;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** The traces that stacks are known of. */
  get timelines(): readonly Timeline[] {
    return [...this.#stacks.keys()];
  }

  of(timeline: Timeline): Stacks {
    return this.#stacks.get(timeline) ?? none;
  }

  /**
   * Takes these answers in place of what was known, all at once, but without those that take long. Undefined is the
   * answer of a thread that is not the trace's, or cannot tell.
   */
  async gather(
    timeline: Timeline,
    answers: readonly Promise<readonly [thread: number, stack: ThreadStack] | undefined>[],
  ): Promise<void> {
    const began = performance.now();
    const stacks = new Map<number, ThreadStack>();
    this.#asked.set(timeline, stacks);
    let isShown = false;
    const show = (): void => {
      // They may have been asked once more, or nobody wants to know any longer.
      if (this.#asked.get(timeline) !== stacks) return;
      this.#stacks.set(timeline, stacks);
      this.#changed.fire(timeline);
    };
    const all = answers.map(async (answer) => {
      const [thread, stack] = (await answer) ?? [];
      if (thread === undefined || stack === undefined) return;
      stacks.set(thread, stack);
      if (isShown) show();
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([Promise.all(all), late]);
    clearTimeout(timer);
    this.#log.debug(`Read the stacks of ${stacks.size} threads in ${Math.round(performance.now() - began)} ms.`);
    isShown = true;
    show();
  }

  forget(timeline: Timeline): void {
    this.#asked.delete(timeline);
    if (this.#stacks.delete(timeline)) this.#changed.fire(timeline);
  }

  dispose(): void {
    this.#asked.clear();
    this.#stacks.clear();
    this.#changed.dispose();
  }
}
