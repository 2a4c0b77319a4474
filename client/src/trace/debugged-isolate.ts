import * as vscode from "vscode";
import { type Frame, framesOf, pathOf } from "./stack-text.js";

/** How many calls of a stack are asked for. */
const DEPTH = 50;

/**
 * What the debugger has evaluated in an isolate. The inspector interrupts JavaScript that runs, and `Atomics.wait`, to
 * answer, on top of the stack that is there: nothing stops for it, and no `stopped` is told to the editor.
 */
const question = `(() => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = ${DEPTH};
  try {
    const { threadId } = process.getBuiltinModule("node:worker_threads");
    return Buffer.from(JSON.stringify([process.pid, threadId, new Error().stack])).toString("base64url");
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
})()`;

/** Which thread of which process an isolate is, as the system and Node.js number them. */
export interface Identity {
  readonly pid: number;
  readonly worker: number;
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
    const answer = await this.#ask<{ result: string }>("evaluate", { expression: question, context: "clipboard" });
    const [pid, worker, stack] = parsed(answer?.result);
    if (typeof pid !== "number" || typeof worker !== "number") return undefined;
    this.#identity = { pid, worker };
    // The program may have its own idea of what a stack looks like.
    return typeof stack === "string" ? framesOf(stack) : undefined;
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

/** The debugger puts what quotes it likes around a text, which is why the answer has no characters that would be escaped. */
function parsed(result: string | undefined): readonly unknown[] {
  const [text = ""] = /[\w-]+/.exec(result ?? "") ?? [];
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
