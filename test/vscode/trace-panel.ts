import type { FrameLocator, Locator } from "playwright-core";
import type { Person } from "./person.js";

/** The trace panel that is shown, or one of several in the order in which they came: a page in a page of its own. */
export class TracePanel {
  readonly #page: FrameLocator;

  constructor({ page }: Person, index?: number) {
    const panels = page.frameLocator("iframe.webview.ready");
    this.#page = (index === undefined ? panels : panels.nth(index)).frameLocator("#active-frame");
  }

  /** The program's end, or that it runs, in a word or two. */
  get state(): Locator {
    return this.#page.locator("header .state");
  }

  /** The recording is in this state: `live`, `ended`, … */
  inState(state: string): Locator {
    return this.#page.locator(`header[data-state="${state}"]`);
  }

  /** What each party of the deadlock holds and waits for, one line each. */
  get deadlock(): Locator {
    return this.#page.getByRole("alert").locator("li");
  }

  /** Everything that is written on it. */
  get body(): Locator {
    return this.#page.locator("body");
  }

  /** What the lanes are drawn on. */
  get canvas(): Locator {
    return this.#page.locator("canvas.lanes");
  }

  /** The threads' lanes, by their names. */
  lane(name: string): Locator {
    return this.#page.locator("[role=option]", { hasText: name });
  }

  get selectedLane(): Locator {
    return this.#page.locator("[role=option][aria-selected=true]");
  }

  /** What is said of the selected thread. */
  get details(): Locator {
    return this.#page.locator(".details");
  }

  /** What has the focus in it. */
  get focused(): Locator {
    return this.#page.locator(":focus");
  }

  /** What has this role, and this name if one is given. */
  byRole(role: "listbox" | "tab" | "tabpanel", name?: string): Locator {
    return this.#page.getByRole(role, name === undefined ? {} : { name });
  }

  tab(name: string): Locator {
    return this.#page.getByRole("tab", { name });
  }

  button(name: string): Locator {
    return this.#page.getByRole("button", { name, exact: true });
  }

  /** A row of the table that the tab shows. */
  async row(tab: "Contention" | "Threads" | "Locks", name: string): Promise<Locator> {
    await this.#page.getByRole("tab", { name: tab }).click();
    const first = this.#page.locator("td:first-child").getByText(name, { exact: true });
    return this.#page.getByRole("row").filter({ has: first });
  }
}
