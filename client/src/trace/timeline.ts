import { Worker } from "node:worker_threads";
import * as vscode from "vscode";
import type { Answer, Instruction, Question, Status } from "../../shared/messages.js";
import type { Contention, RunFindings } from "../../shared/report.js";
import type { Label, Named, Snapshot } from "../../shared/snapshot.js";

const waiting: Status = {
  state: "waiting",
  exitCode: undefined,
  startedAt: undefined,
  pid: undefined,
  duration: 0,
  events: 0,
  dropped: 0,
  problem: undefined,
};

/**
 * One trace as the extension host sees it: the worker that reads the file, and the newest of what it said, so that a
 * panel that comes late is told everything.
 */
export class Timeline implements vscode.Disposable {
  readonly file: string;
  readonly #worker: Worker;
  readonly #answered = new vscode.EventEmitter<Answer>();
  readonly onDidAnswer = this.#answered.event;
  readonly #objects = new Map<number, Named>();
  readonly #labels = new Map<number, Label>();
  #status = waiting;
  #snapshot: Snapshot | undefined;
  #contention: readonly Contention[] | undefined;
  #found: RunFindings | undefined;
  #isDisposed = false;

  /** `script` is the worker's own file. */
  constructor(script: string, file: string) {
    this.file = file;
    this.#worker = new Worker(script, { name: "heddle timeline", execArgv: [] });
    this.#worker.on("message", (answer: Answer) => this.#take(answer));
    this.#worker.on("error", (error) => this.#fail(error.message));
    this.#worker.on("exit", (code) => this.#fail(`it ended with ${code}`));
    this.tell({ type: "read", file });
  }

  get status(): Status {
    return this.#status;
  }

  /** Undefined until something is known of the program. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** What went wrong in what was looked through; undefined until that was done. */
  get found(): RunFindings | undefined {
    return this.#found;
  }

  /** What somebody who was not there until now has to hear. */
  get soFar(): readonly Answer[] {
    return [
      { type: "status", status: this.#status },
      { type: "objects", objects: [...this.#objects.values()] },
      { type: "labels", labels: [...this.#labels.values()] },
      ...(this.#snapshot === undefined ? [] : [{ type: "snapshot" as const, snapshot: this.#snapshot }]),
      ...(this.#contention === undefined ? [] : [{ type: "contention" as const, contention: this.#contention }]),
    ];
  }

  tell(message: Instruction | Question): void {
    this.#worker.postMessage(message);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#answered.dispose();
    void this.#worker.terminate();
  }

  #take(answer: Answer): void {
    if (this.#isDisposed) return;
    if (answer.type === "status") this.#status = answer.status;
    else if (answer.type === "snapshot") this.#snapshot = answer.snapshot;
    else if (answer.type === "contention") this.#contention = answer.contention;
    else if (answer.type === "findings") this.#found = answer.found;
    else if (answer.type === "objects") for (const object of answer.objects) this.#objects.set(object.id, object);
    else if (answer.type === "labels") for (const label of answer.labels) this.#labels.set(label.id, label);
    this.#answered.fire(answer);
  }

  /** A mistake of ours, or no memory: whoever looks at the trace is told. */
  #fail(reason: string): void {
    if (this.#isDisposed || this.#status.state === "unreadable") return;
    const problem = `Reading the trace failed: ${reason}. Close it and open it again.`;
    this.#take({ type: "status", status: { ...this.#status, state: "unreadable", problem } });
  }
}
