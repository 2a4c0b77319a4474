import type { Answer, Order, Status } from "../../shared/messages.js";
import type { Comparison, Contention, RunFindings } from "../../shared/report.js";
import type { Snapshot, ThreadNow } from "../../shared/snapshot.js";
import { Words } from "./words.js";

/** Between two reports of the worker the clock goes on, but not for ever: it may have nothing to report from. */
const LONGEST_WITHOUT_REPORT = 1_000;

/** What was heard of the trace as a whole. */
export class TraceState {
  readonly words = new Words();
  #title = "Trace";
  #status: Status | undefined;
  #heardAt = 0;
  #snapshot: Snapshot | undefined;
  #contention: readonly Contention[] = [];
  #comparison: Comparison | undefined;
  #found: RunFindings | undefined;

  get title(): string {
    return this.#title;
  }

  get status(): Status | undefined {
    return this.#status;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get contention(): readonly Contention[] {
    return this.#contention;
  }

  /** Undefined until they were looked for. */
  get found(): RunFindings | undefined {
    return this.#found;
  }

  get comparison(): Comparison | undefined {
    return this.#comparison;
  }

  get isLive(): boolean {
    return this.#status?.state === "live";
  }

  get threads(): readonly ThreadNow[] {
    return this.#snapshot?.threads ?? [];
  }

  /** `clock` is in milliseconds. */
  hear(message: Answer | Order, clock: number): void {
    switch (message.type) {
      case "source":
        this.#title = message.title;
        break;
      case "status":
        this.#status = message.status;
        this.#heardAt = clock;
        break;
      case "snapshot":
        this.#snapshot = message.snapshot;
        this.words.learnThreads(message.snapshot);
        break;
      case "contention":
        this.#contention = message.contention;
        break;
      case "comparison":
        this.#comparison = message.comparison;
        break;
      case "labels":
        this.words.learnLabels(message.labels);
        break;
      case "findings":
        this.#found = message.found;
        break;
      case "objects":
        this.words.learnObjects(message.objects);
        break;
    }
  }

  /** The last moment there is something about, in nanoseconds: while live, this one. */
  end(clock: number): number {
    const { duration = 0 } = this.#status ?? {};
    if (!this.isLive) return duration;
    return duration + Math.min(Math.max(0, clock - this.#heardAt), LONGEST_WITHOUT_REPORT) * 1e6;
  }
}
