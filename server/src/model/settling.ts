import type { Site } from "../source/site.js";

/** A promise whose resolver is put into a container, so that others settle it. */
export interface StoredSettler {
  /** What the container is called: a field or a variable, whoever holds it. */
  readonly store: string;
  readonly isQueue: boolean;
  readonly site: Site;
  /** The timer that settles the promise as well. */
  readonly timer: SettlerTimer | undefined;
}

export interface SettlerTimer {
  readonly site: Site;
  /** The function it calls, by its index. */
  readonly runs: number | undefined;
}

/** A function is to be called when something happens to a peer: a worker, a process, a port. */
export interface Handler {
  /** As the peer calls it: `message`, `exit`, `error`. */
  readonly event: string;
  /** The text of what is listened to. */
  readonly peer: string;
  /** The function, by its index; undefined if it is not one of the file. */
  readonly runs: number | undefined;
  readonly site: Site;
}

/** A function of the file, as far as it matters for who settles what. */
export interface SettlerFunction {
  readonly name: string;
  readonly site: Site;
  /** The functions that it may run, by their index; those it registers as handlers are not among them. */
  readonly calls: readonly number[];
  /** The containers whose entries it looks at. */
  readonly takes: ReadonlySet<string>;
  /** The containers out of which it removes entries. */
  readonly drops: ReadonlySet<string>;
  /** Whether it ends the program, so that nobody goes on waiting. */
  readonly exits: boolean;
  readonly throws: boolean;
}

/** A promise that is settled when the last of many is done, and by nobody if there is none. */
export interface CountedWait {
  /** The collection whose elements are counted. */
  readonly collection: string;
  readonly site: Site;
  readonly settles: Site;
  readonly loop: Site;
}

/** A wake-up that an exception passes by. */
export interface SkippedNotify {
  /** The call, as it is written. */
  readonly text: string;
  readonly notify: Site;
  readonly throws: Site;
  readonly awaits: boolean;
  readonly handler: Site;
}

/** An entry is handed on if there is one, and otherwise something else is done with what came. */
export interface Handover {
  readonly store: string;
  readonly site: Site;
}

/** A reply is taken from a port that may have another one in it, or none. */
export interface UncertainReceive {
  /** `skip`: replies to earlier calls are not passed over; `test`: nobody asks whether there is a reply. */
  readonly lacks: "skip" | "test";
  readonly port: string;
  readonly site: Site;
  /** The wait that may have timed out for the call before. */
  readonly wait: Site;
}

/** What a file says about who settles promises and who wakes threads. */
export interface FileSettling {
  readonly functions: readonly SettlerFunction[];
  readonly stored: readonly StoredSettler[];
  readonly handlers: readonly Handler[];
  readonly handovers: readonly Handover[];
  readonly counted: readonly CountedWait[];
  readonly skipped: readonly SkippedNotify[];
  readonly receives: readonly UncertainReceive[];
}
