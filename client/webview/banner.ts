import type { Deadlock } from "../shared/snapshot.js";
import { element, setShown } from "./element.js";
import { deadlockSentences, deadlockTitle } from "./layout/deadlock.js";
import type { Words } from "./layout/words.js";
import { type LinkActions, PartView } from "./part-view.js";

/** The most deadlocks, and parties of each, that are written out. */
const MOST = 8;

/** Says who waits for whom as soon as nobody can go on. */
export class Banner {
  readonly root = element("div", { class: "banner", role: "alert", hidden: "" });
  readonly #actions: LinkActions;
  #shown = "";

  constructor(actions: LinkActions) {
    this.#actions = actions;
  }

  show(deadlocks: readonly Deadlock[], words: Words): void {
    const written = deadlocks.slice(0, MOST).map((deadlock) => {
      return { title: deadlockTitle(deadlock), sentences: deadlockSentences(deadlock, words) };
    });
    const key = JSON.stringify(written);
    // An alert is read out whenever it changes.
    if (key === this.#shown) return;
    this.#shown = key;
    this.root.replaceChildren(
      ...written.map(({ title, sentences }) => {
        const lines = sentences.slice(0, MOST).map((parts) => {
          const line = element("li");
          new PartView(line, this.#actions).show(parts);
          return line;
        });
        const more = sentences.length - lines.length;
        if (more > 0) lines.push(element("li", {}, `and ${more} more`));
        return element("div", { class: "deadlock" }, element("strong", {}, title), element("ol", {}, ...lines));
      }),
    );
    setShown(this.root, deadlocks.length > 0);
  }
}
