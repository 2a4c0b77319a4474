import type { Status } from "../shared/messages.js";
import { shown } from "../shared/shown.js";
import { element, setAttribute, setText } from "./element.js";
import { amounts, stateName } from "./layout/phrases.js";
import type { View } from "./layout/view.js";

export interface HeaderActions {
  follow(): void;
  fit(): void;
  filter(): void;
  compare(): void;
  exportTrace(): void;
  help(): void;
}

/** The state of the recording, how much there is, and what can be done with the view. */
export class Header {
  readonly root: HTMLElement;
  readonly #state = element("span", { class: "state" });
  readonly #title = element("h1", { dir: "auto" }, "Trace");
  readonly #amounts = element("span", { class: "amounts" });
  readonly #follow: HTMLButtonElement;
  readonly #fit: HTMLButtonElement;
  readonly #filter: HTMLButtonElement;

  constructor(actions: HeaderActions) {
    this.#follow = toggle("Follow", "Follow what happens now (Space)", actions.follow);
    this.#fit = toggle("Fit", "Show all of it (F)", actions.fit);
    this.#filter = toggle("Filter", "Filter the threads (T)", actions.filter);
    const compare = plain("Compare", "Compare with another trace", actions.compare);
    const exports = plain("Export", "Export the trace for other viewers", actions.exportTrace);
    const help = element("button", { type: "button", class: "button", title: "Keys (?)", "aria-label": "Keys" }, "?");
    help.addEventListener("click", () => actions.help());
    this.root = element(
      "header",
      { class: "header", "data-state": "waiting" },
      element("span", { class: "dot", "aria-hidden": "true" }),
      this.#state,
      this.#title,
      this.#amounts,
      element(
        "div",
        { class: "buttons", role: "toolbar", "aria-label": "View" },
        this.#follow,
        this.#fit,
        this.#filter,
        compare,
        exports,
        help,
      ),
    );
  }

  show(title: string, status: Status | undefined, view: View, isFiltered: boolean): void {
    setText(this.#title, shown(title));
    setText(this.#state, status === undefined ? "Opening" : stateName(status));
    setText(this.#amounts, status === undefined || status.startedAt === undefined ? "" : amounts(status));
    setAttribute(this.root, "data-state", status?.state ?? "waiting");
    this.root.classList.toggle("drops", (status?.dropped ?? 0) > 0);
    const isLive = status?.state === "live";
    this.#follow.disabled = !isLive;
    setAttribute(this.#follow, "aria-pressed", String(isLive && view.mode === "follow"));
    setAttribute(this.#fit, "aria-pressed", String(view.mode === "fit"));
    setAttribute(this.#filter, "aria-pressed", String(isFiltered));
  }
}

function plain(text: string, title: string, act: () => void): HTMLButtonElement {
  const button = element("button", { type: "button", class: "button", title }, text);
  button.addEventListener("click", act);
  return button;
}

function toggle(text: string, title: string, act: () => void): HTMLButtonElement {
  const button = element("button", { type: "button", class: "button", title, "aria-pressed": "false" }, text);
  button.addEventListener("click", act);
  return button;
}
