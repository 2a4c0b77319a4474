import * as vscode from "vscode";
import { type Frame, framesOf, pathOf } from "./stack-text.js";

/** How many calls of a stack are asked for. */
const DEPTH = 50;
/** Milliseconds for which a thread that is to stop is not asked anything, if it does not stop. */
const STOPS_WITHIN = 10_000;

/**
 * What the debugger has evaluated in an isolate. The inspector interrupts JavaScript that runs, and `Atomics.wait`, to
 * answer, on top of the stack that is there: nothing stops for it, and no `stopped` is told to the editor.
 */
const question = asked(`
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = ${DEPTH};
  try {
    const { threadId } = process.getBuiltinModule("node:worker_threads");
    return [process.pid, threadId, new Error().stack];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }`);

/** The same about its recording: what processes that it starts are told, which is nothing where there is none. */
const recordingQuestion = asked(`
  const { getEnvironmentData } = process.getBuiltinModule("node:worker_threads");
  return [process.argv[1], getEnvironmentData("heddle.trace.invitation.1")];`);

/** The answer has no characters that a debugger would escape, whatever quotes it puts around a text. */
function asked(body: string): string {
  return `Buffer.from(JSON.stringify((() => {${body}})())).toString("base64url")`;
}

/** Which thread of which process an isolate is, as the system and Node.js number them. */
export interface Identity {
  readonly pid: number;
  readonly worker: number;
}

/** What a process says of its recording. */
export interface OwnRecording {
  readonly script: string;
  /** The trace file, with what tells it from others of its name. Undefined: it is not recorded. */
  readonly trace: { readonly file: string; readonly dev: number; readonly ino: number } | undefined;
}

/** What passes between VS Code and a debugger, as far as it matters here. */
interface StackTrace {
  readonly stackFrames?: readonly {
    readonly name: string;
    readonly line: number;
    readonly column: number;
    readonly source?: { readonly path?: string };
  }[];
}

/** A thread of a program, or its main thread, as the debugger sees it: it has a session for each. */
export class DebuggedIsolate {
  readonly #session: vscode.DebugSession;
  #identity: Identity | undefined;
  /** Of what was asked, so many have no answer so far. */
  #asked = 0;
  /** Until then, by the clock, it may be about to stop. */
  #stopsBy = Number.NEGATIVE_INFINITY;
  /** The debugger's number of the only thread in the session. */
  threadId = 0;

  constructor(session: vscode.DebugSession) {
    this.#session = session;
  }

  /** Undefined if it did not answer: it ended, or is in native code. */
  async identity(): Promise<Identity | undefined> {
    if (this.#identity === undefined) await this.sample();
    return this.#identity;
  }

  /** Where it is now, without stopping it. Undefined if it did not answer. */
  async sample(): Promise<readonly Frame[] | undefined> {
    const [pid, worker, stack] = await this.#evaluate(question);
    if (typeof pid !== "number" || typeof worker !== "number") return undefined;
    this.#identity = { pid, worker };
    // The program may have its own idea of what a stack looks like.
    return typeof stack === "string" ? framesOf(stack) : undefined;
  }

  /** Undefined if it did not answer. */
  async recording(): Promise<OwnRecording | undefined> {
    const answer = await this.#evaluate(recordingQuestion);
    if (answer.length === 0) return undefined;
    const [script, invitation] = answer;
    return { script: typeof script === "string" ? script : "", trace: traceIn(invitation) };
  }

  /** Asks the debugger to stop it, which tells when that is so. A thread that blocks is stopped in its wait. */
  async pause(): Promise<void> {
    this.pauses();
    await this.#ask("pause", { threadId: this.threadId });
  }

  /**
   * Somebody, perhaps the one who looks at it, wants it to stop. V8 forgets that when it evaluates anything before it has
   * stopped, so nothing is asked meanwhile.
   */
  pauses(): void {
    this.#stopsBy = performance.now() + STOPS_WITHIN;
  }

  /** It has stopped, and answers again. */
  stopped(): void {
    this.#stopsBy = Number.NEGATIVE_INFINITY;
  }

  /** Where it is stopped. Undefined if it goes on by now. */
  async stack(depth = DEPTH): Promise<readonly Frame[] | undefined> {
    const page = { threadId: this.threadId, startFrame: 0, levels: depth };
    const answer = await this.#ask<StackTrace>("stackTrace", page);
    return answer?.stackFrames?.flatMap(({ name, line, column, source }) => {
      const file = sourcePath(source?.path ?? "");
      return file === undefined || line === 0 ? [] : [{ name, place: { file, line, column } }];
    });
  }

  /** Empty if it did not answer, and while it may be about to stop. */
  async #evaluate(expression: string): Promise<readonly unknown[]> {
    if (performance.now() < this.#stopsBy) return [];
    this.#asked++;
    const answer = await this.#ask<{ result: string }>("evaluate", { expression, context: "clipboard" });
    // The wish for a stop may have come between, and be forgotten by now.
    if (--this.#asked === 0 && performance.now() < this.#stopsBy) void this.pause();
    return parsed(answer?.result);
  }

  async #ask<Answer>(command: string, args: object): Promise<Answer | undefined> {
    try {
      return await this.#session.customRequest(command, args);
    } catch {
      // It has gone on, or ended, before it could answer.
      return undefined;
    }
  }
}

/** Sources come as paths, and, where VS Code asked itself, as addresses of files. */
function sourcePath(source: string): string | undefined {
  return source.startsWith("vscode-remote:") ? vscode.Uri.parse(source).fsPath : pathOf(source);
}

function traceIn(invitation: unknown): OwnRecording["trace"] {
  if (typeof invitation !== "string") return undefined;
  const { file, run } = JSON.parse(invitation) as { file: string; run: { dev: number; ino: number } };
  return { file, dev: run.dev, ino: run.ino };
}

function parsed(result: string | undefined): readonly unknown[] {
  const [text = ""] = /[\w-]+/.exec(result ?? "") ?? [];
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
