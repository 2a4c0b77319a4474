import { QuestionQueue } from "./question-queue.js";
import type { Span } from "./span.js";

export interface Wanted {
  readonly span: Span;
  readonly columns: number;
  /** The rows that are wanted; all where nothing is said. */
  readonly threads?: readonly number[] | undefined;
  readonly counters?: readonly number[] | undefined;
}

/** What answers a question about a span. */
interface Answered extends Span {
  readonly request: number;
}

/** Sees to it that there is a frame of what is to be seen, and asks for no more than that. */
export class FrameSupply<F extends Answered> {
  readonly #questions: QuestionQueue<Wanted>;
  readonly #pause: number;
  #frame: F | undefined;
  #asked: Wanted | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isOutdated = false;

  /** `pause` is how many milliseconds lie between two questions about the same span, or one that grows. */
  constructor(send: (wanted: Wanted, request: number) => void, newRequest: () => number, pause: number) {
    this.#questions = new QuestionQueue(send, newRequest);
    this.#pause = pause;
  }

  /** The last one that came, whatever it shows. */
  get frame(): F | undefined {
    return this.#frame;
  }

  /** There may be more to see now in the same span. */
  outdate(): void {
    this.#isOutdated = true;
  }

  /** `isUrgent` if somebody moved it. Returns whether there is something left to ask for later. */
  want(wanted: Wanted, isUrgent: boolean, now: number): boolean {
    const isNew = !isSame(wanted, this.#asked);
    if (!isNew && !this.#isOutdated) return false;
    if (!(isUrgent && isNew) && now - this.#askedAt < this.#pause) return true;
    this.#asked = wanted;
    this.#askedAt = now;
    this.#isOutdated = false;
    this.#questions.ask(wanted, now);
    return false;
  }

  /** Takes a frame if it is one of those that were asked for here. */
  take(frame: F, now: number): boolean {
    if (!this.#questions.answered(frame.request, now)) return false;
    this.#frame = frame;
    return true;
  }
}

function isSame(a: Wanted, b: Wanted | undefined): boolean {
  if (b === undefined) return false;
  const isSameSpan = a.span.from === b.span.from && a.span.to === b.span.to && a.columns === b.columns;
  return isSameSpan && isSameList(a.threads, b.threads) && isSameList(a.counters, b.counters);
}

function isSameList(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a === b || (a !== undefined && a.length === b?.length && a.every((id, i) => id === b[i]));
}
