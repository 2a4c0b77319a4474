/** The filter of threads, and what it leaves. */
import type { Sums } from "../../shared/messages.js";
import type { Contention } from "../../shared/report.js";
import type { LockNow, Snapshot, ThreadNow } from "../../shared/snapshot.js";
import { asksForRelated, type Filter, isFiltering, type RelatedFilter, shownThreads } from "./filter.js";

export class ThreadFilter {
  readonly #ask: (question: RelatedFilter) => void;
  #filter: Filter;
  /** Undefined as long as nobody has answered, or nothing is asked. */
  #related: ReadonlySet<number> | undefined;
  #shown: Shown | undefined;

  /** `ask` is called for threads that only the worker can tell; `take` takes the answer. */
  constructor(filter: Filter, ask: (question: RelatedFilter) => void) {
    this.#filter = filter;
    this.#ask = ask;
  }

  get filter(): Filter {
    return this.#filter;
  }

  set filter(filter: Filter) {
    this.#filter = filter;
    if (!asksForRelated(filter)) this.#related = undefined;
    this.refresh();
  }

  /** It is known who is shown. */
  get isKnown(): boolean {
    return this.#related !== undefined || !asksForRelated(this.#filter);
  }

  /** Asks again: as the trace grows there may be more. */
  refresh(): void {
    const { thread, object, least } = this.#filter;
    if (asksForRelated(this.#filter)) this.#ask({ thread, object, least });
  }

  take(threads: readonly number[]): void {
    if (asksForRelated(this.#filter)) this.#related = new Set(threads);
  }

  /** Those that are shown. `selected` is one of them: who goes to a thread wants to see it. */
  threads(all: readonly ThreadNow[], selected: number): readonly ThreadNow[] {
    if (!isFiltering(this.#filter)) return all;
    const was = this.#shown;
    const isSame = was?.all === all && was.filter === this.#filter && was.related === this.#related;
    if (isSame && was.selected === selected) return was.threads;
    const threads = shownThreads(this.#filter, all, this.#related, selected);
    this.#shown = { all, filter: this.#filter, related: this.#related, selected, threads };
    return threads;
  }

  /** All that tables tell about, as far as it has to do with the threads that are shown, or the object that was chosen. */
  snapshot(snapshot: Snapshot, selected: number): Snapshot {
    if (!isFiltering(this.#filter)) return snapshot;
    const { object } = this.#filter;
    const threads = this.threads(snapshot.threads, selected);
    const ids = new Set(threads.map(({ id }) => id));
    const hasAny = ({ owner, others, waiters }: LockNow): boolean =>
      [owner, ...others.map(({ thread }) => thread), ...waiters].some((id) => ids.has(id));
    const isIt = (each: { readonly object: { readonly id: number } }): boolean =>
      object === 0 || each.object.id === object;
    return {
      ...snapshot,
      threads,
      locks: snapshot.locks.filter((lock) => (object === 0 ? hasAny(lock) : lock.object.id === object)),
      counters: snapshot.counters.filter(isIt),
    };
  }

  /** Waits are told by lock and place, not by thread. */
  contention(all: readonly Contention[]): readonly Contention[] {
    const { object, least } = this.#filter;
    if (object === 0 && least === 0) return all;
    return all.filter((row) => (object === 0 || row.object.id === object) && row.longest >= least);
  }

  sums(sums: Sums | undefined, shown: readonly ThreadNow[]): Sums | undefined {
    if (sums === undefined || !isFiltering(this.#filter)) return sums;
    const ids = new Set(shown.map(({ id }) => id));
    return { ...sums, threads: sums.threads.filter(({ thread }) => ids.has(thread)) };
  }
}

interface Shown {
  readonly all: readonly ThreadNow[];
  readonly filter: Filter;
  readonly related: ReadonlySet<number> | undefined;
  readonly selected: number;
  readonly threads: readonly ThreadNow[];
}
