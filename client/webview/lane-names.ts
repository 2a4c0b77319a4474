import type { ThreadNow } from "../shared/messages.js";
import { element, setAttribute, setText } from "./element.js";
import type { LaneRange, LaneShape } from "./layout/lane-geometry.js";
import { doing } from "./layout/phrases.js";
import { threadName } from "./layout/words.js";

/** The column with the threads' names and what they do now. Only the lanes that are seen have elements. */
export class LaneNames {
  readonly root: HTMLElement;
  readonly #rows: NameRow[] = [];

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
      if (thread !== undefined) row.show(thread, first + i, threads.length, shape, scrollTop, selected, now);
    });
    if (selected >= first && selected <= last) setAttribute(this.root, "aria-activedescendant", `lane-${selected}`);
    else this.root.removeAttribute("aria-activedescendant");
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
    setText(this.#name, threadName(thread));
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
