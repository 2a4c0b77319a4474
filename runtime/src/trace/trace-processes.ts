/** The processes of a trace: whose ids are whose, up to where all have told what they did, and how they ended. */
import { MOST_PROCESSES, SIGNALLED } from "./format.js";
import { SharedIds } from "./shared-ids.js";
import type { TraceEnd, TraceProcess, TraceSink } from "./trace-sink.js";

/** Of one that has said nothing for so long while others have, in nanoseconds, nobody waits for more. */
const SILENCE = 3e9;

/** Signals as Node.js calls them, where their numbers are the same on all systems. */
const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE" },
  ...{ 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM" },
};

/** Of the program, whoever writes first. */
const MAIN_THREAD = 1;

interface Ids {
  readonly threads: SharedIds;
  readonly objects: SharedIds;
  readonly sites: SharedIds;
  readonly labels: SharedIds;
}

/** A process whose chunks are read. */
export class Source {
  readonly id: number;
  pid = 0;
  /** All that it recorded before this moment was read. */
  drained = 0;
  isOver = false;
  /** What it wrote could not be read to the end. */
  isCut = false;
  readonly #ids: Ids;

  constructor(id: number, ids: Ids) {
    this.id = id;
    this.#ids = ids;
  }

  thread(id: number): number {
    return this.#ids.threads.of(this.id, id);
  }

  object(id: number): number {
    return this.#ids.objects.of(this.id, id);
  }

  site(id: number): number {
    return this.#ids.sites.of(this.id, id);
  }

  label(id: number): number {
    return this.#ids.labels.of(this.id, id);
  }
}

export class TraceProcesses {
  readonly #sink: TraceSink;
  readonly #ids: Ids = {
    threads: new SharedIds(MAIN_THREAD),
    objects: new SharedIds(),
    sites: new SharedIds(),
    labels: new SharedIds(),
  };
  readonly first = new Source(1, this.#ids);
  readonly #sources = new Map([[1, this.first]]);
  /** Objects of servers, by what tells them from each other. */
  readonly #shared = new Map<string, number>();
  /** Of those that are over. */
  #dropped = 0;
  #unrecorded = 0;
  #told = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  get areSeveral(): boolean {
    return this.#sources.size > 1;
  }

  /** Undefined: there cannot be so many. */
  at(id: number): Source | undefined {
    let source = this.#sources.get(id);
    if (source === undefined && id >= 1 && id <= MOST_PROCESSES) {
      source = new Source(id, this.#ids);
      this.#sources.set(id, source);
    }
    return source;
  }

  define(source: Source, process: Omit<TraceProcess, "id">): void {
    source.pid = process.pid;
    source.drained = Math.max(source.drained, process.began);
    this.#sink.process?.({ id: source.id, ...process });
  }

  /** Everybody's id of an object of a server, which is that process's by a number of its own. */
  share(source: Source, own: number, shared: string): number {
    const known = this.#shared.get(shared);
    if (known === undefined) this.#shared.set(shared, source.object(own));
    else this.#ids.objects.join(source.id, own, known);
    return known ?? source.object(own);
  }

  drained(source: Source, time: number): void {
    source.drained = Math.max(source.drained, time);
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const { drained } of this.#sources.values()) most = Math.max(most, drained);
    for (const { drained, isOver, isCut } of this.#sources.values()) {
      if (!isOver && !isCut && most - drained <= SILENCE) least = Math.min(least, drained);
    }
    this.#told = Math.max(this.#told, Math.min(least, most));
    this.#sink.drained?.(this.#told);
  }

  /** What a process says of its own end. That of the program is the end of the recording. */
  end(source: Source, end: TraceEnd): void {
    const { time, exitCode, dropped, unrecorded } = end;
    this.#dropped += dropped;
    this.#unrecorded += unrecorded;
    source.isOver = true;
    if (source === this.first) {
      this.#sink.end?.({ ...end, dropped: this.#dropped, unrecorded: this.#unrecorded });
    } else this.#sink.processEnded?.({ id: source.id, time, exitCode, signal: undefined });
  }

  /** What the process that started it says of a process's end; nothing of those that are not recorded. */
  seenToEnd(pid: number, time: number, how: number): void {
    const source = [...this.#sources.values()].findLast((each) => each.pid === pid && each !== this.first);
    if (source === undefined || how === 0) return;
    const [exitCode, signal] = how > SIGNALLED ? [undefined, signalOf(how - SIGNALLED)] : [how - 1, undefined];
    if (source.isOver && signal === undefined) return;
    source.isOver = true;
    this.#sink.processEnded?.({ id: source.id, time, exitCode, signal });
  }
}

function signalOf(number: number): string {
  return SIGNALS[number] ?? `signal ${number}`;
}
