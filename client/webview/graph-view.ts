import { element, setShown, setText } from "./element.js";
import type { Graph } from "./layout/graph.js";
import { type GraphLayout, layoutGraph, NODE_HEIGHT } from "./layout/graph-layout.js";
import { toText } from "./layout/parts.js";
import { type LinkActions, PartView } from "./part-view.js";

const SVG = "http://www.w3.org/2000/svg";
const ZOOM = 1.25;
const CLOSEST = 4;
const FARTHEST = 0.1;
/** Letters of a title that fit into the widest node. */
const LETTERS = 34;

/** A node or an edge. */
interface Item {
  readonly root: SVGElement;
  /** To its first place, or its thread. */
  readonly open: () => void;
}

/** A graph that is gone through by keys: each node and edge can have the focus, and is then told about below, with links. */
export class GraphView {
  readonly root: HTMLElement;
  readonly #actions: LinkActions;
  readonly #svg = svg("svg", { role: "group", "aria-label": "Graph" });
  readonly #said = element("p", { class: "graph-said", role: "status" });
  readonly #parts: PartView;
  readonly #empty = element("p", { class: "table-note" });
  /** Nodes, then edges. */
  #items: readonly Item[] = [];
  #shown = "";
  #size = { width: 1, height: 1 };
  #zoom = 1;
  #at = { x: 0, y: 0 };

  constructor(actions: LinkActions) {
    this.#actions = actions;
    this.#parts = new PartView(this.#said, actions);
    this.root = element("div", { class: "graph", hidden: "" }, this.#svg, this.#said, this.#empty);
    this.#svg.addEventListener("keydown", (event) => this.#pressed(event));
    this.#svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#zoomBy(event.deltaY < 0 ? ZOOM : 1 / ZOOM);
    });
    this.#svg.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
      if (buttons !== 1) return;
      this.#at = { x: this.#at.x - movementX / this.#zoom, y: this.#at.y - movementY / this.#zoom };
      this.#place();
    });
    new ResizeObserver(() => this.#fit()).observe(this.#svg);
  }

  /** Drawn anew only where it differs from what is shown, so that nobody loses the focus. */
  show(graph: Graph): void {
    const shown = JSON.stringify([graph.nodes, graph.edges]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const hasNodes = graph.nodes.length > 0;
    setText(this.#empty, hasNodes ? "" : graph.empty);
    setShown(this.#empty, !hasNodes);
    this.#svg.classList.toggle("empty", !hasNodes);
    this.#parts.show([]);
    const layout = layoutGraph(graph);
    this.#size = layout;
    const nodes = graph.nodes.map((node, i) => {
      const { x, y, width } = layout.nodes[i]!;
      const box = svg("rect", { x, y, width, height: NODE_HEIGHT, rx: node.isRound ? NODE_HEIGHT / 2 : 3 });
      const title = svg("text", { x: x + width / 2, y: y + (node.detail === "" ? 24 : 17) }, cut(node.title));
      const detail = svg("text", { x: x + width / 2, y: y + 32, class: "detail" }, cut(node.detail));
      const root = svg("g", { class: `node${node.isBad ? " bad" : ""}` });
      root.append(box, title, ...(node.detail === "" ? [] : [detail]));
      return this.#item(root, node.parts, node.isBad ? ", on a ring" : "");
    });
    const edges = graph.edges.map((edge, i) => this.#edge(edge, layout, i));
    this.#items = [...nodes, ...edges];
    this.#svg.replaceChildren(...[...edges, ...nodes].map(({ root }) => root));
    this.#items[0]?.root.setAttribute("tabindex", "0");
    this.#fit();
  }

  #edge(edge: Graph["edges"][number], layout: GraphLayout, number: number): Item {
    const { path, x, y } = layout.edges[number]!;
    const root = svg("g", { class: `edge ${edge.line}${edge.isBad ? " bad" : ""}` });
    const line = svg("path", { d: path, class: "line" });
    root.append(
      svg("path", { d: path, class: "grip" }),
      line,
      head(path),
      svg("text", { x, y: y - 5 }, cut(edge.label)),
    );
    return this.#item(root, edge.parts, edge.isBad ? ", on a ring" : "");
  }

  #item(root: SVGElement, parts: Graph["nodes"][number]["parts"], more: string): Item {
    root.setAttribute("tabindex", "-1");
    root.setAttribute("role", "button");
    root.setAttribute("aria-label", toText(parts) + more);
    const tell = (): void => this.#parts.show(parts);
    const open = (): void => {
      const place = parts.find((part) => part.kind === "place");
      const thread = parts.find((part) => part.kind === "thread");
      if (place !== undefined) this.#actions.open(place.place);
      else if (thread !== undefined) this.#actions.selectThread(thread.thread);
    };
    root.addEventListener("focus", tell);
    root.addEventListener("click", () => {
      this.#focus(root);
      tell();
    });
    return { root, open };
  }

  #focus(root: SVGElement): void {
    for (const item of this.#items) item.root.setAttribute("tabindex", item.root === root ? "0" : "-1");
    root.focus();
  }

  #pressed(event: KeyboardEvent): void {
    const at = this.#items.findIndex(({ root }) => root === document.activeElement);
    const count = this.#items.length;
    const moves: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: count - 1 };
    const back: Readonly<Record<string, number>> = { ArrowLeft: at - 1, ArrowUp: at - 1 };
    const to = moves[event.key] ?? back[event.key];
    if (to !== undefined && count > 0) this.#focus(this.#items[(to + count) % count]!.root);
    else if (event.key === "Enter") this.#items[at]?.open();
    else if (event.key === "+" || event.key === "=") this.#zoomBy(ZOOM);
    else if (event.key === "-") this.#zoomBy(1 / ZOOM);
    else if (event.key === "0") this.#fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#svg;
    const wanted = Math.min(clientWidth / this.#size.width, clientHeight / this.#size.height, 1);
    this.#zoom = Math.max(FARTHEST, wanted);
    const { width, height } = this.#size;
    this.#at = { x: (width - clientWidth / this.#zoom) / 2, y: (height - clientHeight / this.#zoom) / 2 };
    this.#place();
  }

  #zoomBy(factor: number): void {
    const zoom = Math.min(CLOSEST, Math.max(FARTHEST, this.#zoom * factor));
    const { clientWidth, clientHeight } = this.#svg;
    // The middle stays where it is.
    const shift = (size: number): number => (size / this.#zoom - size / zoom) / 2;
    this.#at = { x: this.#at.x + shift(clientWidth), y: this.#at.y + shift(clientHeight) };
    this.#zoom = zoom;
    this.#place();
  }

  #place(): void {
    const { clientWidth, clientHeight } = this.#svg;
    const [width, height] = [clientWidth / this.#zoom, clientHeight / this.#zoom];
    if (width > 0 && height > 0) this.#svg.setAttribute("viewBox", `${this.#at.x} ${this.#at.y} ${width} ${height}`);
  }
}

/** The point of an edge: its last two points say where it comes from. */
function head(path: string): SVGElement {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = (path.match(/-?[\d.]+/g) ?? []).slice(-4).map(Number);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  return svg("path", {
    d: "M0 0L-9 -4.5L-9 4.5Z",
    class: "head",
    transform: `translate(${x2} ${y2}) rotate(${angle})`,
  });
}

function cut(text: string): string {
  return text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text;
}

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  text = "",
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}
