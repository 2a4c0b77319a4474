/** What is known of a recorded program while its events are played: who has what, and who waits for it. */
import { FLAGS, isLock, type TraceObject } from "../decode.js";

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
