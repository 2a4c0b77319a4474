/** The order in which locks are taken, as a run showed it and as the source says. */
import type { LockOrder, LockOrderEdge, PlaceRange, SeenLockOrder, SeenPlace, StaticLockEdge } from "./protocol.js";

/** Puts both together: what was seen at places that the source names is the same. */
export function lockOrderGraph(seen: SeenLockOrder, inSource: readonly StaticLockEdge[]): LockOrder {
  const locks = [...seen.locks];
  const numbers = new Map<string, number>();
  const known = new Set<StaticLockEdge>();
  const edges: Omit<LockOrderEdge, "ring">[] = [];
  for (const edge of seen.edges) {
    const same = closest(edge, inSource);
    for (const each of same) {
      known.add(each);
      if (!numbers.has(each.from.key)) numbers.set(each.from.key, edge.from);
      if (!numbers.has(each.to.key)) numbers.set(each.to.key, edge.to);
    }
    edges.push({ ...edge, origin: same.length > 0 ? "both" : "seen" });
  }
  const numberOf = ({ key, name }: StaticLockEdge["from"]): number => {
    const number = numbers.get(key) ?? locks.push({ name, count: 0, made: undefined }) - 1;
    numbers.set(key, number);
    return number;
  };
  const told = new Map(edges.map((edge, index) => [`${edge.from} ${edge.to}`, index]));
  for (const edge of inSource) {
    if (known.has(edge)) continue;
    const [from, to] = [numberOf(edge.from), numberOf(edge.to)];
    const index = told.get(`${from} ${to}`);
    if (index === undefined) {
      told.set(`${from} ${to}`, edges.length);
      edges.push({ from, to, origin: "static", held: edge.held, taken: edge.taken, thread: undefined, times: 0 });
    } else if (edges[index]?.origin === "seen") edges[index] = { ...edges[index], origin: "both" };
  }
  return { locks, edges: withRings(locks.length, edges) };
}

/**
 * The edges of the source whose two places are those of the edge, by their lines at least: source maps may be vague about
 * columns. Of places within each other the smallest.
 */
function closest(
  { held, taken }: Pick<LockOrderEdge, "held" | "taken">,
  all: readonly StaticLockEdge[],
): readonly StaticLockEdge[] {
  if (held === undefined || taken === undefined) return [];
  const onLines = all.filter((edge) => isOnLinesOf(held, edge.held) && isOnLinesOf(taken, edge.taken));
  const inThem = onLines.filter((edge) => isIn(held, edge.held) && isIn(taken, edge.taken));
  const fitting = inThem.length > 0 ? inThem : onLines;
  const least = Math.min(...fitting.map(sizeOf));
  return fitting.filter((edge) => sizeOf(edge) === least);
}

function isOnLinesOf({ file, line }: SeenPlace, range: PlaceRange): boolean {
  return range.file === file && line >= range.line && line <= range.endLine;
}

function isIn({ line, column }: SeenPlace, range: PlaceRange): boolean {
  return (line > range.line || column >= range.column) && (line < range.endLine || column <= range.endColumn);
}

/** Lines count for more than any number of columns. */
function sizeOf({ held, taken }: StaticLockEdge): number {
  const size = (range: PlaceRange) => (range.endLine - range.line) * 1e6 + range.endColumn - range.column;
  return size(held) + size(taken);
}

/** An edge is on a ring if its two locks can each be reached from the other: Tarjan's strongly connected components. */
function withRings(count: number, edges: readonly Omit<LockOrderEdge, "ring">[]): readonly LockOrderEdge[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of edges) next[from]?.push(to);
  const components = componentsOf(next);
  return edges.map((edge) => {
    const component = components[edge.from];
    return { ...edge, ring: component === components[edge.to] ? component : undefined };
  });
}

/** By node, the number of its component. Without recursion: a program may have any number of locks. */
function componentsOf(next: readonly (readonly number[])[]): readonly number[] {
  const order: number[] = new Array(next.length).fill(-1);
  const low: number[] = new Array(next.length).fill(0);
  const components: number[] = new Array(next.length).fill(-1);
  const open: number[] = [];
  let reached = 0;
  let found = 0;
  for (const root of next.keys()) {
    if (order[root] !== -1) continue;
    const path = [{ node: root, at: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      if (top.at === 0) {
        order[node] = low[node] = reached++;
        open.push(node);
      }
      const to = next[node]?.[top.at++];
      if (to !== undefined) {
        if (order[to] === -1) path.push({ node: to, at: 0 });
        else if (components[to] === -1) low[node] = Math.min(low[node]!, order[to]!);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low[above.node] = Math.min(low[above.node]!, low[node]!);
      if (low[node] !== order[node]) continue;
      for (let member = -1; member !== node; ) {
        member = open.pop()!;
        components[member] = found;
      }
      found++;
    }
  }
  return components;
}
