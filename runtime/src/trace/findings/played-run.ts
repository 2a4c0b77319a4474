/** A recorded program while its events are played in order: who has what, and who waits for it. */
import { EVENTS, FLAGS, isLock, type TraceObject } from "../decode.js";

/** A thread. */
export class PlayedThread {
  readonly id: number;
  name = "";
  process = 1;
  /** Node's `threadId`. */
  worker = -1;
  began = 0;
  ended = Number.POSITIVE_INFINITY;
  /** Who started it, and when; undefined for the first thread. */
  starter: PlayedThread | undefined;
  startedAt = 0;
  /** What it holds, the first taken first. Of a task's locks it is not known which task holds them. */
  first: Hold | undefined;
  last: Hold | undefined;
  /** How many those are. */
  count = 0;
  /** Of locks that it holds or held: made once, for most are taken again and again. */
  readonly holds = new Map<PlayedObject, Hold>();
  /** The blocking wait it is in. */
  wait: Wait | undefined;
  /** What its tasks wait for, by the numbers of the waits. */
  readonly taskWaits = new Map<number, Wait>();
  /** Threads whose end it saw or could have seen, in order of time. */
  readonly ends: { readonly time: number; readonly thread: PlayedThread }[] = [];

  constructor(id: number) {
    this.id = id;
  }

  get label(): string {
    return this.name || `thread ${this.id}`;
  }

  /** What it holds, the first taken first. */
  *held(): Generator<Hold> {
    for (let hold = this.first, next = hold?.after; hold !== undefined; hold = next, next = hold?.after) yield hold;
  }
}

/** A lock, or something else that threads wait for. */
export class PlayedObject {
  readonly id: number;
  readonly kind: TraceObject["kind"];
  readonly label: string;
  readonly isLock: boolean;
  /** The place where it was made; 0 where that is not known. */
  readonly made: number;
  /** How often it is held, and by whom of late. */
  holds = 0;
  holder: Hold | undefined;
  readonly waits = new Set<Wait>();
  /** When its last holder gave it back; meaningless while it is held. */
  freeSince = Number.POSITIVE_INFINITY;
  /** Who changed it last in a way that may end a wait for it, and when; 0: nobody did. */
  changedBy = 0;
  changedAt = 0;

  constructor(id: number, kind: TraceObject["kind"], name: string, made = 0) {
    this.id = id;
    this.made = made;
    this.kind = kind;
    this.label = name || `${kind || "object"} ${id}`;
    this.isLock = isLock(kind);
  }
}

/** A lock in somebody's hands. */
export class Hold {
  readonly thread: PlayedThread;
  readonly lock: PlayedObject;
  site = 0;
  /** Where it was taken last, as far as that was recorded. */
  knownSite = 0;
  since = 0;
  byTask = false;
  /** Whether it is held at the moment, and what its thread took before and after. */
  isHeld = false;
  before: Hold | undefined;
  after: Hold | undefined;
  /** Who reads may read again. */
  again = 0;
  /** The longest wait in which its thread blocked meanwhile, and when that ended. */
  longest: Wait | undefined;
  longestEnd = 0;

  constructor(thread: PlayedThread, lock: PlayedObject) {
    this.thread = thread;
    this.lock = lock;
  }
}

/** A wait that has not ended. */
export class Wait {
  readonly thread: PlayedThread;
  readonly object: PlayedObject | undefined;
  readonly site: number;
  readonly since: number;
  /** The thread that held the lock then or is to end; 0 for none. */
  readonly ender: number;
  /** Some of `FLAGS`. */
  readonly flags: number;
  /** How often each other thread took the lock meanwhile, as far as that was counted yet, and from which take on it was not. */
  overtakers: Map<PlayedThread, number> | undefined;
  uncountedFrom = 0;

  constructor(
    thread: PlayedThread,
    object: PlayedObject | undefined,
    site: number,
    since: number,
    ender: number,
    flags: number,
  ) {
    this.thread = thread;
    this.object = object;
    this.site = site;
    this.since = since;
    this.ender = ender;
    this.flags = flags;
  }

  get isTimed(): boolean {
    return (this.flags & FLAGS.timed) !== 0;
  }

  get byTask(): boolean {
    return (this.flags & FLAGS.async) !== 0;
  }
}

/** What looks at a program while it is played. All are called before the change that they tell of is made. */
export interface Onlooker {
  /** `mayWaitForEver`: had the lock not been free, the thread would have waited without a timeout. */
  takes?(hold: Hold, mayWaitForEver: boolean): void;
  gives?(hold: Hold, time: number): void;
  begins?(wait: Wait): void;
  /** `isOver`: false when the recording ended first. `cameAbout`: what it was for is so. */
  ends?(wait: Wait, time: number, isOver: boolean, cameAbout: boolean): void;
  notifies?(signal: Signal): void;
  /** So many messages are in the queue now; before, there was one more or one less. */
  fills?(thread: PlayedThread, queue: PlayedObject, count: number, time: number): void;
  /** `left` messages of the queue are not reported as done; below 0: it was one too many. */
  reports?(thread: PlayedThread, queue: PlayedObject, left: number, site: number): void;
  /** Some of what the thread did is not known. */
  loses?(thread: PlayedThread): void;
}

/** Somebody notified a condition or set an event; or cleared it. */
export interface Signal {
  readonly thread: PlayedThread;
  readonly object: PlayedObject;
  readonly time: number;
  readonly site: number;
  readonly isCleared: boolean;
  /** How many it woke; of a cleared event, whether anybody saw it set. */
  readonly count: number;
}

/** Of what belongs to one thread or lock, so many are looked at: a trace may have any number of them. */
export const MOST = 64;

/** Locks that a thread does not hold any more and are remembered nevertheless. */
const MOST_KEPT = 1024;

/** The first of many. */
export function* few<T>(all: Iterable<T>): Generator<T> {
  let count = 0;
  for (const each of all) {
    if (count++ === MOST) return;
    yield each;
  }
}

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

type Hearing<Method extends keyof Onlooker> = Onlooker & Required<Pick<Onlooker, Method>>;

function hearing<Method extends keyof Onlooker>(
  onlookers: readonly Onlooker[],
  method: Method,
): readonly Hearing<Method>[] {
  return onlookers.filter((each): each is Hearing<Method> => each[method] !== undefined);
}

function changed(object: PlayedObject, { id }: PlayedThread, time: number): void {
  object.changedBy = id;
  object.changedAt = time;
}

function* starters({ starter }: PlayedThread): Generator<PlayedThread> {
  for (let above = starter; above !== undefined; above = above.starter) yield above;
}
