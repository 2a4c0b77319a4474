import type { Place } from "../shared/snapshot.js";
import { element, setText } from "./element.js";
import type { Part } from "./layout/parts.js";

/** What links do. */
export interface LinkActions {
  open(place: Place): void;
  selectThread(thread: number): void;
  /** Shows only the threads that use it. */
  filterByObject(object: number): void;
}

/** A sentence with links in it. Where only words change, its elements stay, and with them the focus. */
export class PartView {
  readonly #container: HTMLElement;
  readonly #actions: LinkActions;
  #parts: readonly Part[] = [];

  constructor(container: HTMLElement, actions: LinkActions) {
    this.#container = container;
    this.#actions = actions;
  }

  show(parts: readonly Part[]): void {
    const isAlike = parts.length === this.#parts.length && parts.every(({ kind }, i) => kind === this.#parts[i]?.kind);
    this.#parts = parts;
    if (!isAlike) {
      this.#container.replaceChildren(...parts.map((part, i) => this.#node(part, i)));
      return;
    }
    parts.forEach((part, i) => {
      const node = this.#container.childNodes[i];
      if (node !== undefined) setText(node, part.text);
      if (part.kind === "place" && node instanceof HTMLElement) node.title = titleOf(part.place);
    });
  }

  #node(part: Part, number: number): Node {
    switch (part.kind) {
      case "text":
        return document.createTextNode(part.text);
      case "name":
        return element("bdi", { class: "name" }, part.text);
      case "place":
      case "thread":
      case "object": {
        const button = element("button", { class: `link ${part.kind}`, type: "button" }, part.text);
        if (part.kind === "place") button.title = titleOf(part.place);
        if (part.kind === "object") button.title = "Only the threads that use it";
        button.addEventListener("click", (event) => {
          event.stopPropagation();
          this.#follow(this.#parts[number]);
        });
        return button;
      }
    }
  }

  #follow(part: Part | undefined): void {
    if (part?.kind === "place") this.#actions.open(part.place);
    if (part?.kind === "thread") this.#actions.selectThread(part.thread);
    if (part?.kind === "object") this.#actions.filterByObject(part.object);
  }
}

function titleOf({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
