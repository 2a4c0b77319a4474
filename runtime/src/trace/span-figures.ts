/** How often threads did what has a name, and for how long. */
import { EVENTS, type TraceEvent } from "./decode.js";

/** The spans of one name. Times are nanoseconds. */
export interface SpanSummary {
  /** What they are called. */
  readonly name: string;
  /** The pool whose tasks they are; undefined: the program called them so. */
  readonly pool: string | undefined;
  /** How many there were. */
  readonly times: number;
  /** Their sum. */
  readonly total: number;
  /** The longest of them. */
  readonly longest: number;
  /** Those that had not ended when the trace did; they count up to there. */
  readonly open: number;
}

/** The markers of one name. */
export interface MarkerSummary {
  /** What they are called. */
  readonly name: string;
  /** How many there were. */
  readonly times: number;
  /** When the first of them was. */
  readonly first: number;
  /** In which thread that was. */
  readonly thread: string;
}

interface Spans {
  readonly label: number;
  readonly object: number;
  times: number;
  total: number;
  longest: number;
  open: number;
}

interface Markers {
  readonly label: number;
  readonly thread: number;
  readonly first: number;
  times: number;
}

/** Names that are told apart, and spans of a thread that last. */
const MOST_NAMES = 1 << 14;
const MOST_OPEN = 1 << 16;

export class SpanFigures {
  readonly #spans = new Map<string, Spans>();
  readonly #markers = new Map<number, Markers>();
  /** By thread, then by number. */
  readonly #open = new Map<number, Map<number, { readonly of: Spans; readonly since: number }>>();
  #openCount = 0;

  event({ kind, thread, time, object, first, second }: TraceEvent): void {
    if (kind === EVENTS.marker) this.#mark(thread, time, first);
    else if (kind === EVENTS.spanBegan) {
      const spans = this.#of(first, object);
      if (spans !== undefined) this.#begin(thread, second, { of: spans, since: time });
    } else {
      const open = this.#open.get(thread)?.get(second);
      if (open === undefined) return;
      this.#open.get(thread)?.delete(second);
      this.#openCount--;
      count(open.of, time - open.since);
    }
  }

  /** Whatever the thread did is over, or unknown. */
  forget(thread: number): void {
    this.#openCount -= this.#open.get(thread)?.size ?? 0;
    this.#open.delete(thread);
  }

  /** Those that took longest in all first. */
  spans(end: number, textOf: (label: number) => string, labelOf: (object: number) => string): readonly SpanSummary[] {
    for (const spans of this.#open.values()) {
      for (const { of, since } of spans.values()) {
        count(of, Math.max(0, end - since));
        of.open++;
      }
    }
    this.#open.clear();
    this.#openCount = 0;
    return [...this.#spans.values()]
      .filter(({ times }) => times > 0)
      .sort((a, b) => b.total - a.total)
      .map(({ label, object, times, total, longest, open }) => ({
        name: textOf(label),
        pool: object === 0 ? undefined : labelOf(object),
        ...{ times, total, longest, open },
      }));
  }

  /** In the order in which they came first. */
  markers(textOf: (label: number) => string, nameOf: (thread: number) => string): readonly MarkerSummary[] {
    return [...this.#markers.values()]
      .sort((a, b) => a.first - b.first)
      .map(({ label, thread, first, times }) => ({ name: textOf(label), times, first, thread: nameOf(thread) }));
  }

  #begin(thread: number, number: number, span: { readonly of: Spans; readonly since: number }): void {
    const open = this.#open.get(thread) ?? new Map<number, typeof span>();
    if (!open.has(number)) {
      if (this.#openCount === MOST_OPEN) return;
      this.#openCount++;
    }
    open.set(number, span);
    this.#open.set(thread, open);
  }

  #mark(thread: number, time: number, label: number): void {
    const known = this.#markers.get(label);
    const times = (known?.times ?? 0) + 1;
    // Threads are told one after the other, so an earlier one may come later.
    if (known !== undefined && known.first <= time) known.times = times;
    else if (known !== undefined || this.#markers.size < MOST_NAMES) {
      this.#markers.set(label, { label, thread, first: time, times });
    }
  }

  #of(label: number, object: number): Spans | undefined {
    const key = `${label} ${object}`;
    let spans = this.#spans.get(key);
    if (spans === undefined && this.#spans.size < MOST_NAMES) {
      spans = { label, object, times: 0, total: 0, longest: 0, open: 0 };
      this.#spans.set(key, spans);
    }
    return spans;
  }
}

function count(spans: Spans, length: number): void {
  spans.times++;
  spans.total += length;
  spans.longest = Math.max(spans.longest, length);
}
