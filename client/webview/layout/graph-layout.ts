/** Where nodes and edges of a graph are: in layers from left to right, so that edges point right unless they close a ring. */
import type { Graph } from "./graph-model.js";

export const NODE_HEIGHT = 40;
const LETTER = 7;
const PADDING = 24;
const NARROWEST = 90;
const WIDEST = 260;
const ACROSS = 130;
const DOWN = 36;
const MARGIN = 16;
/** How often nodes are moved to the middle of their neighbours. */
const SWEEPS = 8;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Curve {
  /** As the `d` of an SVG path. */
  readonly path: string;
  /** The middle, for a label. */
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly nodes: readonly Box[];
  readonly edges: readonly Curve[];
  readonly width: number;
  readonly height: number;
}

/** The same graph is always laid out alike. */
export function layoutGraph({ nodes, edges }: Graph): GraphLayout {
  const links = forwards(nodes.length, edges);
  const layers = inLayers(nodes.length, links);
  const boxes: Box[] = [];
  const tallest = greatest(0, layers, (layer) => layer.length);
  let x = MARGIN;
  for (const layer of layers) {
    const widths = layer.map((node) => widthOf(nodes[node]!));
    const width = greatest(0, widths, (each) => each);
    const top = MARGIN + ((tallest - layer.length) * (NODE_HEIGHT + DOWN)) / 2;
    layer.forEach((node, i) => {
      boxes[node] = { x: x + (width - widths[i]!) / 2, y: top + i * (NODE_HEIGHT + DOWN), width: widths[i]! };
    });
    x += width + ACROSS;
  }
  const curves = edges.map(({ from, to }, i) => curve(boxes[from]!, boxes[to]!, i));
  const bottom = greatest(MARGIN + tallest * (NODE_HEIGHT + DOWN), curves, ({ y }) => y + DOWN);
  return { nodes: boxes, edges: curves, width: Math.max(x - ACROSS, 0) + MARGIN, height: bottom + MARGIN };
}

/** At least `least`. Unlike with `Math.max` there may be any number of them. */
function greatest<Each>(least: number, all: readonly Each[], sizeOf: (each: Each) => number): number {
  return all.reduce((most, each) => Math.max(most, sizeOf(each)), least);
}

/** Where the point of an edge is and how it is turned, as an SVG transformation: its last two points say where it comes from. */
export function headOf(path: string): string {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = (path.match(/-?[\d.]+/g) ?? []).slice(-4).map(Number);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  return `translate(${x2} ${y2}) rotate(${angle})`;
}

/** Letters of a title that fit into the widest node. */
const LETTERS = 34;

export function cutTitle(text: string): string {
  return text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text;
}

/** As the `d` of an SVG path. */
export const HEAD = "M0 0L-9 -4.5L-9 4.5Z";

function widthOf({ title, detail }: { readonly title: string; readonly detail: string }): number {
  return Math.min(WIDEST, Math.max(NARROWEST, Math.max(title.length, detail.length) * LETTER + PADDING));
}

interface Link {
  readonly from: number;
  readonly to: number;
}

/** The edges, of which those that would close a ring are turned round. */
function forwards(count: number, edges: readonly Link[]): readonly Link[] {
  const next = Array.from({ length: count }, (): Link[] => []);
  for (const edge of edges) if (edge.from !== edge.to) next[edge.from]!.push(edge);
  const links: Link[] = [];
  /** 1: on the way here; 2: done. */
  const states = new Uint8Array(count);
  const visit = (start: number): void => {
    const way = [{ node: start, at: 0 }];
    states[start] = 1;
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const edge = next[step.node]![step.at++];
      if (edge === undefined) {
        states[step.node] = 2;
        way.pop();
        continue;
      }
      const closes = states[edge.to] === 1;
      links.push(closes ? { from: edge.to, to: edge.from } : edge);
      if (states[edge.to] !== 0) continue;
      states[edge.to] = 1;
      way.push({ node: edge.to, at: 0 });
    }
  };
  const reached = new Set(edges.map(({ to }) => to));
  // What nothing leads to comes first.
  for (let node = 0; node < count; node++) if (!reached.has(node)) visit(node);
  for (let node = 0; node < count; node++) if (states[node] === 0) visit(node);
  return links;
}

/** Each node behind all that lead to it, and in its layer near its neighbours. */
function inLayers(count: number, links: readonly Link[]): readonly (readonly number[])[] {
  const depths = depthsOf(count, links);
  const layers = Array.from({ length: greatest(-1, depths, (depth) => depth) + 1 }, (): number[] => []);
  depths.forEach((depth, node) => {
    layers[depth]?.push(node);
  });
  const near = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of links) {
    near[from]!.push(to);
    near[to]!.push(from);
  }
  const places = new Array<number>(count).fill(0);
  for (const layer of layers) for (const [i, node] of layer.entries()) places[node] = i;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const middles = new Map(layer.map((node) => [node, middleOf(node, near[node]!, places)]));
      layer.sort((a, b) => middles.get(a)! - middles.get(b)! || a - b);
      for (const [i, node] of layer.entries()) places[node] = i;
    }
  }
  return layers;
}

/** How many links the longest way to each node has. No links close a ring. */
function depthsOf(count: number, links: readonly Link[]): readonly number[] {
  const depths = new Array<number>(count).fill(0);
  const next = Array.from({ length: count }, (): number[] => []);
  /** How many links to each node were not followed yet. */
  const left = new Uint32Array(count);
  for (const { from, to } of links) {
    next[from]!.push(to);
    left[to]!++;
  }
  const open = [...depths.keys()].filter((node) => left[node] === 0);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const to of next[node]!) {
      depths[to] = Math.max(depths[to]!, depths[node]! + 1);
      if (--left[to]! === 0) open.push(to);
    }
  }
  return depths;
}

function middleOf(node: number, near: readonly number[], places: readonly number[]): number {
  if (near.length === 0) return places[node]!;
  return near.reduce((sum, each) => sum + places[each]!, 0) / near.length;
}

/** From side to side where it points right; below both otherwise, so that it is not taken for the one that points right. */
function curve(from: Box, to: Box, number: number): Curve {
  const half = NODE_HEIGHT / 2;
  if (from.x + from.width < to.x) {
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + half, to.x, to.y + half];
    const middle = (x1 + x2) / 2;
    return { path: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, x: middle, y: (y1 + y2) / 2 };
  }
  const [x1, x2] = [from.x + from.width / 2 - 10, to.x + to.width / 2 + 10];
  const [y1, y2] = [from.y + NODE_HEIGHT, to.y + NODE_HEIGHT];
  const low = Math.max(y1, y2) + DOWN + (number % 3) * 8;
  return {
    path: `M${x1} ${y1}C${x1} ${low} ${x2} ${low} ${x2} ${y2}`,
    x: (x1 + x2) / 2,
    y: (y1 + y2) / 8 + low * 0.75,
  };
}
