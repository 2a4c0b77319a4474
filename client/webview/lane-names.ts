import { howMany } from "../shared/how-many.js";
import { nameOf } from "../shared/names.js";
import type { CounterNow, ThreadNow } from "../shared/snapshot.js";
import { element, setAttribute, setText } from "./element.js";
import type { LaneRange, LaneShape } from "./layout/lane-geometry.js";
import { doing } from "./layout/phrases.js";
import { laneName } from "./layout/words.js";

/** The column with the names of threads and counters, and what they do now. Only the rows that are seen have elements. */
export class LaneNames {
  readonly root: HTMLElement;
  /** Below the threads, in the same place. */
  readonly counters = element("div", { class: "names", role: "list", "aria-label": "Queues and pools" });
  readonly #rows: NameRow[] = [];
  readonly #counterRows: CounterNameRow[] = [];

  constructor(select: (lane: number) => void) {
    this.root = element("div", { class: "names", role: "listbox", tabindex: "0", "aria-label": "Threads" });
    this.root.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest<HTMLElement>("[data-lane]") : null;
      if (row !== null) select(Number(row.dataset.lane));
    });
  }

  show(
    threads: readonly ThreadNow[],
    { first, last }: LaneRange,
    shape: LaneShape,
    scrollTop: number,
    selected: number,
    now: number,
  ): void {
    const count = Math.max(0, last - first + 1);
    while (this.#rows.length > count) this.#rows.pop()?.root.remove();
    while (this.#rows.length < count) {
      const row = new NameRow();
      this.#rows.push(row);
      this.root.append(row.root);
    }
    this.#rows.forEach((row, i) => {
      const thread = threads[first + i];
      if (thread === undefined) return;
      row.show(thread, first + i, threads.length, shape, scrollTop, selected, now);
      const above = threads[first + i - 1];
      row.root.classList.toggle("first-of-process", above !== undefined && above.process.id !== thread.process.id);
    });
    if (selected >= first && selected <= last) setAttribute(this.root, "aria-activedescendant", `lane-${selected}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /** `threads` rows are above the first of them. */
  showCounters(
    counters: readonly CounterNow[],
    threads: number,
    { first, last }: LaneRange,
    shape: LaneShape,
    scrollTop: number,
  ): void {
    const start = Math.max(0, first - threads);
    const count = Math.max(0, last - threads - start + 1);
    while (this.#counterRows.length > count) this.#counterRows.pop()?.root.remove();
    while (this.#counterRows.length < count) {
      const row = new CounterNameRow();
      this.#counterRows.push(row);
      this.counters.append(row.root);
    }
    this.#counterRows.forEach((row, i) => {
      const top = (threads + start + i) * shape.height - scrollTop;
      const counter = counters[start + i];
      if (counter !== undefined) row.show(counter, start + i, counters.length, shape, top);
    });
  }
}

class CounterNameRow {
  readonly #name = element("bdi", { class: "lane-name" });
  readonly #much = element("span", { class: "lane-doing" });
  readonly root = element("div", { class: "lane counter", role: "listitem" }, this.#name, this.#much);

  show(counter: CounterNow, number: number, all: number, shape: LaneShape, top: number): void {
    setText(this.#name, nameOf(counter.object));
    setText(this.#much, `${howMany(counter)} · at most ${counter.most.toLocaleString("en-US")}`);
    setAttribute(this.root, "aria-posinset", String(number + 1));
    setAttribute(this.root, "aria-setsize", String(all));
    this.root.classList.toggle("dense", shape.height < 40);
    this.root.style.top = `${top}px`;
    this.root.style.height = `${shape.height}px`;
  }
}

class NameRow {
  readonly #name = element("bdi", { class: "lane-name" });
  readonly #doing = element("span", { class: "lane-doing" });
  readonly root = element("div", { class: "lane", role: "option" }, this.#name, this.#doing);

  show(
    thread: ThreadNow,
    lane: number,
    lanes: number,
    shape: LaneShape,
    scrollTop: number,
    selected: number,
    now: number,
  ): void {
    setText(this.#name, laneName(thread));
    setText(this.#doing, doing(thread, now));
    setAttribute(this.root, "id", `lane-${lane}`);
    setAttribute(this.root, "data-lane", String(lane));
    setAttribute(this.root, "aria-selected", String(lane === selected));
    setAttribute(this.root, "aria-posinset", String(lane + 1));
    setAttribute(this.root, "aria-setsize", String(lanes));
    this.root.classList.toggle("dense", shape.height < 40);
    this.root.style.top = `${lane * shape.height - scrollTop}px`;
    this.root.style.height = `${shape.height}px`;
  }
}
