import { element, setAttribute, setShown, setText } from "./element.js";
import { namesIn, structureOf } from "./layout/drawn-graph.js";
import { cutTitle, type GraphLayout, HEAD, headOf, layoutGraph, NODE_HEIGHT } from "./layout/graph-layout.js";
import type { Graph, GraphEdge, GraphNode } from "./layout/graph-model.js";
import { graphSvg } from "./layout/graph-svg.js";
import { type Part, toText } from "./layout/parts.js";
import { type LinkActions, PartView } from "./part-view.js";

const SVG = "http://www.w3.org/2000/svg";
const ZOOM = 1.25;
const CLOSEST = 4;
const FARTHEST = 0.1;
/** Of the view's width or height, how far one press of a key moves it. */
const STEP = 0.1;

/** A node or an edge. */
interface Item {
  readonly name: string;
  readonly root: SVGElement;
  /** The words at it. */
  readonly texts: readonly SVGElement[];
  /** What is said of it besides its parts. */
  readonly more: string;
  /** What is told about it. */
  parts: readonly Part[];
}

export interface GraphActions extends LinkActions {
  /** Keeps the graph as a picture that stands for itself. */
  saveGraph(svg: string): void;
}

/** A graph that is gone through by keys: each node and edge can have the focus, and is then told about below, with links. */
export class GraphView {
  readonly root: HTMLElement;
  readonly #actions: LinkActions;
  readonly #svg = svg("svg", { role: "group", "aria-label": "Graph" });
  readonly #said = element("p", { class: "graph-said", role: "status" });
  readonly #parts: PartView;
  readonly #note = element("p", { class: "table-note" });
  readonly #save = element(
    "button",
    { type: "button", class: "button", title: "Save the graph as a picture (SVG)" },
    "Save as SVG",
  );
  #graph: Graph | undefined;
  /** Nodes, then edges. */
  #items: readonly Item[] = [];
  #structure = "";
  /** What is told about below. */
  #told: Item | undefined;
  #size = { width: 1, height: 1 };
  #zoom = 1;
  #at = { x: 0, y: 0 };

  constructor(actions: GraphActions) {
    this.#actions = actions;
    this.#parts = new PartView(this.#said, actions);
    const foot = element("div", { class: "graph-foot" }, this.#said, this.#save);
    this.root = element("div", { class: "graph", hidden: "" }, this.#svg, foot, this.#note);
    this.#save.addEventListener("click", () => {
      if (this.#graph !== undefined) actions.saveGraph(graphSvg(this.#graph));
    });
    this.#svg.addEventListener("keydown", (event) => this.#pressed(event));
    this.#svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#zoomBy(event.deltaY < 0 ? ZOOM : 1 / ZOOM);
    });
    this.#svg.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
      if (buttons !== 1) return;
      this.#moveBy(-movementX, -movementY);
    });
    new ResizeObserver(() => this.#fit()).observe(this.#svg);
  }

  /** Drawn anew only where more than words differs from what is shown: nobody loses the focus, or what they look at. */
  show(graph: Graph): void {
    this.#graph = graph;
    const hasNodes = graph.nodes.length > 0;
    setShown(this.#save, hasNodes);
    const note = hasNodes ? graph.note : graph.empty;
    setText(this.#note, note);
    setShown(this.#note, note !== "");
    this.#svg.classList.toggle("empty", !hasNodes);
    const structure = structureOf(graph);
    if (structure !== this.#structure) this.#draw(graph);
    this.#structure = structure;
    const items = new Map(this.#items.map((item) => [item.name, item]));
    const all = [...graph.nodes, ...graph.edges];
    for (const [i, name] of namesIn(graph).entries()) this.#write(items.get(name), all[i]!);
    this.#parts.show(this.#told?.parts ?? []);
  }

  #draw(graph: Graph): void {
    const layout = layoutGraph(graph);
    const names = namesIn(graph);
    const { length: count } = graph.nodes;
    const nodes = graph.nodes.map((node, i) => this.#node(node, layout, i, names[i]!));
    const edges = graph.edges.map((edge, i) => this.#edge(edge, layout, i, names[count + i]!));
    const focused = this.#items.find(({ root }) => root === document.activeElement)?.name;
    const told = this.#told?.name;
    this.#items = [...nodes, ...edges];
    this.#told = this.#items.find(({ name }) => name === told);
    this.#svg.replaceChildren(...[...edges, ...nodes].map(({ root }) => root));
    this.#items[0]?.root.setAttribute("tabindex", "0");
    this.#size = layout;
    this.#fit();
    const again = this.#items.find(({ name }) => name === focused);
    if (again !== undefined) this.#focus(again.root);
  }

  #node(node: GraphNode, layout: GraphLayout, number: number, name: string): Item {
    const { x, y, width } = layout.nodes[number]!;
    const box = svg("rect", { x, y, width, height: NODE_HEIGHT, rx: node.isRound ? NODE_HEIGHT / 2 : 3 });
    const title = svg("text", { x: x + width / 2, y: y + (node.detail === "" ? 24 : 17) });
    const detail = svg("text", { x: x + width / 2, y: y + 32, class: "detail" });
    const root = svg("g", { class: `node${node.isBad ? " bad" : ""}` });
    // Not seen; it keeps the words apart for tools that read them one after the other.
    const blank = " ";
    root.append(box, title, blank, detail);
    return this.#item(name, root, [title, detail], node.isBad);
  }

  #edge(edge: GraphEdge, layout: GraphLayout, number: number, name: string): Item {
    const { path, x, y } = layout.edges[number]!;
    const root = svg("g", { class: `edge ${edge.line}${edge.isBad ? " bad" : ""}` });
    const line = svg("path", { d: path, class: "line" });
    const label = svg("text", { x, y: y - 5 });
    root.append(svg("path", { d: path, class: "grip" }), line, head(path), label);
    return this.#item(name, root, [label], edge.isBad);
  }

  #item(name: string, root: SVGElement, texts: readonly SVGElement[], isBad: boolean): Item {
    root.setAttribute("tabindex", "-1");
    root.setAttribute("role", "button");
    const item: Item = { name, root, texts, more: isBad ? ", on a ring" : "", parts: [] };
    const tell = (): void => {
      this.#told = item;
      this.#parts.show(item.parts);
    };
    root.addEventListener("focus", tell);
    root.addEventListener("click", () => {
      this.#focus(root);
      tell();
    });
    return item;
  }

  #write(item: Item | undefined, of: GraphNode | GraphEdge): void {
    if (item === undefined) return;
    const [first, second] = item.texts;
    if (first !== undefined) setText(first, cutTitle("title" in of ? of.title : of.label));
    if (second !== undefined && "detail" in of) setText(second, cutTitle(of.detail));
    item.parts = of.parts;
    setAttribute(item.root, "aria-label", toText(of.parts) + item.more);
  }

  /** To its first place, or its thread. The other one of an edge is its last. */
  #open({ parts }: Item, isOther: boolean): void {
    const places = parts.filter((part) => part.kind === "place");
    const place = isOther ? places.at(-1) : places[0];
    const thread = parts.find((part) => part.kind === "thread");
    if (place !== undefined) this.#actions.open(place.place);
    else if (thread !== undefined) this.#actions.selectThread(thread.thread);
  }

  #focus(root: SVGElement): void {
    for (const item of this.#items) item.root.setAttribute("tabindex", item.root === root ? "0" : "-1");
    root.focus();
    this.#reveal(root);
  }

  /** What is beyond the edges of a view that is zoomed in comes to its middle. */
  #reveal(root: SVGElement): void {
    const [own, view] = [root.getBoundingClientRect(), this.#svg.getBoundingClientRect()];
    const isInside =
      own.left >= view.left && own.right <= view.right && own.top >= view.top && own.bottom <= view.bottom;
    if (isInside || view.width === 0) return;
    const x = (own.left + own.right - view.left - view.right) / 2;
    const y = (own.top + own.bottom - view.top - view.bottom) / 2;
    this.#moveBy(x, y);
  }

  /** By so many pixels of the page. */
  #moveBy(x: number, y: number): void {
    this.#at = { x: this.#at.x + x / this.#zoom, y: this.#at.y + y / this.#zoom };
    this.#place();
  }

  #pressed(event: KeyboardEvent): void {
    const at = this.#items.findIndex(({ root }) => root === document.activeElement);
    const count = this.#items.length;
    const moves: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: count - 1 };
    const back: Readonly<Record<string, number>> = { ArrowLeft: at - 1, ArrowUp: at - 1 };
    const to = event.shiftKey ? undefined : (moves[event.key] ?? back[event.key]);
    const { clientWidth, clientHeight } = this.#svg;
    const shifts: Readonly<Record<string, readonly [number, number]>> = {
      ArrowRight: [clientWidth * STEP, 0],
      ArrowDown: [0, clientHeight * STEP],
      ArrowLeft: [-clientWidth * STEP, 0],
      ArrowUp: [0, -clientHeight * STEP],
    };
    const shift = event.shiftKey ? shifts[event.key] : undefined;
    if (shift !== undefined) this.#moveBy(...shift);
    else if (to !== undefined && count > 0) this.#focus(this.#items[(to + count) % count]!.root);
    else if (event.key === "Enter" && this.#items[at] !== undefined) this.#open(this.#items[at], event.shiftKey);
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

/** A piece of a line as edges have them, for a legend. */
export function drawnLine(kind: GraphEdge["line"] | "bad"): Element {
  const root = svg("svg", { viewBox: "0 0 34 10", "aria-hidden": "true", class: "line-sample" });
  const edge = svg("g", { class: `edge ${kind}` });
  edge.append(svg("path", { d: "M1 5L33 5", class: "line" }));
  root.append(edge);
  return root;
}

function head(path: string): SVGElement {
  return svg("path", { d: HEAD, class: "head", transform: headOf(path) });
}

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
