import { element } from "./element.js";

/** A few lines beside the pointer. What they say stands in the details as well, so they are for the pointer alone. */
export class Tooltip {
  readonly root = element("div", { class: "tooltip", "aria-hidden": "true", hidden: "" });

  show(x: number, y: number, lines: readonly string[]): void {
    this.root.hidden = lines.length === 0;
    if (lines.length === 0) return;
    const texts = [...this.root.children].map(({ textContent }) => textContent);
    if (texts.join("\n") !== lines.join("\n")) {
      this.root.replaceChildren(...lines.map((line) => element("div", { dir: "auto" }, line)));
    }
    const { offsetWidth, offsetHeight } = this.root;
    const left = x + 14 + offsetWidth > innerWidth ? x - 10 - offsetWidth : x + 14;
    const top = y + 18 + offsetHeight > innerHeight ? y - 10 - offsetHeight : y + 18;
    this.root.style.left = `${Math.max(0, left)}px`;
    this.root.style.top = `${Math.max(0, top)}px`;
  }

  hide(): void {
    this.root.hidden = true;
  }
}
