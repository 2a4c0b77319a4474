/**
 * A trace as viewers of other makers want it: tracks whose slices never overlap, arrows, and numbers that change. For
 * terminal and editor alike, without Node; what it keeps grows with what the program has, and not with its events.
 */
import {
  EVENTS,
  FLAGS,
  isLock,
  type TraceDeadlock,
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
import { type Apply, EventQueue } from "./event-queue.js";
import { MessageArrows } from "./message-arrows.js";
import { ObjectTracks } from "./object-tracks.js";
import { ThreadTracks } from "./thread-tracks.js";
import type { Details, Place, TrackWriter } from "./track-writer.js";

/** Beside `EVENTS`, in the queue. */
const ENDED = 0;
/** In place of the number of a span: not all of what a thread does is recorded. */
const AGGREGATED = -1;
const BEGAN = -1;
/** Events that may wait for the recorder to say that all before them came. Recorders do so every few milliseconds. */
const PATIENCE = 1 << 20;
/** Events that are played at once, so that what becomes of them is written before the next. */
const AT_ONCE = 1 << 14;
/** Names are told with every slice, and a program may give very long ones. */
const LONGEST_NAME = 200;
const LONGEST_PATH = 1000;
const MOST_PARTIES = 20;

const UNFINISHED: Details = { unfinished: true };

/** An object that threads hold or wait for. */
class Shared extends ObjectTracks<Thread> {}

type Thread = ThreadTracks<Shared>;

/** Plays a trace onto tracks. */
export class Tracks implements TraceSink {
  readonly #out: TrackWriter;
  /** Numbers of processes, the program's own first. */
  readonly #pids = new Map<number, number>();
  readonly #threads = new Map<number, Thread>();
  readonly #objects = new Map<number, Shared>();
  readonly #places = new Map<number, Place>();
  readonly #labels = new Map<number, string>();
  /** Arrows to threads that were started and have not begun. */
  readonly #starts = new Map<number, number>();
  /** The same to processes, by their numbers. */
  readonly #processStarts = new Map<number, number>();
  readonly #messages = new MessageArrows();
  readonly #queue = new EventQueue();
  readonly #apply: Apply = (time, thread, kind, flags, object, site, first, second) =>
    this.#do(this.#thread(thread), { time, thread, kind, flags, object, site, first, second });
  #tracks = 0;
  readonly #nextTrack = (): number => ++this.#tracks;
  #arrows = 0;
  /** The moment that was reached in the order of all events, and the last one that is known. */
  #now = 0;
  #last = 0;
  /** All events before this moment have come. */
  #upTo = 0;
  #end: TraceEnd | undefined;

  constructor(out: TrackWriter) {
    this.#out = out;
  }

  start(start: TraceStart): void {
    this.#out.start(start);
  }

  process(process: TraceProcess): void {
    if (this.#pids.has(process.id)) return;
    this.#pids.set(process.id, process.pid);
    this.#out.process(process);
  }

  processEnded({ id, time, exitCode, signal }: TraceProcessEnd): void {
    const pid = this.#pids.get(id) ?? 0;
    for (const thread of this.#threads.values()) {
      if (thread.process !== id || thread.isEnding) continue;
      thread.isEnding = true;
      this.#queue.add(thread.inOrder(time), thread.id, ENDED, 0, 0, 0, 0, 0);
    }
    this.#reach(time);
    this.#out.mark(time, `end of process ${pid}`, { exitCode, signal });
  }

  unrecorded(time: number): void {
    this.#reach(time);
    this.#out.mark(time, "further processes are not recorded", {});
  }

  thread({ id, process, worker, name, began }: TraceThread): void {
    const thread = this.#thread(id);
    thread.process = process;
    thread.isMain = worker === 0;
    thread.pid = this.#pids.get(process) ?? thread.pid;
    thread.rename(shortened(name, LONGEST_NAME));
    if (thread.isKnown) return;
    thread.isKnown = true;
    thread.began = began;
    this.#queue.add(thread.inOrder(began), id, BEGAN, 0, 0, 0, 0, 0);
    this.#reach(began);
  }

  threadEnded({ id, time }: TraceThreadEnd): void {
    const thread = this.#thread(id);
    thread.isEnding = true;
    this.#queue.add(thread.inOrder(time), id, ENDED, 0, 0, 0, 0, 0);
    this.#reach(time);
  }

  object({ id, process, kind, name }: TraceObject): void {
    // Each of those who use an object of a server tells of it.
    if (process === 0 && this.#objects.get(id)?.kind === kind) return;
    const pid = this.#pids.get(process || 1) ?? 0;
    const label = shortened(name, LONGEST_NAME) || `${kind || "object"} ${id}`;
    this.#objects.set(id, new Shared(pid, kind, label, this.#out, this.#nextTrack));
  }

  label({ id, text }: TraceLabel): void {
    this.#labels.set(id, shortened(text, LONGEST_NAME));
  }

  site({ id, file, line, column }: TraceSite): void {
    this.#places.set(id, { file: shortened(file, LONGEST_PATH), line, column });
  }

  event({ thread, time, kind, flags, object, site, first, second }: TraceEvent): void {
    this.#queue.add(this.#thread(thread).inOrder(time), thread, kind, flags, object, site, first, second);
    this.#reach(time);
  }

  deadlock({ time, parties }: TraceDeadlock): void {
    this.#reach(time);
    const told = parties.slice(0, MOST_PARTIES).map(({ thread, object, owner, isTask }) => {
      const of = isTask ? "a task of " : "";
      const shared = this.#objects.get(object);
      const label = shared?.label ?? `object ${object}`;
      const what =
        shared?.kind === "thread" ? `the end of ${label}` : `${label}, which ${of}${this.#nameOf(owner)} holds`;
      return `${of}${this.#nameOf(thread)} waits for ${what}`;
    });
    if (parties.length > told.length) told.push(`${parties.length - told.length} more`);
    this.#out.mark(time, "deadlock", { threads: parties.length, parties: told.join("; ") });
  }

  drained(time: number): void {
    this.#upTo = time;
    this.#reach(time);
  }

  end(end: TraceEnd): void {
    this.#end = end;
    this.#reach(end.time);
  }

  /** Plays some of what has come and is in order. False: there is no more. */
  play(): boolean {
    const upTo = this.#queue.length > PATIENCE ? Number.POSITIVE_INFINITY : this.#upTo;
    return this.#queue.drain(upTo, this.#apply, AT_ONCE) === AT_ONCE;
  }

  /** After the last piece: nothing else will come. */
  settle(): void {
    this.#upTo = Number.POSITIVE_INFINITY;
  }

  /** After the last event was played: ends what lasts. `problem` says why the trace is not whole. */
  finish(problem: string | undefined): void {
    this.#now = this.#last;
    for (const thread of this.#threads.values()) if (thread.isOpen) this.#close(thread, this.#last);
    const end = this.#end;
    this.#out.mark(this.#last, "end of the recording", {
      ended: end?.reason ?? "killed",
      exitCode: end?.exitCode,
      dropped: end?.dropped,
      unrecordedThreads: end?.unrecorded,
      problem,
    });
    this.#out.finish();
  }

  #reach(time: number): void {
    if (time > this.#last) this.#last = time;
  }

  #thread(id: number): Thread {
    let thread = this.#threads.get(id);
    if (thread === undefined) {
      thread = new ThreadTracks(id, this.#pids.get(1) ?? 0, this.#out, this.#nextTrack);
      this.#threads.set(id, thread);
    }
    return thread;
  }

  #nameOf(thread: number): string {
    return this.#threads.get(thread)?.name ?? `thread ${thread}`;
  }

  #do(thread: Thread, event: TraceEvent): void {
    const { time, kind } = event;
    this.#now = time;
    // What a thread did before anybody had said that it is there.
    if (!thread.isOpen) {
      const arrow = this.#arrowTo(thread);
      thread.open(kind === BEGAN ? thread.began : time, arrow);
    }
    this.#play(thread, event);
    thread.reached = time;
  }

  #arrowTo(thread: Thread): number | undefined {
    const arrow = this.#starts.get(thread.id) ?? (thread.isMain ? this.#processStarts.get(thread.pid) : undefined);
    this.#starts.delete(thread.id);
    if (thread.isMain) this.#processStarts.delete(thread.pid);
    return arrow;
  }

  #play(thread: Thread, event: TraceEvent): void {
    switch (event.kind) {
      case ENDED:
        if (thread.joiners > 0) thread.given = this.#give(thread, event.time, "ends");
        this.#close(thread, event.time);
        break;
      case EVENTS.acquired:
        this.#acquired(thread, event);
        break;
      case EVENTS.released:
        this.#released(thread, event);
        break;
      case EVENTS.waitBegan:
        if ((event.flags & FLAGS.async) === 0) this.#blocks(thread, event);
        else this.#taskWaits(thread, event);
        break;
      case EVENTS.waitEnded:
        if ((event.flags & FLAGS.async) === 0) this.#endWait(thread, event.time, event.first === 1);
        else this.#endTaskWait(thread, event.second, event.time, { cameAbout: event.first === 1 });
        break;
      case EVENTS.threadStarted:
        if (this.#threads.get(event.first)?.isOpen === true) break;
        this.#starts.set(event.first, this.#give(thread, event.time, "starts"));
        break;
      case EVENTS.processStarted:
        this.#processStarts.set(event.first, this.#give(thread, event.time, "starts"));
        break;
      case EVENTS.processEnded:
        this.#processStarts.delete(event.first);
        break;
      case EVENTS.message:
        if ((event.flags & FLAGS.received) === 0)
          this.#messages.leave(event, () => this.#give(thread, event.time, "sends"));
        else
          this.#messages.come(event, (arrow) => thread.wait === undefined && thread.runs(event.time, undefined, arrow));
        break;
      case EVENTS.level:
        this.#objects.get(event.object)?.fill(event.time, event.first);
        break;
      case EVENTS.spanBegan:
        thread.beginSpan(event.second, event.time, {
          category: "span",
          name: this.#labels.get(event.first) || "a task",
          place: this.#places.get(event.site),
          details: { pool: this.#objects.get(event.object)?.label },
        });
        break;
      case EVENTS.spanEnded:
        thread.endSpan(event.second, event.time);
        break;
      case EVENTS.marker:
        this.#out.mark(event.time, this.#labels.get(event.first) || "a marker", { thread: thread.name });
        break;
      case EVENTS.aggregated:
        thread.endSpan(AGGREGATED, event.time);
        if (event.first > 0) thread.beginSpan(AGGREGATED, event.time, { category: "gap", name: "much is left out" });
        break;
      case EVENTS.gap:
        this.#gap(thread, event.time, event.first);
        break;
    }
  }

  /** The number of an arrow that begins here. */
  #give(thread: Thread, time: number, name: string): number {
    const arrow = ++this.#arrows;
    this.#out.give(thread.activity, time, arrow, name);
    return arrow;
  }

  #acquired(thread: Thread, { object, time, site, flags }: TraceEvent): void {
    const shared = this.#objects.get(object);
    if (shared === undefined || !isLock(shared.kind)) return;
    const hold = thread.holds.get(shared);
    if (hold !== undefined && shared.kind === "rwlock") {
      hold.repeats++;
      return;
    }
    // Somebody else gave it back.
    if (hold !== undefined) this.#letGo(thread, shared, time);
    shared.holders ??= new Set();
    shared.holders.add(thread);
    thread.take(shared, time, {
      category: "holding",
      name: `holds ${shared.label}`,
      place: this.#places.get(site),
      details: {
        contended: (flags & FLAGS.contended) === 0 ? undefined : true,
        task: (flags & FLAGS.async) === 0 ? undefined : true,
      },
    });
  }

  #released(thread: Thread, { object, time }: TraceEvent): void {
    const shared = this.#objects.get(object);
    if (shared === undefined) return;
    const hold = thread.holds.get(shared);
    if (hold !== undefined && hold.repeats > 0) {
      hold.repeats--;
      return;
    }
    if (shared.waiters > 0) shared.given = this.#give(thread, time, `gives back ${shared.label}`);
    // Any thread may give back a lock that only one has.
    const holder = hold !== undefined ? thread : shared.kind === "rwlock" ? undefined : firstOf(shared.holders);
    if (holder !== undefined) this.#letGo(holder, shared, time);
  }

  #letGo(holder: Thread, shared: Shared, time: number, how?: Details): void {
    shared.holders?.delete(holder);
    holder.letGo(shared, time, how);
  }

  #blocks(thread: Thread, event: TraceEvent): void {
    this.#leave(thread);
    const { shared, joined } = this.#wanted(event);
    thread.wait = { shared, joined };
    const joinee = this.#threads.get(joined);
    if (joinee !== undefined) joinee.joiners++;
    thread.does(event.time, this.#waiting(shared, event));
    shared?.count(this.#now, 1);
  }

  #endWait(thread: Thread, time: number, cameAbout: boolean): void {
    const { wait } = thread;
    if (wait === undefined) return;
    const { shared } = wait;
    const source = this.#threads.get(wait.joined) ?? shared;
    const arrow = cameAbout ? source?.given : undefined;
    if (arrow !== undefined && source !== undefined) source.given = undefined;
    this.#leave(thread);
    thread.runs(time, { cameAbout }, arrow);
  }

  #taskWaits(thread: Thread, event: TraceEvent): void {
    const { time, second } = event;
    // A number is used again only when nobody knows how the first wait ended.
    this.#endTaskWait(thread, second, time, UNFINISHED);
    const wait = this.#wanted(event);
    thread.beginTaskWait(second, wait, time, this.#waiting(wait.shared, event));
    wait.shared?.count(this.#now, 1);
  }

  #endTaskWait(thread: Thread, number: number, time: number, how: Details): void {
    const wait = thread.taskWaits.get(number);
    if (wait === undefined) return;
    thread.endTaskWait(number, time, how);
    wait.shared?.count(this.#now, -1);
  }

  #wanted({ object, first }: TraceEvent): { readonly shared: Shared | undefined; readonly joined: number } {
    const shared = this.#objects.get(object);
    return { shared, joined: shared?.kind === "thread" ? first : 0 };
  }

  #waiting(shared: Shared | undefined, { object, site, first, flags }: TraceEvent): Parameters<Thread["does"]>[1] {
    const label = shared?.label ?? `object ${object}`;
    const name = object === 0 ? "sleeps" : shared?.kind === "thread" ? `joins ${label}` : `waits for ${label}`;
    const holder = first === 0 || shared?.kind === "thread" ? undefined : this.#nameOf(first);
    return {
      category: "waiting",
      name,
      place: this.#places.get(site),
      details: { holder, timeout: (flags & FLAGS.timed) === 0 ? undefined : true },
    };
  }

  /** The thread's wait is over. */
  #leave(thread: Thread): void {
    const { wait } = thread;
    if (wait === undefined) return;
    thread.wait = undefined;
    const joinee = this.#threads.get(wait.joined);
    if (joinee !== undefined) joinee.joiners--;
    wait.shared?.count(this.#now, -1);
  }

  /** Nothing is known since the event before; what began earlier may have ended. */
  #gap(thread: Thread, time: number, missing: number): void {
    const how = this.#forget(thread, thread.reached);
    thread.does(thread.reached, { category: "gap", name: "not recorded", details: { missing } }, how);
    thread.runs(time);
  }

  #close(thread: Thread, time: number): void {
    const how = this.#forget(thread, time);
    thread.close(time, how);
  }

  /** What the thread has and wants is over. The result is what is to be said of what it did. */
  #forget(thread: Thread, time: number): Details | undefined {
    const how = thread.wait === undefined ? undefined : UNFINISHED;
    this.#leave(thread);
    for (const number of [...thread.taskWaits.keys()]) this.#endTaskWait(thread, number, time, UNFINISHED);
    for (const shared of [...thread.holds.keys()]) this.#letGo(thread, shared, time, UNFINISHED);
    thread.endSpans(time, UNFINISHED);
    return how;
  }
}

function firstOf<Value>(values: ReadonlySet<Value> | undefined): Value | undefined {
  return values?.values().next().value;
}

/** Without half a character at the end. */
function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}
