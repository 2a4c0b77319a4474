import { element, setAttribute, setShown, setText } from "./element.js";
import type { DetailRow, Details } from "./layout/details.js";
import { type LinkActions, PartView } from "./part-view.js";

export interface DetailsActions extends LinkActions {
  toBlocker(): void;
  back(): void;
  onlyRelated(): void;
  hide(): void;
}

/** What is to be known about the selected thread. */
export class DetailsView {
  readonly root: HTMLElement;
  readonly #actions: DetailsActions;
  readonly #title = element("h2", { dir: "auto" });
  readonly #subtitle = element("p", { class: "subtitle" });
  readonly #list = element("dl");
  readonly #back = element("button", { type: "button", class: "button", "aria-keyshortcuts": "[" }, "[ back");
  readonly #toBlocker = element(
    "button",
    { type: "button", class: "button primary", "aria-keyshortcuts": "]" },
    "] to the blocker",
  );
  readonly #only = element(
    "button",
    {
      ...{ type: "button", class: "button", "aria-keyshortcuts": "o" },
      title: "Only threads that waited for this one, or it for them (O)",
    },
    "O only related",
  );
  readonly #hide = element(
    "button",
    { type: "button", class: "button", "aria-keyshortcuts": "h", title: "Hide this thread (H)" },
    "H hide",
  );
  readonly #hint = element("p", { class: "hint" }, "Select a thread to see what it holds and waits for.");
  readonly #body: HTMLElement;
  #labels = "";
  #lines: readonly PartView[] = [];

  constructor(actions: DetailsActions) {
    this.#actions = actions;
    this.#back.addEventListener("click", () => actions.back());
    this.#toBlocker.addEventListener("click", () => actions.toBlocker());
    this.#only.addEventListener("click", () => actions.onlyRelated());
    this.#hide.addEventListener("click", () => actions.hide());
    const walk = element("div", { class: "walk" }, this.#back, this.#toBlocker, this.#only, this.#hide);
    this.#body = element("div", { hidden: "" }, this.#title, this.#subtitle, this.#list, walk);
    this.root = element("aside", { class: "details", "aria-label": "Selected thread" }, this.#hint, this.#body);
  }

  show(details: Details | undefined, canGoBack: boolean): void {
    setShown(this.#hint, details === undefined);
    setShown(this.#body, details !== undefined);
    if (details === undefined) return;
    setAttribute(this.root, "aria-label", details.isMoment ? "Selected moment" : "Selected thread");
    setText(this.#title, details.title);
    setText(this.#subtitle, details.subtitle);
    this.#showRows(details.rows);
    setShown(this.#back, canGoBack);
    setShown(this.#toBlocker, details.blocker !== 0);
    for (const button of [this.#only, this.#hide]) setShown(button, !details.isMoment);
  }

  #showRows(rows: readonly DetailRow[]): void {
    const labels = rows.map(({ label, lines }) => `${label} ${lines.length}`).join();
    if (labels !== this.#labels) {
      this.#labels = labels;
      const made = rows.map(({ label, lines }) => ({ label, cells: lines.map(() => element("dd")) }));
      this.#list.replaceChildren(...made.flatMap(({ label, cells }) => [element("dt", {}, label), ...cells]));
      this.#lines = made.flatMap(({ cells }) => cells.map((cell) => new PartView(cell, this.#actions)));
    }
    const lines = rows.flatMap((row) => row.lines);
    for (const [i, view] of this.#lines.entries()) view.show(lines[i] ?? []);
  }
}
