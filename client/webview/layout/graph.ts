import { nameOf, placeName } from "../../shared/names.js";
import type { LockOrder, LockOrderEdge } from "../../shared/report.js";
import { shown } from "../../shared/shown.js";
import type { Snapshot, ThreadNow, Wait } from "../../shared/snapshot.js";
import { drawnGraph } from "./drawn-graph.js";
import type { Graph, GraphEdge, GraphNode } from "./graph-model.js";
import { at, name, type Part, text, thread } from "./parts.js";
import { ringsOf } from "./rings.js";
import type { Words } from "./words.js";

/** Threads that wait for what somebody has, and who has it. What waits on a ring without a timeout waits for ever. */
export function waitForGraph(snapshot: Snapshot | undefined, words: Words): Graph {
  const nodes: GraphNode[] = [];
  const edges: (GraphEdge & { readonly isTimed: boolean })[] = [];
  const numbers = new Map<string, number>();
  /** Locks whose holder is known. */
  const held = new Set<number>();
  const add = (key: string, node: Omit<GraphNode, "key">): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, nodes.length);
    return nodes.push({ key, ...node }) - 1;
  };
  const threadNode = (id: number): number => {
    const title = words.threadName(id);
    return add(`thread ${id}`, { title, detail: "", isRound: true, isBad: false, parts: [thread(title, id)] });
  };
  /** A thread that is not in the trace. */
  const elsewhere = (called: string): number => {
    const title = shown(called);
    const parts = [text(`${title}, which is not in this recording`)];
    return add(`elsewhere ${called}`, { title, detail: "not recorded", isRound: true, isBad: false, parts });
  };
  const addWait = (waiter: ThreadNow, wait: Wait): void => {
    if (wait.holder === 0 && wait.heldBy === "") return;
    const from = threadNode(waiter.id);
    const waits = [thread(words.threadName(waiter.id), waiter.id), text(" waits for "), name(nameOf(wait.object))];
    const line = wait.isTimed ? "dashed" : "solid";
    const common = { line, isBad: false, isTimed: wait.isTimed } as const;
    const label = wait.isTimed ? "waits, with a timeout" : "waits";
    if (wait.object.kind === "thread") {
      edges.push({
        ...common,
        from,
        to: threadNode(wait.holder),
        label: "joins",
        parts: [...waits, ...at(wait.place)],
      });
      return;
    }
    const title = nameOf(wait.object);
    const lock = add(`lock ${wait.object.id}`, {
      ...{ title, detail: wait.object.kind, isRound: false, isBad: false },
      parts: [name(title), text(` ${wait.object.kind}`)],
    });
    edges.push({ ...common, from, to: lock, label, parts: [...waits, ...at(wait.place)] });
    if (held.has(lock)) return;
    held.add(lock);
    const holder = wait.holder === 0 ? elsewhere(wait.heldBy) : threadNode(wait.holder);
    const who = wait.holder === 0 ? text(shown(wait.heldBy)) : thread(words.threadName(wait.holder), wait.holder);
    const has = [name(title), text(wait.holder === 0 ? " was held when the wait began by " : " is held by "), who];
    edges.push({
      ...common,
      isTimed: false,
      line: "solid",
      from: lock,
      to: holder,
      label: wait.holder === 0 ? "was held by" : "held by",
      parts: [...has, ...at(wait.holderPlace)],
    });
  };
  for (const each of snapshot?.threads ?? []) {
    for (const wait of each.wait === undefined ? each.asyncWaits : [each.wait, ...each.asyncWaits]) addWait(each, wait);
  }
  const rings = ringsOf(
    nodes.length,
    edges.filter(({ isTimed }) => !isTimed),
  );
  const isOnRing = (a: number, b: number): boolean => rings[a] !== 0 && rings[a] === rings[b];
  return drawnGraph({
    nodes: nodes.map((node, i) => ({ ...node, isBad: rings[i] !== 0 })),
    edges: edges.map((edge) => ({ ...edge, isBad: !edge.isTimed && isOnRing(edge.from, edge.to) })),
    empty: "No thread waits for what another one has.",
    note: "",
  });
}

const LINES = { seen: "solid", static: "dashed", both: "thick" } as const;

/** Which locks are taken while which are held. What is on a ring may deadlock. */
export function lockOrderGraph(order: LockOrder | undefined): Graph {
  const { locks, edges } = order ?? { locks: [], edges: [] };
  const bad = new Set(edges.flatMap(({ ring, from, to }) => (ring === undefined ? [] : [from, to])));
  const all: Graph = {
    nodes: locks.map(({ name: title, made, count }, i) => {
      const amount = count > 1 ? `${count} locks · ` : "";
      return {
        key: made === undefined ? title : `${title} ${made.file}:${made.line}:${made.column}`,
        title: shown(title),
        detail: `${amount}${made === undefined ? "" : placeName(made)}`,
        isRound: false,
        isBad: bad.has(i),
        parts: [name(shown(title)), ...(amount === "" ? [] : [text(` ${amount.trim()}`)]), ...at(made)],
      };
    }),
    edges: edges.map((edge) => ({
      ...{ from: edge.from, to: edge.to, label: markedLabel(edge), line: LINES[edge.origin] },
      isBad: edge.ring !== undefined,
      parts: sentenceOf(edge, shown(locks[edge.from]?.name ?? ""), shown(locks[edge.to]?.name ?? "")),
    })),
    empty: "No lock was taken while another was held.",
    note: "",
  };
  return drawnGraph(all, (edge) => edges[edge]!.times);
}

/** How many locks, edges and rings there are: `5 locks · 7 edges · 1 ring`. */
export function lockOrderAmounts({ locks, edges }: LockOrder): string {
  const rings = new Set(edges.flatMap(({ ring }) => ring ?? []));
  const count = (number: number, one: string): string =>
    `${number.toLocaleString("en-US")} ${one}${number === 1 ? "" : "s"}`;
  const ofRings = rings.size === 0 ? [] : [count(rings.size, "ring")];
  return [count(locks.length, "lock"), count(edges.length, "edge"), ...ofRings].join(" · ");
}

/** Red alone would tell nothing to who does not see it. */
function markedLabel(edge: LockOrderEdge): string {
  return edge.ring === undefined ? labelOf(edge) : `⟳ ${labelOf(edge)}`;
}

function labelOf({ origin, times }: LockOrderEdge): string {
  const seen = times === 1 ? "seen once" : `seen ${times.toLocaleString("en-US")} times`;
  return { seen, static: "source only", both: `${seen} and in the source` }[origin];
}

function sentenceOf(edge: LockOrderEdge, from: string, to: string): readonly Part[] {
  return [
    ...[name(to), text(" is taken"), ...at(edge.taken)],
    ...[
      text(" while "),
      name(from),
      text(" is held"),
      ...(edge.held === undefined ? [] : [text(", taken"), ...at(edge.held)]),
    ],
    text(` · ${labelOf(edge)}${edge.thread === undefined ? "" : ` by ${shown(edge.thread)}`}`),
  ];
}
