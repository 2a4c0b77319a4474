import * as vscode from "vscode";
import { DeadlockStop } from "./deadlock-stop.js";
import { rootOf } from "./debug-and-trace.js";
import { DebuggedThread, type ProtocolMessage } from "./debugged-thread.js";
import type { ThreadStacks } from "./thread-stacks.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";
import type { TraceEditors } from "./trace-editor.js";

/** Milliseconds between two looks at threads that go on while another is stopped. */
const PAUSE = 500;

/**
 * Follows the debugger: it tells traces which of their threads are stopped where, and reads the stacks of all threads
 * while one of them is stopped, or when they run into a deadlock, in which it may stop them.
 */
export class DebuggedThreads implements vscode.Disposable {
  readonly #timelines: Timelines;
  readonly #editors: TraceEditors;
  readonly #stacks: ThreadStacks;
  readonly #threads = new Set<DebuggedThread>();
  readonly #watches = new Map<Timeline, vscode.Disposable>();
  /** The next looks. */
  readonly #timers = new Map<Timeline, NodeJS.Timeout>();
  readonly #subscriptions: vscode.Disposable;

  constructor(timelines: Timelines, editors: TraceEditors, stacks: ThreadStacks) {
    this.#timelines = timelines;
    this.#editors = editors;
    this.#stacks = stacks;
    this.#subscriptions = vscode.Disposable.from(
      vscode.debug.registerDebugAdapterTrackerFactory("pwa-node", {
        createDebugAdapterTracker: (session) => this.#track(session),
      }),
      timelines.onDidOpen((timeline) => {
        this.#watches.set(timeline, this.#watch(timeline));
        for (const thread of this.#threads) thread.lookAgain();
      }),
      timelines.onDidClose((timeline) => this.#leave(timeline)),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
    for (const watch of this.#watches.values()) watch.dispose();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /**
   * The session that somebody started debugs nothing itself: it holds one for each process, which hold those of the
   * process's workers.
   */
  #track(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    if (session === rootOf(session)) return undefined;
    const changed = (timeline: Timeline): void => void this.#look(timeline);
    const thread = new DebuggedThread(session, { timelines: this.#timelines, editors: this.#editors, changed });
    this.#threads.add(thread);
    return {
      onWillReceiveMessage: (message: ProtocolMessage) => thread.hear(message),
      onDidSendMessage: (message: ProtocolMessage) => thread.hear(message),
      onWillStopSession: () => {
        this.#threads.delete(thread);
        thread.goOn();
      },
    };
  }

  #watch(timeline: Timeline): vscode.Disposable {
    const stop = new DeadlockStop(timeline);
    let deadlocks = 0;
    let waits: string | undefined;
    const answers = timeline.onDidAnswer((answer) => {
      if (answer.type !== "snapshot") return;
      const lasting = answer.snapshot.deadlocks.filter(({ until }) => until === undefined).length;
      if (lasting !== deadlocks) void this.#look(timeline);
      deadlocks = lasting;
      void stop.look(answer.snapshot, this.#threads);
      if (this.#stacks.of(timeline).size === 0) return;
      // Threads go on while another is stopped, and are somewhere else then.
      const now = waitsIn(timeline);
      if (now !== waits) this.#lookSoon(timeline);
      waits = now;
    });
    return answers;
  }

  #lookSoon(timeline: Timeline): void {
    if (this.#timers.has(timeline)) return;
    const look = (): void => {
      this.#timers.delete(timeline);
      void this.#look(timeline);
    };
    this.#timers.set(timeline, setTimeout(look, PAUSE));
  }

  #leave(timeline: Timeline): void {
    this.#watches.get(timeline)?.dispose();
    this.#watches.delete(timeline);
    clearTimeout(this.#timers.get(timeline));
    this.#timers.delete(timeline);
    this.#stacks.forget(timeline);
  }

  async #look(timeline: Timeline): Promise<void> {
    const threads = [...this.#threads];
    const isStuck = timeline.snapshot?.deadlocks.some(({ until }) => until === undefined) === true;
    if (isStuck || threads.some((thread) => thread.isStoppedIn(timeline))) {
      const waits = waitsIn(timeline);
      await this.#stacks.gather(
        timeline,
        threads.map((thread) => thread.stackIn(timeline)),
      );
      // The trace may have told of it meanwhile, and has nothing more to tell of threads that all wait.
      if (this.#watches.has(timeline) && waitsIn(timeline) !== waits) this.#lookSoon(timeline);
    } else this.#stacks.forget(timeline);
  }
}

/** Tells whether some thread has gone on: what they wait for, and since when. */
function waitsIn({ snapshot }: Timeline): string | undefined {
  return snapshot?.threads.map(({ wait, ended }) => `${wait?.since} ${ended}`).join();
}
