import type { Details, Opening, Track, TrackWriter } from "./track-writer.js";

/** Something that is or was on a track of its own. */
interface Placed {
  readonly track: Track;
}

/** A lock that a thread has. */
export interface Hold extends Placed {
  /** Who reads may begin to read again, and stops as often. */
  repeats: number;
}

/** What a thread, or one of its tasks, waits for. `Shared` is what is known of the object. */
export interface Wait<Shared> {
  readonly shared: Shared | undefined;
  /** The thread whose end is waited for; 0 for none. */
  readonly joined: number;
}

/** One thread's tracks, and where it is as far as the events in order have come. */
export class ThreadTracks<Shared> {
  readonly id: number;
  name: string;
  /** The number of the process whose it is. */
  pid: number;
  /** Its definition was read. */
  isKnown = false;
  /** Whose it is, and whether it is that process's main thread. */
  process = 1;
  isMain = false;
  /** Its end is known, and may not have been played yet. */
  isEnding = false;
  began = 0;
  /** Of the last of its events in order. */
  reached = 0;
  /** There is something on its activity. */
  isOpen = false;
  wait: Wait<Shared> | undefined;
  /** By number of the event. */
  readonly taskWaits = new Map<number, Wait<Shared> & Placed>();
  readonly holds = new Map<Shared, Hold>();
  /** Threads that wait for its end, and the arrow from there. */
  joiners = 0;
  given: number | undefined;
  readonly #out: TrackWriter;
  readonly #nextTrack: () => number;
  readonly #holdings: FreeTracks;
  readonly #tasks: FreeTracks;
  readonly #spans: FreeTracks;
  readonly #openSpans = new Map<number, Track>();
  #activity: Track | undefined;
  /** Of the last event of it that came. */
  #queued = 0;

  constructor(id: number, pid: number, out: TrackWriter, nextTrack: () => number) {
    this.id = id;
    this.pid = pid;
    this.name = `thread ${id}`;
    this.#out = out;
    this.#nextTrack = nextTrack;
    this.#holdings = new FreeTracks(() => this.#newTrack("holdings"));
    this.#tasks = new FreeTracks(() => this.#newTrack("tasks"));
    this.#spans = new FreeTracks(() => this.#newTrack("spans"));
  }

  get activity(): Track {
    this.#activity ??= this.#newTrack("activity");
    return this.#activity;
  }

  rename(name: string): void {
    if (name === "" || name === this.name) return;
    this.name = name;
    for (const track of [this.#activity, ...this.#holdings.all, ...this.#tasks.all, ...this.#spans.all]) {
      if (track === undefined) continue;
      track.name = nameOf(track.kind, name);
      this.#out.track(track);
    }
  }

  /** A thread's own events never go back, whatever the file says. */
  inOrder(time: number): number {
    if (time > this.#queued) this.#queued = time;
    return this.#queued;
  }

  /** It is there, and runs. */
  open(time: number, arrow: number | undefined): void {
    this.isOpen = true;
    this.reached = time;
    this.#out.begin(this.activity, time, { category: "running", name: "runs", arrow });
  }

  /** Does something else from now on; `how` is told of what it did until now. */
  does(time: number, opening: Opening, how?: Details): void {
    this.#out.end(this.activity, time, how);
    this.#out.begin(this.activity, time, opening);
  }

  runs(time: number, how?: Details, arrow?: number): void {
    this.does(time, { category: "running", name: "runs", arrow }, how);
  }

  take(shared: Shared, time: number, opening: Opening): void {
    const track = this.#holdings.take();
    this.holds.set(shared, { track, repeats: 0 });
    this.#out.begin(track, time, opening);
  }

  letGo(shared: Shared, time: number, how?: Details): void {
    const hold = this.holds.get(shared);
    if (hold === undefined) return;
    this.holds.delete(shared);
    this.#out.end(hold.track, time, how);
    this.#holdings.put(hold.track);
  }

  beginTaskWait(number: number, wait: Wait<Shared>, time: number, opening: Opening): void {
    const track = this.#tasks.take();
    this.taskWaits.set(number, { ...wait, track });
    this.#out.begin(track, time, opening);
  }

  endTaskWait(number: number, time: number, how?: Details): void {
    const wait = this.taskWaits.get(number);
    if (wait === undefined) return;
    this.taskWaits.delete(number);
    this.#out.end(wait.track, time, how);
    this.#tasks.put(wait.track);
  }

  beginSpan(number: number, time: number, opening: Opening): void {
    // A number is used again only when nobody knows how the first span ended.
    this.endSpan(number, time);
    const track = this.#spans.take();
    this.#openSpans.set(number, track);
    this.#out.begin(track, time, opening);
  }

  endSpan(number: number, time: number, how?: Details): void {
    const track = this.#openSpans.get(number);
    if (track === undefined) return;
    this.#openSpans.delete(number);
    this.#out.end(track, time, how);
    this.#spans.put(track);
  }

  endSpans(time: number, how: Details): void {
    for (const number of [...this.#openSpans.keys()]) this.endSpan(number, time, how);
  }

  /** Nothing more is on its activity. */
  close(time: number, how?: Details): void {
    if (this.isOpen) this.#out.end(this.activity, time, how);
    this.isOpen = false;
  }

  #newTrack(kind: Track["kind"]): Track {
    const track: Track = { id: this.#nextTrack(), kind, pid: this.pid, thread: this.id, name: nameOf(kind, this.name) };
    this.#out.track(track);
    return track;
  }
}

function nameOf(kind: Track["kind"], thread: string): string {
  return kind === "activity" ? thread : `${thread} ${kind === "holdings" ? "holds" : kind}`;
}

/** As many tracks of a kind as something was on at once. Of the free ones the one that was there first is used first. */
class FreeTracks {
  readonly all: Track[] = [];
  readonly #make: () => Track;
  /** A heap: none is older than the one at half its index. */
  readonly #free: Track[] = [];

  constructor(make: () => Track) {
    this.#make = make;
  }

  take(): Track {
    const [first] = this.#free;
    const last = this.#free.pop();
    if (first === undefined || last === undefined) {
      const made = this.#make();
      this.all.push(made);
      return made;
    }
    if (first !== last) this.#sink(last);
    return first;
  }

  put(track: Track): void {
    const free = this.#free;
    let at = free.length;
    for (let above = (at - 1) >> 1; at > 0 && free[above]!.id > track.id; above = (at - 1) >> 1) {
      free[at] = free[above]!;
      at = above;
    }
    free[at] = track;
  }

  /** Puts a track into the place of the first. */
  #sink(track: Track): void {
    const free = this.#free;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below + 1 < free.length && free[below + 1]!.id < free[below]!.id) below++;
      if (below >= free.length || free[below]!.id >= track.id) break;
      free[at] = free[below]!;
      at = below;
    }
    free[at] = track;
  }
}
