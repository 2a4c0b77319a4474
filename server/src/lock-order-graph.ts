/** The order in which locks are taken, as a run showed it and as the source says. */
import type {
  LockOrder,
  LockOrderEdge,
  PlaceRange,
  SeenLockOrder,
  SeenPlace,
  StaticLock,
  StaticLockEdge,
} from "./protocol.js";

/** Puts both together: what was seen at places that the source names is the same, and so is what is made on one line alone. */
export function lockOrderGraph(seen: SeenLockOrder, inSource: readonly StaticLockEdge[]): LockOrder {
  const locks = [...seen.locks];
  const numbers = new Map<string, number>();
  const known = new Set<StaticLockEdge>();
  const edges: LockOrderEdge[] = [];
  const ringOf = ringNumbers(seen);
  for (const edge of seen.edges) {
    const same = closest(edge, inSource);
    for (const each of same) {
      known.add(each);
      if (!numbers.has(each.from.key)) numbers.set(each.from.key, edge.from);
      if (!numbers.has(each.to.key)) numbers.set(each.to.key, edge.to);
    }
    const inRing = same.find(({ ring }) => ring !== undefined);
    edges.push({ ...edge, origin: same.length > 0 ? "both" : "seen", ring: edge.ring ?? ringOf(inRing) });
  }
  const numberOf = (lock: StaticLock): number => {
    const { key, name, made } = lock;
    const number = numbers.get(key) ?? seenAs(lock, seen) ?? locks.push({ name, count: 0, made }) - 1;
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
      const { held, taken } = edge;
      edges.push({ ...{ from, to, origin: "static", held, taken, thread: undefined, times: 0 }, ring: ringOf(edge) });
    } else if (edges[index] !== undefined) {
      const { origin, ring, ...rest } = edges[index];
      edges[index] = { ...rest, origin: origin === "seen" ? "both" : origin, ring: ring ?? ringOf(edge) };
    }
  }
  return { locks, edges };
}

/** The number of the lock that was seen to be made where one is declared; undefined: none was, or more than one. */
function seenAs({ made }: StaticLock, { locks }: SeenLockOrder): number | undefined {
  if (made === undefined) return undefined;
  const there = [...locks.keys()].filter((number) => {
    const seen = locks[number]?.made;
    return seen?.file === made.file && seen.line === made.line;
  });
  return there.length === 1 ? there[0] : undefined;
}

/** Rings of the source are numbered behind those that were seen. */
function ringNumbers({ edges }: SeenLockOrder): (edge: StaticLockEdge | undefined) => number | undefined {
  const free = edges.reduce((number, { ring = -1 }) => Math.max(number, ring + 1), 0);
  return (edge) => (edge?.ring === undefined ? undefined : free + edge.ring);
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
