/**
 * The entry of the worker that reads a trace for one panel: `Instruction | Question` in, `Answer` out. A worker has a
 * heap of its own, and hands buffers over without copying them.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Answer, Instruction, Question, Status } from "../shared/messages.js";
import type { RunFindings } from "../shared/report.js";
import { compareFiles } from "./comparing.js";
import { exportFile } from "./exporting.js";
import { frameOf } from "./frame.js";
import { contentionAt, Moment, named } from "./moment.js";
import { overviewOf } from "./overview.js";
import { Reading } from "./reading.js";
import { Related } from "./related.js";
import { sumsOf } from "./sums.js";
import type { Timeline } from "./timeline.js";

/** Milliseconds between two messages of a kind. */
const STATUS_EVERY = 100;
const SNAPSHOT_EVERY = 33;
const CONTENTION_EVERY = 500;

/** While a trace grows. Nobody can read faster, and looking for rings of locks may take a while. */
const FINDINGS_EVERY = 2000;

class Conversation {
  readonly #port: MessagePort;
  readonly #reading: Reading;
  #status: Status | undefined;
  #statusAt = 0;
  readonly #snapshot = new Turn(SNAPSHOT_EVERY);
  readonly #contention = new Turn(CONTENTION_EVERY);
  readonly #findings = new Turn(FINDINGS_EVERY);
  /** The findings that were told, and whether they are all. */
  #found = "";
  #isAllFound = false;
  #isSearching = false;
  /** Undefined until somebody asks. */
  #related: Related | undefined;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, file: string) {
    this.#port = port;
    this.#reading = new Reading(file, () => {
      this.#tell();
      this.#search();
    });
    this.#tell();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reading.close();
  }

  take(message: Exclude<Instruction, { readonly type: "read" | "compare" | "export" }> | Question): void {
    switch (message.type) {
      case "running":
        this.#reading.runs(message.isRunning);
        this.#tell();
        break;
      case "paused":
        this.#reading.pause(message.thread, true, message.place);
        this.#tell();
        break;
      case "continued":
        this.#reading.pause(message.thread, false, undefined);
        this.#tell();
        break;
      case "view": {
        const frame = frameOf(this.#reading.timeline, message, this.#reading.now);
        const buffers = [
          ...frame.lanes.slice(0, 1).map(({ activity }) => activity),
          ...frame.counters.slice(0, 1).map(({ steps }) => steps),
          frame.arrows,
          frame.messages,
        ];
        this.#say(
          { type: "frame", frame },
          buffers.map(({ buffer }) => buffer),
        );
        break;
      }
      case "overview": {
        const overview = overviewOf(this.#reading.timeline, message, this.#reading.now);
        this.#say({ type: "overview", overview }, [overview.running.buffer, overview.contended.buffer]);
        break;
      }
      case "describe": {
        const { request, thread, time } = message;
        const moment = new Moment(this.#reading.timeline, time);
        const description = { request, time, thread: moment.thread(thread), blockers: moment.blockers(thread) };
        this.#say({ type: "description", description });
        break;
      }
      case "sum": {
        const { request, from, to } = message;
        if (!(from < to)) break;
        this.#say({ type: "sums", sums: sumsOf(this.#reading.timeline, request, from, to, this.#reading.now) });
        break;
      }
      case "relate": {
        const { timeline, now } = this.#reading;
        if (this.#related?.timeline !== timeline) this.#related = new Related(timeline);
        const related = { request: message.request, threads: this.#related.threads(message, now) };
        this.#say({ type: "related", related });
        break;
      }
      case "look": {
        const { request, time } = message;
        this.#say({ type: "past", past: { request, snapshot: new Moment(this.#reading.timeline, time).snapshot() } });
        break;
      }
    }
  }

  /** Says what is due, and comes back when more will be. */
  #tell(): void {
    clearTimeout(this.#timer);
    const status = this.#reading.status();
    const time = performance.now();
    const { timeline } = this.#reading;
    const isLive = status.state === "live";
    if (status.state !== this.#status?.state || (time >= this.#statusAt && !isSame(status, this.#status))) {
      this.#status = status;
      this.#statusAt = time + STATUS_EVERY;
      this.#say({ type: "status", status });
    }
    if (this.#snapshot.isDue(timeline, time)) {
      this.#say({ type: "snapshot", snapshot: new Moment(timeline, this.#reading.now).snapshot() });
    }
    if (this.#contention.isDue(timeline, time)) {
      this.#say({ type: "contention", contention: contentionAt(timeline, this.#reading.now) });
    }
    const isSearched = status.state !== "waiting" && this.#reading.isSearched;
    if (isSearched) this.#tellFindings(time, !isLive);
    const next = Math.min(
      isLive || !isSame(status, this.#status) ? this.#statusAt : time + STATUS_EVERY,
      this.#snapshot.next(timeline),
      this.#contention.next(timeline),
      isSearched ? this.#findings.next(timeline) : Number.POSITIVE_INFINITY,
    );
    this.#timer = setTimeout(() => this.#tell(), Math.max(1, next - time));
  }

  /** Looks for findings, a step at a time: whoever asks meanwhile goes first. */
  #search(): void {
    if (this.#isSearching || !this.#reading.mayBeSearched) return;
    this.#isSearching = true;
    setImmediate(() => {
      this.#isSearching = false;
      if (this.#isClosed) return;
      this.#reading.search();
      if (this.#reading.isSearched) this.#tell();
      else this.#search();
    });
  }

  #tellFindings(time: number, isOver: boolean): void {
    // The last word is not put off, and what is found may be more once it is known that nothing follows.
    const isLast = isOver && !this.#isAllFound;
    if (!this.#findings.isDue(this.#reading.timeline, time) && !isLast) return;
    this.#isAllFound = isOver;
    const findings = this.#reading.findings();
    const found: RunFindings = {
      ...{ findings, suppressed: 0 },
      ...{ files: this.#reading.files(), lockOrder: this.#reading.lockOrder() },
    };
    const text = JSON.stringify(found);
    if (text === this.#found) return;
    this.#found = text;
    this.#say({ type: "findings", found });
  }

  /** What an answer refers to goes before it. */
  #say(answer: Answer, transfer: readonly ArrayBuffer[] = []): void {
    const { timeline } = this.#reading;
    if (timeline.newObjects.size > 0) {
      const objects = [...timeline.newObjects].map((id) => named(timeline, id));
      timeline.newObjects.clear();
      this.#port.postMessage({ type: "objects", objects } satisfies Answer);
    }
    if (timeline.newLabels.size > 0) {
      const labels = [...timeline.newLabels].map((id) => ({ id, text: timeline.labels.get(id)?.text ?? "" }));
      timeline.newLabels.clear();
      this.#port.postMessage({ type: "labels", labels } satisfies Answer);
    }
    this.#port.postMessage(answer, transfer);
  }
}

/** What is said when something changed, and not too often. */
class Turn {
  readonly #every: number;
  #timeline: Timeline | undefined;
  #version = 0;
  #next = 0;

  constructor(every: number) {
    this.#every = every;
  }

  isDue(timeline: Timeline, time: number): boolean {
    if (time < this.#next || this.next(timeline) === Number.POSITIVE_INFINITY) return false;
    this.#timeline = timeline;
    this.#version = timeline.version;
    this.#next = time + this.#every;
    return true;
  }

  /** When there is something to say; never as long as nothing changes. */
  next(timeline: Timeline): number {
    const isOld = timeline === this.#timeline && timeline.version === this.#version;
    return isOld ? Number.POSITIVE_INFINITY : this.#next;
  }
}

function isSame(a: Status, b: Status | undefined): boolean {
  return b !== undefined && (Object.keys(a) as (keyof Status)[]).every((key) => a[key] === b[key]);
}

const port = parentPort;
if (port === null) throw new Error("This file is the entry of a worker.");
let conversation: Conversation | undefined;
port.on("message", (message: Instruction | Question) => {
  if (message.type === "compare") {
    const comparison = compareFiles(message.first, message.second, message.title);
    port.postMessage({ type: "comparison", comparison } satisfies Answer);
    if (conversation === undefined) port.close();
  } else if (message.type === "export") {
    const { file, output, part, format } = message;
    const say = (answer: Answer): void => port.postMessage(answer);
    const problem = exportFile(file, output, part, format, (done) => say({ type: "exporting", done }));
    say({ type: "exported", problem });
    port.close();
  } else if (message.type === "read") {
    conversation?.close();
    conversation = new Conversation(port, message.file);
  } else conversation?.take(message);
});
