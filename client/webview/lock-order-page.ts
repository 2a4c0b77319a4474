import type { ShownLockOrder } from "../shared/messages.js";
import { element, setShown, setText } from "./element.js";
import { drawnLine, GraphView } from "./graph-view.js";
import type { Host } from "./host.js";
import { lockOrderAmounts, lockOrderGraph } from "./layout/graph.js";

const LEGEND = [
  ["dashed", "only in the source"],
  ["solid", "seen in a run"],
  ["thick", "both"],
  ["bad", "⟳ on a ring that can deadlock"],
] as const;

const KEYS =
  "Arrow keys go from lock to lock and along the edges · Enter opens the place, Shift+Enter the other one · " +
  "+, − and 0 zoom · Shift+arrow keys, or a drag, move";

/** Which lock is taken while which is held, in the whole workspace. */
export class LockOrderPage {
  readonly #host: Host;
  readonly #amounts = element("span", { class: "amounts" });
  readonly #note = element("p", { class: "table-note", role: "status" });
  readonly #graph: GraphView;
  readonly #legend = element("ul", { class: "legend", "aria-label": "Lines" });
  readonly #body = element("div", { class: "lock-order" });

  constructor(host: Host) {
    this.#host = host;
    this.#graph = new GraphView({
      open: (place) => host.send({ type: "open", place }),
      // No thread of a run is to be selected here.
      selectThread: () => {},
      filterByObject: () => {},
      saveGraph: (svg) => host.send({ type: "saveGraph", name: "order", svg }),
    });
    this.#legend.append(...LEGEND.map(([line, words]) => element("li", {}, drawnLine(line), words)));
    setShown(this.#graph.root, false);
    this.#body.append(this.#graph.root);
  }

  begin(): void {
    const keys = element("p", { class: "table-note" }, KEYS);
    const header = element("header", { class: "header" }, element("h1", {}, "Lock order"), this.#amounts);
    document.body.append(header, element("main", { class: "alone" }, this.#note, this.#legend, this.#body, keys));
    this.#host.listenToLockOrder((shown) => this.#show(shown));
    this.#host.send({ type: "ready" });
  }

  #show({ order, note }: ShownLockOrder): void {
    setText(this.#note, note);
    setShown(this.#graph.root, order !== undefined);
    setShown(this.#legend, (order?.edges.length ?? 0) > 0);
    setText(this.#amounts, order === undefined ? "" : lockOrderAmounts(order));
    if (order !== undefined) this.#graph.show(lockOrderGraph(order));
  }
}
