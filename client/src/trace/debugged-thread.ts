import type * as vscode from "vscode";
import type { ThreadNow } from "../../shared/snapshot.js";
import { traceOf } from "./debug-and-trace.js";
import { DebuggedIsolate, type Identity } from "./debugged-isolate.js";
import type { ThreadStack } from "./thread-stacks.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";
import type { TraceEditors } from "./trace-editor.js";

/** After these a thread runs on, although the debugger need not say so. */
const resuming = new Set(["continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "restartFrame"]);

/** What passes between VS Code and a debugger, as far as it matters here. */
export interface ProtocolMessage {
  readonly type?: string;
  readonly event?: string;
  readonly command?: string;
  readonly success?: boolean;
  readonly body?: { readonly threadId?: number };
}

/** A thread of a trace. */
interface TracedThread {
  readonly timeline: Timeline;
  readonly id: number;
}

/** What is told of a thread that a debugger has. */
interface Told {
  readonly timelines: Timelines;
  readonly editors: TraceEditors;
  /** Some thread of the trace was stopped, or goes on. */
  readonly changed: (timeline: Timeline) => void;
}

/**
 * One thread of one process in the debugger. Which thread of which trace that is follows from what the thread says of
 * itself, so that it makes no difference who started the process.
 */
export class DebuggedThread {
  readonly #told: Told;
  readonly #isolate: DebuggedIsolate;
  readonly #session: vscode.DebugSession;
  /** Counts stops and continues, so that what was asked about an earlier stop is not told. */
  #turn = 0;
  #isStopped = false;
  #paused: TracedThread | undefined;
  readonly #onStop: (() => void)[] = [];
  /** For the trace to know of the thread. */
  #wait: vscode.Disposable | undefined;

  constructor(session: vscode.DebugSession, told: Told) {
    this.#told = told;
    this.#isolate = new DebuggedIsolate(session);
    this.#session = session;
  }

  hear({ type, event, command, success, body }: ProtocolMessage): void {
    if (type === "event" && body?.threadId !== undefined) this.#isolate.threadId = body.threadId;
    // Before that takes effect.
    if (type === "request" && command === "pause" && !this.#isStopped) this.#isolate.pauses();
    if (type === "event" && event === "stopped") void this.#stop();
    else if (type === "event" && event === "continued") this.goOn();
    else if (type !== "response" || success !== true || command === undefined) return;
    else if (resuming.has(command)) this.goOn();
    // Asked before anything stops, because a pause is timed by when the trace hears of it.
    else if (command === "configurationDone" && traceOf(this.#session) !== undefined) void this.#isolate.identity();
  }

  /** A trace is read from now on: it may be the one that knows of the stop. */
  lookAgain(): void {
    if (this.#isStopped && this.#paused === undefined) void this.#stop();
  }

  /** Stops it, if it is not stopped yet. False: it was not within the time, in milliseconds. */
  async pause(patience: number): Promise<boolean> {
    if (this.#isStopped) return true;
    const stopped = new Promise<void>((resolve) => this.#onStop.push(resolve));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await this.#isolate.pause();
    await Promise.race([stopped, late]);
    clearTimeout(timer);
    return this.#isStopped;
  }

  goOn(): void {
    this.#turn++;
    this.#isStopped = false;
    this.#wait?.dispose();
    if (this.#paused === undefined) return;
    const { timeline, id } = this.#paused;
    this.#paused = undefined;
    timeline.tell({ type: "continued", thread: id });
    this.#told.editors.deselect(timeline.file, id);
    this.#told.changed(timeline);
  }

  /** Which of the trace's threads it is; undefined for none of them, and if it does not answer. */
  async idIn(timeline: Timeline): Promise<number | undefined> {
    return threadIn(timeline, await this.#isolate.identity())?.id;
  }

  isStoppedIn(timeline: Timeline): boolean {
    return this.#paused?.timeline === timeline;
  }

  /** Where it is, if it is one of the trace's. Undefined also if it does not answer. */
  async stackIn(timeline: Timeline): Promise<readonly [thread: number, stack: ThreadStack] | undefined> {
    const isStopped = this.#isStopped;
    const frames = await (isStopped ? this.#isolate.stack() : this.#isolate.sample());
    const id = await this.idIn(timeline);
    return frames === undefined || id === undefined ? undefined : [id, { frames, isStopped }];
  }

  async #stop(): Promise<void> {
    const turn = ++this.#turn;
    this.#isStopped = true;
    this.#isolate.stopped();
    for (const resolve of this.#onStop.splice(0)) resolve();
    // Programs that nobody traces are left alone.
    if (this.#told.timelines.all.length === 0) return;
    const asked = this.#isolate.stack(1);
    const thread = await this.#find();
    if (thread === undefined || turn !== this.#turn) return;
    this.#paused = thread;
    const { timeline, id } = thread;
    // At once, because the pause is timed by it; where it is takes the debugger a while to say.
    timeline.tell({ type: "paused", thread: id, place: undefined });
    this.#told.timelines.lookAt(timeline.file);
    this.#told.editors.select(timeline.file, id);
    this.#told.changed(timeline);
    const [top] = (await asked) ?? [];
    if (turn === this.#turn) timeline.tell({ type: "paused", thread: id, place: top?.place });
  }

  async #find(): Promise<TracedThread | undefined> {
    const { all } = this.#told.timelines;
    const identity = await this.#isolate.identity();
    const trace = traceOf(this.#session);
    const own = all.find(({ file }) => file === trace);
    for (const timeline of own === undefined ? all : [own]) {
      const thread = threadIn(timeline, identity);
      if (thread !== undefined) return { timeline, id: thread.id };
    }
    return own === undefined || identity === undefined ? undefined : this.#appearance(own, identity);
  }

  /** A debugger may know of a thread before the trace does. Never resolves if it goes on before that comes. */
  #appearance(timeline: Timeline, identity: Identity): Promise<TracedThread> {
    this.#wait?.dispose();
    return new Promise((resolve) => {
      const wait = timeline.onDidAnswer(() => {
        const thread = threadIn(timeline, identity);
        if (thread === undefined) return;
        wait.dispose();
        resolve({ timeline, id: thread.id });
      });
      this.#wait = wait;
    });
  }
}

/** The thread that says so of itself, as the trace knows it by now. The system gives numbers of ended processes again. */
function threadIn({ snapshot }: Timeline, identity: Identity | undefined): ThreadNow | undefined {
  return snapshot?.threads.find(
    ({ process, worker }) => process.pid === identity?.pid && worker === identity.worker && process.ended === undefined,
  );
}
