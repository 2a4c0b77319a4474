/** What a trace comes to: threads, locks, who waited where, deadlocks. Without Node, for terminal and editor alike. */
import {
  EVENTS,
  FLAGS,
  isLock,
  nameInProcess,
  type TraceDeadlock,
  TraceDecoder,
  type TraceEnd,
  type TraceEvent,
  type TraceLabel,
  type TraceObject,
  type TraceProcess,
  type TraceProcessEnd,
  type TraceSink,
  type TraceSite,
  type TraceStart,
  type TraceThread,
  type TraceThreadEnd,
} from "./decode.js";
import { Findings } from "./findings/findings.js";
import { holderFrom, holderName } from "./holder.js";
import { MessageFigures } from "./message-figures.js";
import { SpanFigures } from "./span-figures.js";
import type {
  ContentionSummary,
  EndedWaitsSummary,
  LockSummary,
  ProcessSummary,
  ThreadSummary,
  TraceSummary,
  WaitingSummary,
} from "./trace-summary.js";

export type * from "./trace-summary.js";

/** Reads a whole trace, at once or in pieces. @throws TraceFormatError it is none */
export function summarise(trace: Uint8Array | Iterable<Uint8Array>): TraceSummary {
  const summary = new Summariser();
  const decoder = new TraceDecoder(summary);
  for (const piece of trace instanceof Uint8Array ? [trace] : trace) {
    decoder.push(piece);
    if (decoder.isDamaged) break;
  }
  return summary.finish(decoder.problem);
}

interface Wait {
  readonly object: number;
  readonly site: number;
  readonly holder: number;
  readonly since: number;
  /** The label that says who held a lock of a server. */
  heldBy: number;
}

class ThreadState {
  process = 1;
  began = 0;
  ended: number | undefined;
  name = "";
  events = 0;
  dropped = 0;
  waitedForLocks = 0;
  waitedOtherwise = 0;
  wait: Wait | undefined;
  readonly asyncWaits = new Map<number, Wait>();
  /** Since when it has which locks. */
  readonly holds = new Map<number, number>();
  /** How often it took again what it reads already. */
  readonly readAgain = new Map<number, number>();
}

const MOST_FILES = 500;

/** Pairs of a lock and a place that are told apart; what more there is counts for the lock alone. */
const MOST_PLACES = 1 << 17;

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

class Summariser implements TraceSink {
  #start: TraceStart | undefined;
  #end: TraceEnd | undefined;
  #last = 0;
  #events = 0;
  readonly #processes = new Map<number, Changing<ProcessSummary>>();
  #unrecordedSince: number | undefined;
  #leftOut = 0;
  readonly #threads = new Map<number, ThreadState>();
  /** By process and the thread's own number there. */
  readonly #idents = new Map<string, number>();
  readonly #objects = new Map<number, TraceObject>();
  readonly #sites = new Map<number, TraceSite>();
  readonly #locks = new Map<number, Changing<LockSummary>>();
  readonly #contention = new Map<string, Changing<ContentionSummary>>();
  readonly #deadlocks: TraceDeadlock[] = [];
  readonly #findings = new Findings();
  readonly #messages = new MessageFigures();
  readonly #spans = new SpanFigures();
  readonly #labels = new Map<number, string>();

  start(start: TraceStart): void {
    this.#start = start;
  }

  process(process: TraceProcess): void {
    const none = { ended: undefined, exitCode: undefined, signal: undefined };
    this.#processes.set(process.id, { ...none, ...this.#processes.get(process.id), ...process });
  }

  processEnded(ended: TraceProcessEnd): void {
    const { id, time, exitCode, signal } = ended;
    this.#findings.processEnded(ended);
    const process = this.#processes.get(id);
    if (process !== undefined) Object.assign(process, { ended: process.ended ?? time, exitCode, signal });
    for (const thread of this.#threads.values()) {
      if (thread.process !== id || thread.ended !== undefined) continue;
      thread.ended = time;
      this.#close(thread, time);
    }
    this.#last = Math.max(this.#last, time);
  }

  unrecorded(time: number): void {
    this.#unrecordedSince = time;
    this.#last = Math.max(this.#last, time);
  }

  thread(seen: TraceThread): void {
    const { id, ident, process, began } = seen;
    this.#idents.set(`${process} ${ident}`, id);
    const name = nameInProcess(seen.name, this.#processes.get(process));
    this.#findings.thread({ ...seen, name });
    const thread = this.#thread(id);
    thread.process = process;
    thread.name = name;
    thread.began = began;
    this.#last = Math.max(this.#last, began);
  }

  threadEnded(end: TraceThreadEnd): void {
    const { id, time, dropped } = end;
    this.#findings.threadEnded(end);
    const thread = this.#thread(id);
    thread.ended = time;
    thread.dropped = dropped;
    this.#close(thread, time);
    this.#last = Math.max(this.#last, time);
  }

  object(seen: TraceObject): void {
    const object = { ...seen, name: seen.name && nameInProcess(seen.name, this.#processes.get(seen.process)) };
    this.#objects.set(object.id, object);
    this.#findings.object(object);
  }

  site(site: TraceSite): void {
    this.#sites.set(site.id, site);
  }

  label({ id, text }: TraceLabel): void {
    this.#labels.set(id, text);
  }

  deadlock(deadlock: TraceDeadlock): void {
    this.#deadlocks.push(deadlock);
    this.#findings.deadlock(deadlock);
    this.#last = Math.max(this.#last, deadlock.time);
  }

  end(end: TraceEnd): void {
    this.#end = end;
    this.#findings.end(end);
    this.#last = Math.max(this.#last, end.time);
    const program = this.#processes.get(1);
    if (program !== undefined) Object.assign(program, { ended: end.time, exitCode: end.exitCode });
  }

  /** A program that hangs says nothing more, and its recorder that it looked. */
  drained(time: number): void {
    this.#last = Math.max(this.#last, time);
    this.#findings.drained(time);
  }

  event(event: TraceEvent): void {
    this.#findings.event(event);
    const thread = this.#thread(event.thread);
    this.#events++;
    thread.events++;
    if (event.time > this.#last) this.#last = event.time;
    switch (event.kind) {
      case EVENTS.acquired:
        this.#acquired(thread, event);
        break;
      case EVENTS.released:
        this.#released(thread, event.object, event.time);
        break;
      case EVENTS.waitBegan:
        beginWait(thread, event);
        break;
      case EVENTS.waitEnded:
        this.#endWait(thread, event);
        break;
      case EVENTS.heldBy: {
        const wait = event.second === 0 ? thread.wait : thread.asyncWaits.get(event.second);
        if (wait !== undefined) wait.heldBy = event.first;
        break;
      }
      case EVENTS.message:
        this.#messages.event(event);
        break;
      case EVENTS.spanBegan:
      case EVENTS.spanEnded:
      case EVENTS.marker:
        this.#spans.event(event);
        break;
      case EVENTS.aggregated:
        this.#leftOut += event.second;
        break;
      case EVENTS.gap:
        // What began before it may have ended in it.
        thread.dropped += event.first;
        this.#spans.forget(event.thread);
        thread.wait = undefined;
        thread.holds.clear();
        thread.readAgain.clear();
        break;
    }
  }

  finish(problem: string | undefined): TraceSummary {
    const waiting = this.#waiting();
    for (const thread of this.#threads.values()) {
      if (thread.ended === undefined) this.#close(thread, this.#last);
    }
    const threads = [...this.#threads]
      .sort(([a, { process }], [b, other]) => process - other.process || a - b)
      .map(([id, state]) => threadSummary(id, this.#threadName(id), state));
    return {
      start: this.#start,
      duration: this.#last,
      end: this.#end,
      events: this.#events,
      dropped: this.#end?.dropped ?? threads.reduce((sum, { dropped }) => sum + dropped, 0),
      leftOut: this.#leftOut,
      processes: [...this.#processes.values()].sort((a, b) => a.id - b.id),
      unrecordedSince: this.#unrecordedSince,
      threads,
      locks: [...this.#locks.values()].sort((a, b) => b.waited - a.waited || a.id - b.id),
      contention: [...this.#contention.values()].sort((a, b) => b.total - a.total),
      deadlocks: this.#deadlocks.map(({ time, parties }) => ({
        time,
        parties: parties.map((party) => ({
          thread: this.#threadName(party.thread),
          waitsFor: this.#label(party.object),
          kind: this.#objects.get(party.object)?.kind ?? "",
          site: this.#sites.get(party.site),
          owner: this.#threadName(party.owner),
          ownerSite: this.#sites.get(party.ownerSite),
          isTask: party.isTask,
        })),
      })),
      findings: this.#findings.finish(this.#last, this.#sites),
      lockOrder: this.#findings.lockOrder(this.#sites),
      files: filesOf(this.#sites.values()),
      spans: this.#spans.spans(
        this.#last,
        (label) => this.#labels.get(label) ?? "",
        (object) => this.#label(object),
      ),
      markers: this.#spans.markers(
        (label) => this.#labels.get(label) ?? "",
        (thread) => this.#threadName(thread),
      ),
      messages: this.#messages.all(
        (object) => this.#label(object),
        (thread) => this.#threadName(thread),
      ),
      endedWaits: this.#endedWaits(),
      waiting,
      problem,
    };
  }

  #endedWaits(): readonly EndedWaitsSummary[] {
    return this.#findings.endedWaits().map(({ thread, endedBy, object, ...figures }) => ({
      ...{ thread: this.#threadName(thread), endedBy: this.#threadName(endedBy), waitedFor: this.#label(object) },
      ...{ kind: this.#objects.get(object)?.kind ?? "", ...figures },
    }));
  }

  #waiting(): readonly WaitingSummary[] {
    const threads = [...this.#threads.values()].filter(({ ended }) => ended === undefined);
    const blocked = threads.flatMap(({ name, wait }) => (wait === undefined ? [] : [{ name, wait, isTask: false }]));
    const tasks = threads.flatMap(({ name, asyncWaits }) =>
      [...asyncWaits.values()].map((wait) => ({ name, wait, isTask: true })),
    );
    return [...blocked, ...tasks]
      .sort((a, b) => a.wait.since - b.wait.since)
      .map(({ name, wait, isTask }) => ({
        thread: name,
        waitsFor: wait.object === 0 ? "" : this.#label(wait.object),
        kind: this.#objects.get(wait.object)?.kind ?? "",
        site: this.#sites.get(wait.site),
        since: wait.since,
        isTask,
        holder: this.#holderOf(wait),
      }));
  }

  #holderOf({ holder, heldBy }: Wait): string | undefined {
    if (holder !== 0) return this.#threadName(holder);
    const remote = holderFrom(this.#labels.get(heldBy) ?? "");
    if (remote === undefined) return undefined;
    const { pid, thread } = remote;
    const process = remote.host === "" ? [...this.#processes.values()].findLast((each) => each.pid === pid) : undefined;
    const recorded = process && this.#idents.get(`${process.id} ${thread}`);
    return recorded === undefined ? holderName(remote) : this.#threadName(recorded);
  }

  #thread(id: number): ThreadState {
    let thread = this.#threads.get(id);
    if (thread === undefined) {
      thread = new ThreadState();
      this.#threads.set(id, thread);
    }
    return thread;
  }

  #threadName(id: number): string {
    return this.#threads.get(id)?.name || `thread ${id}`;
  }

  #label(object: number): string {
    const known = this.#objects.get(object);
    return known?.name || `${known?.kind || "object"} ${object}`;
  }

  #lock(id: number): Changing<LockSummary> {
    let lock = this.#locks.get(id);
    if (lock === undefined) {
      const name = this.#label(id);
      lock = { id, name, acquisitions: 0, waits: 0, waited: 0, longestWait: 0, held: 0, longestHeld: 0 };
      this.#locks.set(id, lock);
    }
    return lock;
  }

  #acquired(thread: ThreadState, { object, time }: TraceEvent): void {
    this.#lock(object).acquisitions++;
    const again = this.#objects.get(object)?.kind === "rwlock" && thread.holds.has(object);
    if (again) thread.readAgain.set(object, (thread.readAgain.get(object) ?? 0) + 1);
    else thread.holds.set(object, time);
  }

  #released(thread: ThreadState, object: number, time: number): void {
    const again = thread.readAgain.get(object) ?? 0;
    if (again > 0) {
      thread.readAgain.set(object, again - 1);
      return;
    }
    const since = thread.holds.get(object);
    if (since === undefined) return;
    thread.holds.delete(object);
    const lock = this.#lock(object);
    lock.held += time - since;
    lock.longestHeld = Math.max(lock.longestHeld, time - since);
  }

  #endWait(thread: ThreadState, { flags, second, time }: TraceEvent): void {
    if ((flags & FLAGS.async) !== 0) {
      const wait = thread.asyncWaits.get(second);
      thread.asyncWaits.delete(second);
      if (wait !== undefined) this.#waited(wait, time, false);
    } else if (thread.wait !== undefined) {
      this.#blocked(thread, thread.wait, time, false);
      thread.wait = undefined;
    }
  }

  /** What has not ended by then counts as far as it went. */
  #close(thread: ThreadState, time: number): void {
    thread.readAgain.clear();
    for (const object of [...thread.holds.keys()]) this.#released(thread, object, time);
    if (thread.wait !== undefined) this.#blocked(thread, thread.wait, time, true);
    thread.wait = undefined;
    for (const wait of thread.asyncWaits.values()) this.#waited(wait, time, true);
    thread.asyncWaits.clear();
  }

  #blocked(thread: ThreadState, wait: Wait, time: number, isOpen: boolean): void {
    if (isLock(this.#objects.get(wait.object)?.kind)) thread.waitedForLocks += time - wait.since;
    else thread.waitedOtherwise += time - wait.since;
    this.#waited(wait, time, isOpen);
  }

  #waited(wait: Wait, time: number, isOpen: boolean): void {
    if (!isLock(this.#objects.get(wait.object)?.kind)) return;
    const length = time - wait.since;
    const lock = this.#lock(wait.object);
    lock.waits++;
    lock.waited += length;
    lock.longestWait = Math.max(lock.longestWait, length);
    let key = `${wait.object} ${wait.site}`;
    let site = this.#sites.get(wait.site);
    if (this.#contention.size >= MOST_PLACES && !this.#contention.has(key)) {
      key = `${wait.object} 0`;
      site = undefined;
    }
    const none = { lock: lock.name, site, waits: 0, total: 0, longest: -1, holder: undefined, open: 0 };
    const seen: Changing<ContentionSummary> = this.#contention.get(key) ?? none;
    this.#contention.set(key, seen);
    seen.waits++;
    seen.total += length;
    if (isOpen) seen.open++;
    if (length <= seen.longest) return;
    seen.longest = length;
    seen.holder = this.#holderOf(wait);
  }
}

/** Files of these places, as far as anybody needs them. */
export function filesOf(sites: Iterable<TraceSite>): readonly string[] {
  const files = new Set<string>();
  for (const { file } of sites) if (files.add(file).size === MOST_FILES) break;
  return [...files];
}

function beginWait(thread: ThreadState, { flags, object, site, first, second, time }: TraceEvent): void {
  const wait = { object, site, holder: first, since: time, heldBy: 0 };
  if ((flags & FLAGS.async) === 0) thread.wait = wait;
  else thread.asyncWaits.set(second, wait);
}

function threadSummary(id: number, name: string, state: ThreadState): ThreadSummary {
  const { process, began, ended, events, dropped, waitedForLocks, waitedOtherwise } = state;
  return { id, name, process, began, ended, events, dropped, waitedForLocks, waitedOtherwise };
}
