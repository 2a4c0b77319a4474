/**
 * The format of trace files (`*.heddletrace`), version 1. What decodes it runs in browsers too, so nothing here or in
 * what this file is imported by for reading may need Node.
 *
 * All numbers are little-endian. A file is a header and then chunks, appended while the program runs:
 *
 *     header   8 bytes "HEDDLTRC" · u32 version · u32 process id · f64 start, milliseconds since 1970 ·
 *              f64 start, nanoseconds on the monotonic clock that the processes of a host share
 *     chunk    u32 type · u32 length of the payload · u32 checksum of the payload · payload
 *
 * A payload is made of varints (seven bits a byte, lowest first, the top bit says that more follow) and texts (their
 * length in bytes as a varint, then UTF-8). Times are whole nanoseconds since the start. Ids of sites and objects count
 * from 1, and 0 means none; a thread's id is its `ident`, and its worker is Node's `threadId`, 0 for the main thread. What
 * an event refers to was defined in an earlier chunk.
 *
 *     thread       id · time it was first seen · worker · name                (repeated when the name changed)
 *     threadEnded  id · time · records dropped
 *     object       id · kind · name · [room · [made · [shared]]]              (the name is empty for unnamed objects; room:
 *                  the most messages of a queue, the workers of a pool, absent or 0 for any number; made: the site where
 *                  a lock was made, absent or 0 where that was not recorded; shared, a text: it is an object of a server,
 *                  and all objects of the same kind and text, in all processes, are that one)
 *     site         id · line · column · file                                  (both count from 1)
 *     events       thread · count · time of the first · then for each event:
 *                  a byte: kind in the low four bits, then whether flags, site, first and second follow ·
 *                  nanoseconds since the event before it · object · [flags] · [site] · [first] · [second];
 *                  kinds from 16 on are written as 0, with flags, above whose low eight bits the kind stands
 *     deadlock     time · parties · for each: thread · object it waits for · site of the wait · thread that is to end
 *                  the wait · site where that one took the object; then, if any of them is one, for each party 1 if it
 *                  is a task of its thread that waits, and a task of the other one that has the object, else 0
 *     end          time · reason · exit code · records dropped · threads that were not recorded
 *     drained      time: what was recorded before it, by all threads, stands in earlier chunks. Each thread's events
 *                  come in its order, those of different threads do not; up to here they can be put in one order. What
 *                  a thread was about to record at that very moment may still follow.
 *     batch        8 bytes "HDLBATCH" · process · bytes of the chunks behind this one that it wrote, in one piece
 *     process      id · process id · id of the process that started it, 0 for none · time · name · [tier]
 *                  (what is recorded of it: one of `TIERS` by its place there; absent: all)
 *     unrecorded   time: from here on, further processes that the program started are not recorded
 *     label        id · text: what a span is called
 *
 * Processes that a recorded program starts append to the same file, on the same clock. Each has ids of its own for threads,
 * objects, sites and labels, and its own `end` and `drained`; the program itself is process 1, which chunks before the first
 * batch belong to. In a file with batches nothing stands outside of one. What a process was writing when it was killed
 * is cut by the batch of another: what that process wrote is read up to there, and the others' as if nothing had
 * happened.
 *
 * Times, counts of records and of what is missing are at most 2^53 - 1, all other numbers 2^31 - 1; a payload is at most
 * 16 MiB long, and a deadlock has at most 65,536 parties. A reader skips chunks of types and events of kinds that it does not
 * know, and what stands in a payload behind the fields it knows, may cut texts of more than 4096 bytes, and may end with the
 * 4,194,304th thread, object, site, label or deadlock. A file whose writer was
 * killed ends in the middle of a chunk: all chunks before it count.
 */
export const MAGIC = "HEDDLTRC";
export const VERSION = 1;
export const FILE_HEADER_BYTES = 32;
export const CHUNK_HEADER_BYTES = 12;
/** The longest payload; recorders write far shorter ones. */
export const PAYLOAD_BYTES = 1 << 24;

/** Numbers that are neither times nor sums. */
export const LARGEST_WORD = 2 ** 31 - 1;
/** Bytes of a text that readers look at. */
export const LONGEST_TEXT = 4096;
export const MOST_PARTIES = 1 << 16;
/** Threads, objects, sites, labels and deadlocks that readers keep. */
export const MOST_DEFINITIONS = 1 << 22;
/** Processes of one program that readers keep. */
export const MOST_PROCESSES = 4096;
/** What a batch begins with: it is looked for where a chunk was cut. */
export const BATCH_MARK = "HDLBATCH";

export const CHUNKS = {
  thread: 1,
  threadEnded: 2,
  object: 3,
  site: 4,
  events: 5,
  deadlock: 6,
  end: 7,
  drained: 8,
  batch: 9,
  process: 10,
  unrecorded: 11,
  label: 12,
} as const;

/** The kinds of events, and what their `first` and `second` mean. */
export const EVENTS = {
  /** A lock is held now. */
  acquired: 1,
  /** A lock is about to be given back. */
  released: 2,
  /** The thread is about to wait. First: the thread that holds the lock or is to end, 0 for none. Second: of an async wait, its number. */
  waitBegan: 3,
  /** First: 1 if what was waited for came about, 0 if not. Second: as in `waitBegan`. */
  waitEnded: 4,
  /** The thread started another. First: its id. */
  threadStarted: 5,
  /** There was no room. First: how many records are missing since the event before. */
  gap: 6,
  /** The thread started a process. First: its process id. */
  processStarted: 7,
  /** A process that the thread started is over. First: its process id. Second: 1 + its exit code, or `SIGNALLED` + the signal that ended it. */
  processEnded: 8,
  /** A message was put into a queue or taken out. First: how many are in it now. */
  level: 9,
  /**
   * The thread does something that has a name: a task of a pool, which is the object, or what the program calls so, without an
   * object. First: the label. Second: its number in the thread.
   */
  spanBegan: 10,
  /** The span with that number is over. Second: as in `spanBegan`. */
  spanEnded: 11,
  /**
   * A condition was notified or an event set. First: how many that woke. Or a semaphore for which somebody waited is given so
   * many permits, or a barrier is passed, or broken, by so many parties. With `cleared`, see there.
   */
  notified: 12,
  /** A message of a queue was reported as dealt with. First: 1 + how many are not so far; 0: it was one more than were put. */
  taskDone: 13,
  /**
   * A message was sent through a channel, or with `received` taken from it; without an object where it is not known through
   * which. First: its number among those that were sent from that side, 0 where that is not known. Second: the side, 1 or 2.
   */
  message: 14,
  /** The program says that it is here. First: the label. */
  marker: 15,
  /**
   * The thread does more than is worth a record each: for so many nanoseconds (first) only what the tier `contended` has is
   * recorded. With 0 instead, that is over, and second says how many events were left out.
   */
  aggregated: 16,
  /**
   * Who waits for a lock of a server was told who held it when the wait began, wherever that is. First: the label that says so:
   * process id, thread's id there, host, empty for this one, and name, both percent-encoded, with colons between them. Second:
   * as in `waitBegan`.
   */
  heldBy: 17,
} as const;

/** In place of a kind from 16 on, which stands above the flags. */
export const ESCAPED = 0;
export const ESCAPED_SHIFT = 8;

/**
 * How much of a program is recorded. `full`: all there is. `contended`: waits, threads, processes, spans and markers; of takes
 * of locks those after a wait, those kept for 50 microseconds or so long the time before, and the first with another lock held, for each two locks.
 * `state`: threads, deadlocks and ends.
 */
export const TIERS = ["full", "contended", "state"] as const satisfies readonly Tier[];

/**
 * How much is recorded: everything; waits, and locks that somebody waited for or that were held for long; or threads and
 * deadlocks alone.
 */
export type Tier = "full" | "contended" | "state";

/** Flags of events. */
export const FLAGS = {
  /** The wait has a timeout, so it cannot be part of a deadlock; of a lock taken, that it would have had one, or no wait at all. */
  timed: 1,
  /** It is an async task's; the thread itself goes on. */
  async: 2,
  /** The lock was not free at once. */
  contended: 4,
  /** The wait is one for all messages of a queue to be reported as dealt with. */
  join: 8,
  /** Whoever waits looked just before whether what it waits for is so. */
  checked: 16,
  /** An event was cleared, and nobody notified. First: 1 if anybody saw it set since it was, 0 if not. */
  cleared: 32,
  /** The message came. */
  received: 64,
} as const;

/** Which optional fields an event has, beside its kind. */
export const FIELD_BITS = { flags: 16, site: 32, first: 64, second: 128 } as const;

/** In how a process ended: what follows is the number of a signal. */
export const SIGNALLED = 1000;

/** How a recorded program ended. */
export const REASONS = ["exit", "deadlock"] as const;

/** The checksum of a payload: FNV-1a over bytes. */
export function checksum(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 0;
}
