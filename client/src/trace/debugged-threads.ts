import { fileURLToPath } from "node:url";
import * as vscode from "vscode";
import type { Place, ThreadNow } from "../../shared/messages.js";
import { rootOf, traceOf } from "./debug-and-trace.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";
import type { TraceEditors } from "./trace-editor.js";

/** After these a thread runs on, although the debugger need not say so. */
const resuming = new Set(["continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "restartFrame"]);

/** What passes between VS Code and a debugger, as far as it matters here. */
interface ProtocolMessage {
  readonly type?: string;
  readonly event?: string;
  readonly command?: string;
  readonly success?: boolean;
  readonly body?: { readonly threadId?: number };
}

interface StackTrace {
  readonly stackFrames?: readonly {
    readonly line: number;
    readonly column: number;
    readonly source?: { readonly path?: string };
  }[];
}

/**
 * Follows the debugger: tells the timeline which thread is stopped where, and selects it in the panel. The debugger has a
 * session for each worker, called `[worker N]` by Node's `threadId`, which the trace knows as well.
 */
export function followDebugger(timelines: Timelines, editors: TraceEditors): vscode.Disposable {
  return vscode.debug.registerDebugAdapterTrackerFactory("pwa-node", {
    createDebugAdapterTracker(session) {
      const trace = traceOf(session);
      const worker = trace === undefined ? undefined : workerOf(session);
      if (trace === undefined || worker === undefined) return undefined;
      const thread = new DebuggedThread(session, trace, worker, timelines, editors);
      return {
        onDidSendMessage: (message: ProtocolMessage) => thread.hear(message),
        onWillStopSession: () => thread.goOn(),
      };
    },
  });
}

/**
 * Node's `threadId` of what a session debugs. The session that was started holds that of the process, which holds those
 * of its workers and child processes; undefined for the first, for child processes and for all they hold.
 */
function workerOf(session: vscode.DebugSession): number | undefined {
  const root = rootOf(session);
  if (session === root) return undefined;
  if (session.parentSession === root) return 0;
  const number = /^\[worker (\d+)\]/.exec(session.name)?.[1];
  return number !== undefined && session.parentSession?.parentSession === root ? Number(number) : undefined;
}

class DebuggedThread {
  readonly #session: vscode.DebugSession;
  readonly #trace: string;
  readonly #worker: number;
  readonly #timelines: Timelines;
  readonly #editors: TraceEditors;
  /** Counts stops and continues, so that what was asked about an earlier stop is not told. */
  #turn = 0;
  #paused: { readonly timeline: Timeline; readonly thread: number } | undefined;

  constructor(
    session: vscode.DebugSession,
    trace: string,
    worker: number,
    timelines: Timelines,
    editors: TraceEditors,
  ) {
    this.#session = session;
    this.#trace = trace;
    this.#worker = worker;
    this.#timelines = timelines;
    this.#editors = editors;
  }

  hear({ type, event, command, success, body }: ProtocolMessage): void {
    if (type === "event" && event === "stopped") void this.#stop(body?.threadId ?? 0);
    else if (type === "event" && event === "continued") this.goOn();
    else if (type === "response" && success && command !== undefined && resuming.has(command)) this.goOn();
  }

  goOn(): void {
    this.#turn++;
    if (this.#paused === undefined) return;
    const { timeline, thread } = this.#paused;
    this.#paused = undefined;
    timeline.tell({ type: "continued", thread });
    this.#editors.deselect(this.#trace, thread);
  }

  async #stop(threadId: number): Promise<void> {
    const turn = ++this.#turn;
    const timeline = this.#timelines.all.find(({ file }) => file === this.#trace);
    if (timeline === undefined) return;
    const asked = this.#placeOf(threadId);
    const { id } = await threadOf(timeline, this.#worker);
    if (turn !== this.#turn) return;
    this.#paused = { timeline, thread: id };
    // At once, because the pause is timed by it; where it is takes the debugger a while to say.
    timeline.tell({ type: "paused", thread: id, place: undefined });
    this.#timelines.lookAt(this.#trace);
    this.#editors.select(this.#trace, id);
    const place = await asked;
    if (turn === this.#turn) timeline.tell({ type: "paused", thread: id, place });
  }

  async #placeOf(threadId: number): Promise<Place | undefined> {
    const asked: Thenable<StackTrace> = this.#session.customRequest("stackTrace", {
      ...{ threadId, startFrame: 0, levels: 1 },
    });
    // It may have gone on, or ended, before it could answer.
    const [top] =
      (await asked.then(
        ({ stackFrames }) => stackFrames,
        () => undefined,
      )) ?? [];
    if (top?.source?.path === undefined) return undefined;
    return { file: pathOf(top.source.path), line: top.line, column: top.column };
  }
}

/** Sources come as paths, and, where VS Code asked itself, as addresses of files. */
function pathOf(source: string): string {
  if (source.startsWith("file:")) return fileURLToPath(source);
  return source.startsWith("vscode-remote:") ? vscode.Uri.parse(source).fsPath : source;
}

/** The trace's thread; a debugger may know of a thread before the trace does. Never resolves if that does not come. */
function threadOf(timeline: Timeline, worker: number): Promise<ThreadNow> {
  const find = (): ThreadNow | undefined =>
    timeline.snapshot?.threads.find((thread) => thread.process.id === 1 && thread.worker === worker);
  return new Promise((resolve) => {
    const found = find();
    if (found !== undefined) return resolve(found);
    const subscription = timeline.onDidAnswer(() => {
      const later = find();
      if (later === undefined) return;
      subscription.dispose();
      resolve(later);
    });
  });
}
