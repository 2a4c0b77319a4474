/** Plays what was recorded of a program, in order, before those who look at it. */
import { EVENTS, FLAGS, type TraceObject } from "../decode.js";
import { few, type Hearing, hearing, MOST, type Onlooker } from "./onlooker.js";
import { Hold, PlayedObject, PlayedThread, Wait } from "./played-program.js";

/** Locks that a thread does not hold any more and are remembered nevertheless. */
const MOST_KEPT = 1024;

/** The thread ended. Beside `EVENTS`. */
export const ENDED = 0;

/** Plays events, which come in the order of time. */
export class PlayedRun {
  readonly threads = new Map<number, PlayedThread>();
  /** The same, and objects, for each event: ids count from 1. */
  readonly #threadsById: (PlayedThread | undefined)[] = [];
  readonly #objectsById: (PlayedObject | undefined)[] = [];
  /** For each of what they may be told, those who want to hear it. */
  readonly #takes: readonly Hearing<"takes">[];
  readonly #gives: readonly Hearing<"gives">[];
  readonly #begins: readonly Hearing<"begins">[];
  readonly #ends: readonly Hearing<"ends">[];
  readonly #notifies: readonly Hearing<"notifies">[];
  readonly #fills: readonly Hearing<"fills">[];
  readonly #reports: readonly Hearing<"reports">[];
  readonly #loses: readonly Hearing<"loses">[];

  constructor(onlookers: readonly Onlooker[]) {
    this.#takes = hearing(onlookers, "takes");
    this.#gives = hearing(onlookers, "gives");
    this.#begins = hearing(onlookers, "begins");
    this.#ends = hearing(onlookers, "ends");
    this.#notifies = hearing(onlookers, "notifies");
    this.#fills = hearing(onlookers, "fills");
    this.#reports = hearing(onlookers, "reports");
    this.#loses = hearing(onlookers, "loses");
  }

  thread(id: number): PlayedThread {
    return this.#threadsById[id] ?? this.#addThread(id);
  }

  define({ id, process, kind, name, made }: TraceObject): void {
    // Each of those who use an object of a server tells of it: what is known of it by then stays.
    if (process === 0 && this.#objectsById[id]?.kind === kind) return;
    this.#objectsById[id] = new PlayedObject(id, kind, name, made);
  }

  play(
    time: number,
    id: number,
    kind: number,
    flags: number,
    object: number,
    site: number,
    first: number,
    second: number,
  ): void {
    const thread = this.thread(id);
    switch (kind) {
      case EVENTS.acquired:
        this.#acquired(thread, this.#object(object), time, flags, site);
        break;
      case EVENTS.released:
        this.#released(thread, this.#object(object), time);
        break;
      case EVENTS.waitBegan:
        this.#waitBegan(thread, object === 0 ? undefined : this.#object(object), site, time, first, flags, second);
        break;
      case EVENTS.waitEnded:
        this.#waitEnded(thread, time, flags, first, second);
        break;
      case EVENTS.threadStarted:
        this.#started(thread, this.thread(first), time);
        break;
      case EVENTS.notified: {
        const isCleared = (flags & FLAGS.cleared) !== 0;
        const signal = { thread, object: this.#object(object), time, site, isCleared, count: first };
        for (const each of this.#notifies) each.notifies(signal);
        if (!isCleared) changed(signal.object, thread, time);
        break;
      }
      case EVENTS.level:
        for (const each of this.#fills) each.fills(thread, this.#object(object), first, time);
        changed(this.#object(object), thread, time);
        break;
      case EVENTS.taskDone:
        for (const each of this.#reports) each.reports(thread, this.#object(object), first - 1, site);
        break;
      case EVENTS.gap:
        for (const each of this.#loses) each.loses(thread);
        // What began before it may have ended in it.
        this.#forget(thread);
        break;
      case EVENTS.aggregated:
        // Takes of locks that are left out are given back at once; of the rest nobody knows.
        for (const each of this.#loses) each.loses(thread);
        break;
      case ENDED:
        this.#ended(thread, time);
        break;
    }
  }

  /** Tells of what had not ended when the recording did. */
  finish(time: number): void {
    for (const thread of this.threads.values()) this.#endWaits(thread, time);
    for (const thread of this.threads.values()) {
      for (const hold of thread.held()) for (const each of this.#gives) each.gives(hold, time);
    }
  }

  #addThread(id: number): PlayedThread {
    const thread = new PlayedThread(id);
    this.threads.set(id, thread);
    this.#threadsById[id] = thread;
    return thread;
  }

  #object(id: number): PlayedObject {
    return this.#objectsById[id] ?? this.#addObject(id);
  }

  #addObject(id: number): PlayedObject {
    const object = new PlayedObject(id, "", "");
    this.#objectsById[id] = object;
    return object;
  }

  #acquired(thread: PlayedThread, lock: PlayedObject, time: number, flags: number, site: number): void {
    const hold = this.#holdOf(thread, lock);
    if (hold.isHeld) {
      if (lock.kind === "rwlock") hold.again++;
      return;
    }
    hold.site = site;
    if (site !== 0) hold.knownSite = site;
    hold.since = time;
    hold.byTask = (flags & FLAGS.async) !== 0;
    hold.again = 0;
    hold.longest = undefined;
    for (const each of this.#takes) each.takes(hold, (flags & FLAGS.timed) === 0);
    this.#take(hold);
  }

  /** Any thread may give a lock back. */
  #released(thread: PlayedThread, lock: PlayedObject, time: number): void {
    changed(lock, thread, time);
    const own = lock.holder?.thread === thread ? lock.holder : thread.holds.get(lock);
    const isOwn = own?.isHeld === true;
    if (isOwn && own.again > 0) {
      own.again--;
      return;
    }
    const hold = isOwn ? own : lock.kind === "rwlock" ? undefined : lock.holder;
    if (hold === undefined || !hold.isHeld) return;
    for (const each of this.#gives) each.gives(hold, time);
    this.#drop(hold, time);
  }

  #holdOf(thread: PlayedThread, lock: PlayedObject): Hold {
    let hold = thread.holds.get(lock);
    if (hold === undefined) {
      hold = new Hold(thread, lock);
      thread.holds.set(lock, hold);
    }
    return hold;
  }

  #take(hold: Hold): void {
    const { thread, lock } = hold;
    hold.isHeld = true;
    hold.before = thread.last;
    if (thread.last === undefined) thread.first = hold;
    else thread.last.after = hold;
    thread.last = hold;
    thread.count++;
    lock.holder = hold;
    lock.holds++;
  }

  #drop(hold: Hold, time: number): void {
    const { thread, lock, before, after } = hold;
    hold.isHeld = false;
    if (before === undefined) thread.first = after;
    else before.after = after;
    if (after === undefined) thread.last = before;
    else after.before = before;
    hold.before = undefined;
    hold.after = undefined;
    thread.count--;
    lock.holds--;
    if (lock.holder === hold) lock.holder = undefined;
    lock.freeSince = time;
    // Of a program that makes and forgets locks, not all are kept.
    if (thread.holds.size > MOST_KEPT && !hold.isHeld) thread.holds.delete(lock);
  }

  #waitBegan(
    thread: PlayedThread,
    object: PlayedObject | undefined,
    site: number,
    time: number,
    ender: number,
    flags: number,
    number: number,
  ): void {
    const wait = new Wait(thread, object, site, time, ender, flags);
    for (const each of this.#begins) each.begins(wait);
    if (wait.byTask) thread.taskWaits.set(number, wait);
    else thread.wait = wait;
    object?.waits.add(wait);
  }

  #waitEnded(thread: PlayedThread, time: number, flags: number, cameAbout: number, number: number): void {
    const byTask = (flags & FLAGS.async) !== 0;
    const wait = byTask ? thread.taskWaits.get(number) : thread.wait;
    if (wait === undefined) return;
    this.#endWait(wait, time, true, cameAbout === 1);
    if (byTask) thread.taskWaits.delete(number);
    else thread.wait = undefined;
    if (cameAbout === 1 && wait.object?.kind === "thread") thread.ends.push({ time, thread: this.thread(wait.ender) });
  }

  #endWait(wait: Wait, time: number, isOver: boolean, cameAbout = false): void {
    if (!wait.byTask) {
      let hold = wait.thread.first;
      for (let count = 0; hold !== undefined && count < MOST; count++, hold = hold.after) {
        if (hold.longest !== undefined && time - wait.since <= hold.longestEnd - hold.longest.since) continue;
        hold.longest = wait;
        hold.longestEnd = time;
      }
    }
    for (const each of this.#ends) each.ends(wait, time, isOver, cameAbout);
    wait.object?.waits.delete(wait);
  }

  #endWaits(thread: PlayedThread, time: number): void {
    if (thread.wait !== undefined) this.#endWait(thread.wait, time, false);
    thread.wait = undefined;
    for (const wait of thread.taskWaits.values()) this.#endWait(wait, time, false);
    thread.taskWaits.clear();
  }

  #started(thread: PlayedThread, child: PlayedThread, time: number): void {
    child.starter = thread;
    child.startedAt = time;
  }

  #ended(thread: PlayedThread, time: number): void {
    thread.ended = time;
    this.#endWaits(thread, time);
    for (const hold of thread.held()) {
      for (const each of this.#gives) each.gives(hold, time);
      this.#drop(hold, time);
    }
    // Who started it may have looked whether it is over, which leaves no trace.
    for (const above of few(starters(thread))) above.ends.push({ time, thread });
  }

  #forget(thread: PlayedThread): void {
    thread.wait?.object?.waits.delete(thread.wait);
    thread.wait = undefined;
    for (const wait of thread.taskWaits.values()) wait.object?.waits.delete(wait);
    thread.taskWaits.clear();
    for (const hold of thread.held()) this.#drop(hold, Number.POSITIVE_INFINITY);
  }
}

function changed(object: PlayedObject, { id }: PlayedThread, time: number): void {
  object.changedBy = id;
  object.changedAt = time;
}

function* starters({ starter }: PlayedThread): Generator<PlayedThread> {
  for (let above = starter; above !== undefined; above = above.starter) yield above;
}
