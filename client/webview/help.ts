import { element } from "./element.js";
import { BINDINGS } from "./layout/keys.js";

const MOUSE = [
  ["Wheel", "Zoom where the pointer is"],
  ["Shift + wheel, drag", "Earlier and later"],
  ["Click", "Select a thread and a moment"],
  ["Drag the time axis", "Look at any moment"],
  ["Shift + drag there", "Select an area"],
] as const;

/** The keys, over everything else. The dialog itself sees to focus: it stays inside and goes back afterwards. */
export class Help {
  readonly root: HTMLDialogElement;

  constructor() {
    const close = element("button", { type: "button", class: "button" }, "Close");
    const keys = BINDINGS.map(({ shown, title }) =>
      line(
        shown.map((key) => element("kbd", {}, key)),
        title,
      ),
    );
    const mouse = MOUSE.map(([shown, title]) => line([element("kbd", {}, shown)], title));
    const title = element("h2", { id: "help-title" }, "Keys");
    this.root = element(
      "dialog",
      { class: "help", "aria-labelledby": "help-title" },
      element("div", { class: "help-head" }, title, close),
      element("dl", {}, ...[...keys, ...mouse].flat()),
    );
    close.addEventListener("click", () => this.root.close());
    this.root.addEventListener("keydown", (event) => {
      // Keys are for the dialog while it is open, and a second ? closes it as it opened it.
      event.stopPropagation();
      if (event.key === "?") this.root.close();
    });
    this.root.addEventListener("click", ({ target }) => {
      if (target === this.root) this.root.close();
    });
  }

  open(): void {
    if (!this.root.open) this.root.showModal();
  }
}

function line(keys: readonly HTMLElement[], title: string): readonly HTMLElement[] {
  return [element("dt", {}, ...keys), element("dd", {}, title)];
}
