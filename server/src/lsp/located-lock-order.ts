import type { Snapshot } from "../analysis.js";
import type { OrderedLocks } from "../knowledge/lock-order.js";
import type { PlaceRange, StaticLockEdge } from "../protocol.js";
import type { Site } from "../source/site.js";
import { rangeOf } from "./located-finding.js";

/** What is taken in these files while something else is held, with places that count from 1, as those of traces do. */
export function staticLockOrder(snapshot: Snapshot, files: readonly string[]): readonly StaticLockEdge[] {
  const here = new Set(files);
  const edges = snapshot.knowledge.lockOrder.filter(({ held, taken }) => here.has(held.file) || here.has(taken.file));
  return edges.map((edge) => staticLockEdge(edge, snapshot));
}

export function staticLockEdge({ from, to, held, taken, ring }: OrderedLocks, snapshot: Snapshot): StaticLockEdge {
  return { from, to, ring, held: placeOf(held, snapshot), taken: placeOf(taken, snapshot) };
}

/** A place that counts from 1. */
export function placeOf(site: Site, snapshot: Snapshot): PlaceRange {
  const { start, end } = rangeOf(site, snapshot);
  return {
    ...{ file: site.file, line: start.line + 1, column: start.character + 1 },
    ...{ endLine: end.line + 1, endColumn: end.character + 1 },
  };
}
