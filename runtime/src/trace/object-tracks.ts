import type { TraceObject } from "./decode.js";
import type { Track, TrackWriter } from "./track-writer.js";

/** What threads hold or wait for, and its tracks: how many wait for it, and how many messages are in it. `Thread` is one of those. */
export class ObjectTracks<Thread> {
  /** The number of the process whose it is. */
  readonly pid: number;
  readonly kind: TraceObject["kind"];
  readonly label: string;
  /** Who took it and has not given it back, the first first. */
  holders: Set<Thread> | undefined;
  waiters = 0;
  /** The arrow from when it was given back last while somebody waited. */
  given: number | undefined;
  readonly #out: TrackWriter;
  readonly #nextTrack: () => number;
  #counter: Track | undefined;
  #level: Track | undefined;

  constructor(pid: number, kind: TraceObject["kind"], label: string, out: TrackWriter, nextTrack: () => number) {
    this.pid = pid;
    this.kind = kind;
    this.label = label;
    this.#out = out;
    this.#nextTrack = nextTrack;
  }

  /** So many more wait for it. Who waits for a thread is told by that one's own tracks. */
  count(time: number, change: number): void {
    if (this.kind === "thread") return;
    this.waiters += change;
    this.#counter ??= this.#newTrack({ kind: "count", name: `waiting for ${this.label}` });
    this.#out.count(this.#counter, time, this.waiters);
  }

  /** How many messages are in it now. */
  fill(time: number, messages: number): void {
    this.#level ??= this.#newTrack({ kind: "count", unit: "messages", name: `messages in ${this.label}` });
    this.#out.count(this.#level, time, messages);
  }

  #newTrack(what: Pick<Track, "kind" | "unit" | "name">): Track {
    const track: Track = { id: this.#nextTrack(), pid: this.pid, thread: 0, ...what };
    this.#out.track(track);
    return track;
  }
}
