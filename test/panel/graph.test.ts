/** Who waits for whom and which lock is taken under which, as graphs. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { LockOrder, Snapshot } from "../../client/shared/messages.js";
import { type Graph, lockOrderGraph, ringsOf, waitForGraph } from "../../client/webview/layout/graph.js";
import { layoutGraph, NODE_HEIGHT } from "../../client/webview/layout/graph-layout.js";
import { toText } from "../../client/webview/layout/parts.js";
import { Words } from "../../client/webview/layout/words.js";
import { thread, waitFor } from "./tracks.js";

function graphOf(threads: Snapshot["threads"]): Graph {
  const snapshot: Snapshot = { time: 0, threads, locks: [], counters: [], deadlocks: [] };
  const words = new Words();
  words.learnThreads(snapshot);
  return waitForGraph(snapshot, words);
}

const edgesOf = ({ nodes, edges }: Graph): readonly string[] =>
  edges.map(({ from, to, line, isBad }) => `${nodes[from]?.title} ${line} ${nodes[to]?.title}${isBad ? " !" : ""}`);

suite("who waits for whom", () => {
  const lock = (id: number, name: string) => ({ object: { id, kind: "lock", name } });

  test("leads over the locks, and a ring of waits without timeouts is bad", () => {
    const graph = graphOf([
      thread(1, "main", { wait: waitFor(2, { object: { id: 9, kind: "thread", name: "t1" } }) }),
      thread(2, "t1", { wait: waitFor(3, lock(7, "b")) }),
      thread(3, "t2", { wait: waitFor(2, lock(6, "a")) }),
    ]);
    deepEqual(edgesOf(graph), ["main solid t1", "t1 solid b !", "b solid t2 !", "t2 solid a !", "a solid t1 !"]);
    deepEqual(
      graph.nodes.filter(({ isBad }) => isBad).map(({ title }) => title),
      ["t1", "b", "t2", "a"],
    );
    equal(toText(graph.edges[2]!.parts), "b is held by t2 deadlock.ts:29");
  });

  test("is no deadlock where one of them gives up, and leaves out what nobody has", () => {
    const graph = graphOf([
      thread(2, "t1", { wait: waitFor(3, { ...lock(7, "b"), isTimed: true }) }),
      thread(3, "t2", { wait: waitFor(2, lock(6, "a")) }),
      thread(4, "t3", { wait: waitFor(0, { object: { id: 5, kind: "queue", name: "jobs" } }) }),
    ]);
    deepEqual(edgesOf(graph), ["t1 dashed b", "b solid t2", "t2 solid a", "a solid t1"]);
    deepEqual(graphOf([thread(1, "main")]).nodes, []);
  });
});

test("the order of locks says who knows of it, and where both are taken", () => {
  const place = (line: number) => ({ file: "/src/a.ts", line, column: 1 });
  const order: LockOrder = {
    locks: ["till", "stock", "log"].map((name, i) => ({ name, count: i === 2 ? 4 : 1, made: place(i + 1) })),
    edges: [
      { from: 0, to: 1, origin: "both", held: place(4), taken: place(5), thread: "t1", times: 3, ring: 1 },
      { from: 1, to: 0, origin: "static", held: place(8), taken: place(9), thread: undefined, times: 0, ring: 1 },
      { from: 1, to: 2, origin: "seen", held: undefined, taken: place(7), thread: "t2", times: 1, ring: undefined },
    ],
  };
  const graph = lockOrderGraph(order);
  deepEqual(edgesOf(graph), ["till thick stock !", "stock dashed till !", "stock solid log"]);
  deepEqual(
    graph.nodes.map(({ detail, isBad }) => [detail, isBad]),
    [
      ["a.ts:1", true],
      ["a.ts:2", true],
      ["4 locks · a.ts:3", false],
    ],
  );
  deepEqual(
    graph.edges.map(({ parts }) => toText(parts)),
    [
      "stock is taken a.ts:5 while till is held, taken a.ts:4 · seen 3 times and in the source by t1 · on a ring of locks",
      "till is taken a.ts:9 while stock is held, taken a.ts:8 · source only · on a ring of locks",
      "log is taken a.ts:7 while stock is held · seen once by t2",
    ],
  );
});

suite("where nodes and edges are", () => {
  const graphs = fc.integer({ min: 1, max: 14 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      links: fc.array(fc.record({ from: fc.nat(count - 1), to: fc.nat(count - 1) }), { maxLength: 30 }),
    }),
  );
  const toGraph = (count: number, links: readonly { readonly from: number; readonly to: number }[]): Graph => ({
    nodes: Array.from({ length: count }, (_, i) => {
      return { title: `n${"x".repeat(i * 3)}`, detail: "", isRound: false, isBad: false, parts: [] };
    }),
    edges: links.map((link) => ({ ...link, label: "", line: "solid", isBad: false, parts: [] })),
    empty: "",
  });

  test("no node covers another or leaves the picture, whatever rings there are", () => {
    fc.assert(
      fc.property(graphs, ({ count, links }) => {
        const { nodes, width, height } = layoutGraph(toGraph(count, links));
        equal(nodes.length, count);
        nodes.forEach((a, i) => {
          ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + NODE_HEIGHT <= height);
          for (const b of nodes.slice(i + 1)) {
            ok(a.x + a.width < b.x || b.x + b.width < a.x || a.y + NODE_HEIGHT < b.y || b.y + NODE_HEIGHT < a.y);
          }
        });
      }),
    );
  });

  test("what leads to another is left of it, unless it closes a ring", () => {
    const { nodes } = layoutGraph(
      toGraph(4, [
        { from: 3, to: 1 },
        { from: 1, to: 0 },
        { from: 3, to: 0 },
        { from: 0, to: 2 },
        { from: 2, to: 1 },
      ]),
    );
    const order = [3, 1, 0, 2].map((node) => nodes[node]!.x);
    deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  test("rings are nodes that lead to each other", () => {
    const links = [
      { from: 0, to: 1 },
      { from: 1, to: 0 },
      { from: 1, to: 2 },
      { from: 3, to: 3 },
    ];
    deepEqual(ringsOf(4, links), [1, 1, 0, 4]);
  });
});
