import { nameOf } from "../shared/names.js";
import type { Named } from "../shared/snapshot.js";
import { element, setAttribute, setShown, setText } from "./element.js";
import { type Chip, chipsOf, type Filter, isFiltering, NO_FILTER, parseLeast } from "./layout/filter.js";
import type { Words } from "./layout/words.js";

/** More than anybody scrolls through: who looks for another one finds it in the tables. */
const MOST_OBJECTS = 300;

export interface FilterActions {
  filter(filter: Filter): void;
  /** The bar is gone: the focus goes to where one looks next. */
  leave(): void;
}

export interface FilterContent {
  readonly filter: Filter;
  /** How many threads are shown, in words. */
  readonly count: string;
  /** What may be chosen. */
  readonly objects: readonly Named[];
  readonly words: Words;
}

/** Which threads are shown: a button for each condition, which takes it away, and while it is open a form for them. */
export class FilterBar {
  readonly root: HTMLElement;
  readonly #actions: FilterActions;
  readonly #name = element("input", {
    ...{ type: "search", class: "search", placeholder: "Name or process", spellcheck: "false" },
    "aria-label": "Threads with this name",
  });
  readonly #object = element("select", { class: "search", "aria-label": "Threads that use this lock or queue" });
  readonly #least = element("input", {
    ...{ type: "search", class: "search short", placeholder: "≥ 5ms", spellcheck: "false" },
    "aria-label": "Threads that waited at least so long, or that they waited for",
  });
  readonly #form: HTMLElement;
  readonly #list = element("ul", { class: "chips", "aria-label": "Filters", hidden: "" });
  readonly #count = element("span", { class: "filter-count" });
  readonly #clear = element(
    "button",
    { type: "button", class: "button", title: "Show all threads (C)", "aria-keyshortcuts": "c" },
    "Clear",
  );
  #filter = NO_FILTER;
  #objects: readonly Named[] = [];
  #chips: readonly Chip[] = [];
  #isOpen = false;

  constructor(actions: FilterActions) {
    this.#actions = actions;
    this.#form = element("div", { class: "filter-form", role: "search" }, this.#name, this.#object, this.#least);
    this.#clear.addEventListener("click", () => this.#apply(NO_FILTER));
    this.#name.addEventListener("input", () => this.#apply({ ...this.#filter, name: this.#name.value }));
    this.#object.addEventListener("change", () => {
      this.#apply({ ...this.#filter, object: Number(this.#object.value) });
    });
    // What is offered stays as it is while somebody chooses.
    for (const event of ["pointerdown", "focus"]) this.#object.addEventListener(event, () => this.#offer());
    this.#least.addEventListener("input", () => {
      const least = parseLeast(this.#least.value);
      this.#sayWrong(least === undefined);
      if (least !== undefined) this.#apply({ ...this.#filter, least });
    });
    this.#form.addEventListener("keydown", (event) => this.#pressed(event));
    this.root = element(
      "section",
      { class: "filter", "aria-label": "Filter of threads", hidden: "" },
      ...[this.#form, this.#list, this.#count, this.#clear],
    );
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Shows the form, with the cursor in it. */
  open(): void {
    this.#isOpen = true;
    for (const part of [this.root, this.#form]) setShown(part, true);
    this.#offer();
    this.#name.focus();
    this.#name.select();
  }

  /** Takes the form away. The filter stays. */
  close(): void {
    this.#isOpen = false;
    this.#actions.leave();
  }

  show({ filter, count, objects, words }: FilterContent): void {
    this.#objects = objects;
    const isActive = isFiltering(filter);
    setShown(this.root, isActive || this.#isOpen);
    setShown(this.#form, this.#isOpen);
    setShown(this.#clear, isActive);
    setText(this.#count, count);
    this.#showChips(chipsOf(filter, words));
    if (filter === this.#filter) return;
    this.#filter = filter;
    if (this.#name.value.trim() !== filter.name.trim()) this.#name.value = filter.name;
    if (parseLeast(this.#least.value) !== filter.least) {
      this.#least.value = filter.least === 0 ? "" : `${filter.least / 1e6}ms`;
      this.#sayWrong(false);
    }
    this.#offer();
  }

  #sayWrong(isWrong: boolean): void {
    setAttribute(this.#least, "aria-invalid", String(isWrong));
    this.#least.title = isWrong ? "A duration: 200ns, 20µs, 5ms or 1.5s" : "";
  }

  #apply(filter: Filter): void {
    const hadFocus = this.#list.contains(document.activeElement) || document.activeElement === this.#clear;
    this.#actions.filter(filter);
    if (hadFocus && !isFiltering(filter)) this.#isOpen ? this.#name.focus() : this.#actions.leave();
  }

  /** What is typed is no command. */
  #pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    this.close();
  }

  #offer(): void {
    const { object } = this.#filter;
    const chosen = this.#objects.filter(({ id }) => id === object);
    const offered = [...chosen, ...this.#objects.filter(({ id }) => id !== object).slice(0, MOST_OBJECTS)];
    const options = [
      element("option", { value: "0" }, "Any lock or queue"),
      ...offered.map((each) => element("option", { value: String(each.id) }, nameOf(each))),
    ];
    this.#object.replaceChildren(...options);
    this.#object.value = String(chosen.length > 0 ? object : 0);
  }

  #showChips(chips: readonly Chip[]): void {
    const isSame = chips.length === this.#chips.length && chips.every(({ text }, i) => text === this.#chips[i]?.text);
    this.#chips = chips;
    if (isSame) return;
    const hadFocus = this.#list.contains(document.activeElement);
    setShown(this.#list, chips.length > 0);
    const items = chips.map(({ text }, i) => {
      const label = `Remove filter: ${text}`;
      const button = element("button", { type: "button", class: "chip", "aria-label": label, title: label });
      button.append(element("bdi", {}, text), element("span", { "aria-hidden": "true" }, "×"));
      button.addEventListener("click", () => {
        const chip = this.#chips[i];
        if (chip !== undefined) this.#apply(chip.without);
      });
      return element("li", {}, button);
    });
    this.#list.replaceChildren(...items);
    // Who takes one after the other away by keys goes on with the next one.
    if (hadFocus) (this.#list.querySelector("button") ?? this.#clear).focus();
  }
}
