/** Who waits for whom and which lock is taken under which, as graphs. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { LockOrder } from "../../client/shared/report.js";
import type { Snapshot } from "../../client/shared/snapshot.js";
import { MOST_EDGES, namesIn, structureOf } from "../../client/webview/layout/drawn-graph.js";
import { lockOrderGraph, waitForGraph } from "../../client/webview/layout/graph.js";
import { layoutGraph, NODE_HEIGHT } from "../../client/webview/layout/graph-layout.js";
import type { Graph } from "../../client/webview/layout/graph-model.js";
import { graphSvg } from "../../client/webview/layout/graph-svg.js";
import { toText } from "../../client/webview/layout/parts.js";
import { ringsOf } from "../../client/webview/layout/rings.js";
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
      "stock is taken a.ts:5 while till is held, taken a.ts:4 · seen 3 times and in the source by t1",
      "till is taken a.ts:9 while stock is held, taken a.ts:8 · source only",
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
      return { key: `${i}`, title: `n${"x".repeat(i * 3)}`, detail: "", isRound: false, isBad: false, parts: [] };
    }),
    edges: links.map((link) => ({ ...link, label: "", line: "solid", isBad: false, parts: [] })),
    empty: "",
    note: "",
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

  test("rings are found like by trying every way", () => {
    fc.assert(
      fc.property(graphs, ({ count, links }) => {
        const leads = Array.from({ length: count }, (_, start) => {
          const seen = new Set<number>();
          const open = [start];
          for (let at = open.pop(); at !== undefined; at = open.pop()) {
            for (const { to } of links.filter(({ from }) => from === at)) {
              if (!seen.has(to)) open.push(to);
              seen.add(to);
            }
          }
          return seen;
        });
        const slow = leads.map((seen, node) => 1 + leads.findIndex((back, other) => seen.has(other) && back.has(node)));
        deepEqual(ringsOf(count, links), slow);
      }),
    );
  });

  test("a hundred thousand nodes are neither too many nor too deep", () => {
    const count = 100_000;
    const star = Array.from({ length: count - 1 }, (_, i) => ({ from: 0, to: i + 1 }));
    equal(layoutGraph(toGraph(count, star)).nodes.length, count);
    const ring = Array.from({ length: count }, (_, i) => ({ from: (i + 1) % count, to: i }));
    deepEqual(new Set(ringsOf(count, ring)), new Set([1]));
    deepEqual(new Set(ringsOf(count, ring.slice(1))), new Set([0]));
  });
});

suite("of many edges", () => {
  const edge = (from: number, to: number, times: number, ring?: number): LockOrder["edges"][number] => {
    const places = { held: undefined, taken: undefined, thread: "t1" };
    return { from, to, origin: "seen", ...places, times, ring };
  };
  const orderOf = (edges: LockOrder["edges"]): LockOrder => {
    const count = 1 + edges.reduce((most, { from, to }) => Math.max(most, from, to), 0);
    return {
      locks: Array.from({ length: count }, (_, i) => ({
        name: `l${i}`,
        count: 1,
        made: { file: "/a.ts", line: i + 1, column: 1 },
      })),
      edges,
    };
  };

  test("those on rings are drawn, then those seen most often, and it is said how many more there are", () => {
    const star = Array.from({ length: 150_000 }, (_, i) => edge(0, i + 1, i));
    const graph = lockOrderGraph(orderOf([...star, edge(7, 0, 1, 1), edge(0, 7, 1, 1)]));
    equal(graph.edges.length, MOST_EDGES);
    equal(graph.nodes.length, MOST_EDGES);
    const titles = edgesOf(graph);
    deepEqual(titles.slice(-2), ["l7 solid l0 !", "l0 solid l7 !"]);
    deepEqual([titles[0], titles.at(-3)], [`l0 solid l${150_000 - MOST_EDGES + 3}`, "l0 solid l150000"]);
    equal(graph.note, "and 149,802 more lines, none of them on a ring");
    equal(lockOrderGraph(orderOf(star.slice(0, MOST_EDGES))).note, "");
    match(lockOrderGraph(orderOf(star.map((each) => ({ ...each, ring: 1 })))).note, /^and 149,800 more lines$/);
  });

  test("waits of thousands of threads are looked through at once", () => {
    const object = (id: number) => ({ object: { id, kind: "lock", name: `l${id}` } });
    const count = 20_000;
    const threads = Array.from({ length: count }, (_, i) =>
      thread(i + 1, `t${i + 1}`, { wait: waitFor(((i + 1) % count) + 1, object(i)) }),
    );
    const graph = graphOf(threads);
    deepEqual([graph.edges.length, graph.edges.every(({ isBad }) => isBad)], [MOST_EDGES, true]);
    equal(graph.note, "and 39,800 more lines");
  });

  test("only what looks different makes a graph another one, and everything keeps its name", () => {
    const before = orderOf([edge(0, 1, 3), edge(1, 2, 2)]);
    const later = {
      locks: before.locks.map((lock) => ({ ...lock, count: 5 })).reverse(),
      edges: [edge(1, 0, 9), edge(2, 1, 4)],
    };
    const [a, b] = [lockOrderGraph(before), lockOrderGraph(later)];
    deepEqual([...namesIn(b)].sort(), [...namesIn(a)].sort());
    equal(structureOf(b), structureOf(a));
    const others = [
      orderOf([edge(0, 1, 3)]),
      orderOf([edge(0, 1, 3), edge(1, 2, 2, 1)]),
      orderOf([edge(0, 1, 3), edge(2, 1, 2)]),
      orderOf([edge(0, 1, 3), { ...edge(1, 2, 2), origin: "both" }]),
    ];
    for (const other of others) notEqual(structureOf(lockOrderGraph(other)), structureOf(a));
    equal(new Set(namesIn(lockOrderGraph(orderOf([edge(0, 1, 1), edge(0, 1, 1)])))).size, 4);
  });
});

test("a graph that is saved is one SVG without anything from elsewhere, whatever names are in it", () => {
  const svg = graphSvg(
    graphOf([
      thread(2, '<script>"&', { wait: waitFor(3, { object: { id: 7, kind: "lock", name: "]]> & <b>" } }) }),
      thread(3, "t2\u0007\ud800"),
    ]),
  );
  match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  ok(svg.includes("&lt;script&gt;&quot;&amp;"), svg);
  ok(!/<script|<b>|href|url\(|style=|NaN|undefined/.test(svg), svg);
  ok(svg.includes(">t2\ufffd\ufffd<"), svg);
  equal(svg.match(/<g>/g)?.length, svg.match(/<\/g>/g)?.length);
});
