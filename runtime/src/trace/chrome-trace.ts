import type { TraceProcess, TraceStart } from "./decode.js";
import type { Details, Opening, Place, Track, TrackWriter } from "./track-writer.js";

/** Rows of a thread beside its own are threads too here, which nothing else has the numbers of. */
const FIRST_OTHER_ROW = 1_000_000;
/** Rows are sorted by thread, and within one by what they are. */
const ROWS_PER_THREAD = 1000;
/** Names whose form in JSON is kept. */
const MOST_KNOWN = 10_000;

interface Open {
  readonly since: number;
  readonly opening: Opening;
}

interface Arrow {
  readonly pid: number;
  readonly row: number;
  readonly time: number;
  readonly name: string;
}

/**
 * Writes tracks as JSON in Google's "Trace Event Format", its object form: slices are complete events (`X`), arrows pairs
 * of flow events (`s`, `f`), numbers counters (`C`), deadlocks instants of the process (`i`).
 */
export class ChromeTrace implements TrackWriter {
  #text = '{"displayTimeUnit":"ns","traceEvents":[';
  #isFirst = true;
  #pid = 0;
  #about = "";
  readonly #open = new Map<Track, Open>();
  readonly #rowOf = new Map<Track, number>();
  readonly #arrows = new Map<number, Arrow>();
  readonly #known = new Map<string, string>();
  readonly #encoder = new TextEncoder();

  /** Characters that wait to be taken. */
  get length(): number {
    return this.#text.length;
  }

  /** Hands over what was written since the last time. */
  take(): Uint8Array {
    const bytes = this.#encoder.encode(this.#text);
    this.#text = "";
    return bytes;
  }

  start({ pid, startedAt }: TraceStart): void {
    this.#pid = pid;
    this.#about = JSON.stringify({ source: "Heddle", startedAt: new Date(startedAt).toISOString() });
  }

  process({ id, pid }: TraceProcess): void {
    this.#metadata("process_name", pid, 1, { name: `process ${pid}` });
    if (id > 1) this.#metadata("process_sort_index", pid, 1, { sort_index: id });
  }

  track(track: Track): void {
    if (track.kind === "count") return;
    let row = this.#rowOf.get(track);
    if (row === undefined) {
      row = track.kind === "activity" ? track.thread : FIRST_OTHER_ROW + track.id;
      this.#rowOf.set(track, row);
      const place =
        track.kind === "activity" ? 0 : Math.min(track.kind === "holdings" ? track.id : track.id + 500, 999);
      this.#metadata("thread_sort_index", track.pid, row, { sort_index: track.thread * ROWS_PER_THREAD + place });
    }
    this.#metadata("thread_name", track.pid, row, { name: track.name });
  }

  begin(track: Track, time: number, opening: Opening): void {
    this.#open.set(track, { since: time, opening });
    if (opening.arrow === undefined) return;
    const from = this.#arrows.get(opening.arrow);
    this.#arrows.delete(opening.arrow);
    if (from === undefined) return;
    this.#event("s", from.name, from.pid, from.time, `"cat":"arrow","id":${opening.arrow},"tid":${from.row}`);
    // Without a binding point it ends at the slice that begins next on the row, which is this one.
    this.#event("f", from.name, track.pid, time, `"cat":"arrow","id":${opening.arrow},"tid":${this.#row(track)}`);
  }

  end(track: Track, time: number, details?: Details): void {
    const open = this.#open.get(track);
    if (open === undefined) return;
    this.#open.delete(track);
    const { since, opening } = open;
    const { category, name, place } = opening;
    const at = place === undefined ? "" : `,"at":${this.#quoted(placeText(place))}`;
    const args = `${at}${this.#fields(opening.details)}${this.#fields(details)}`.slice(1);
    const rest = args === "" ? "" : `,"args":{${args}}`;
    this.#event(
      "X",
      name,
      track.pid,
      since,
      `"dur":${(time - since) / 1000},"cat":"${category}","tid":${this.#row(track)}${rest}`,
    );
  }

  give(track: Track, time: number, arrow: number, name: string): void {
    this.#arrows.set(arrow, { pid: track.pid, row: this.#row(track), time, name });
  }

  count(track: Track, time: number, value: number): void {
    this.#event("C", track.name, track.pid, time, `"id":${track.id},"args":{"${track.unit ?? "threads"}":${value}}`);
  }

  mark(time: number, name: string, details: Details): void {
    this.#event("i", name, this.#pid, time, `"s":"p","cat":"heddle","tid":1,"args":${JSON.stringify(details)}`);
  }

  finish(): void {
    this.#text += `\n],"otherData":${this.#about}}\n`;
  }

  #row(track: Track): number {
    return this.#rowOf.get(track) ?? 0;
  }

  /** Of an object, each after a comma. */
  #fields(details: Details | undefined): string {
    let text = "";
    for (const key in details) {
      const value = details[key];
      if (value !== undefined) text += `,"${key}":${typeof value === "string" ? this.#quoted(value) : value}`;
    }
    return text;
  }

  /** The same few names are told again and again. */
  #quoted(text: string): string {
    let quoted = this.#known.get(text);
    if (quoted === undefined) {
      quoted = JSON.stringify(text);
      if (this.#known.size === MOST_KNOWN) this.#known.clear();
      this.#known.set(text, quoted);
    }
    return quoted;
  }

  #metadata(name: string, pid: number, row: number, args: object): void {
    this.#event("M", name, pid, 0, `"tid":${row},"args":${JSON.stringify(args)}`);
  }

  /** Times are microseconds there. */
  #event(phase: string, name: string, pid: number, time: number, rest: string): void {
    const separator = this.#isFirst ? "\n" : ",\n";
    this.#isFirst = false;
    this.#text += `${separator}{"ph":"${phase}","name":${this.#quoted(name)},"pid":${pid},"ts":${time / 1000},${rest}}`;
  }
}

function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
