/** What of a graph is drawn, and whether two of them look alike. */
import type { Graph, GraphEdge } from "./graph-model.js";

/** Nobody finds a line among more, and to lay them out takes longer than a moment. */
export const MOST_EDGES = 200;

/** Without the edges that are too many, and the nodes that only those lead to. Bad ones come first, then the `weightiest`. */
export function drawnGraph(graph: Graph, weightOf: (edge: number) => number = () => 0): Graph {
  const { nodes, edges } = graph;
  if (edges.length <= MOST_EDGES) return graph;
  const weigh = (a: number, b: number): number =>
    Number(edges[b]!.isBad) - Number(edges[a]!.isBad) || weightOf(b) - weightOf(a);
  const kept = [...edges.keys()].sort(weigh).slice(0, MOST_EDGES);
  const drawn = kept.sort((a, b) => a - b).map((edge) => edges[edge]!);
  const touched = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const numbers = new Map([...touched].sort((a, b) => a - b).map((node, i) => [node, i]));
  const more = (edges.length - drawn.length).toLocaleString("en-US");
  const { length: badCount } = edges.filter(({ isBad }) => isBad);
  return {
    ...graph,
    nodes: [...numbers.keys()].map((node) => nodes[node]!),
    edges: drawn.map((edge) => ({ ...edge, from: numbers.get(edge.from)!, to: numbers.get(edge.to)! })),
    note: `and ${more} more lines${badCount > MOST_EDGES ? "" : ", none of them on a ring"}`,
  };
}

/** Names of all nodes, then of all edges: the same thing has the same one in a later graph, wherever it stands there. */
export function namesIn({ nodes, edges }: Graph): readonly string[] {
  const counts = new Map<string, number>();
  const unique = (name: string): string => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return JSON.stringify([name, count]);
  };
  const ofNodes = nodes.map(({ key }) => unique(key));
  return [...ofNodes, ...edges.map(({ from, to }) => unique(`${ofNodes[from]} ${ofNodes[to]}`))];
}

/** The same for graphs that differ in nothing but what is said of their nodes and edges, and in their order. */
export function structureOf(graph: Graph): string {
  const names = namesIn(graph);
  const { nodes, edges } = graph;
  const looks = [
    ...nodes.map(({ title, detail, isRound, isBad }) => [title, detail === "", isRound, isBad]),
    ...edges.map(({ line, isBad }: GraphEdge) => [line, isBad]),
  ];
  return JSON.stringify(names.map((name, i) => JSON.stringify([name, ...looks[i]!])).sort());
}
