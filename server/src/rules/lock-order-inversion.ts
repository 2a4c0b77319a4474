import type { Related } from "../finding.js";
import type { LockEdge } from "../program.js";
import { pathKey } from "../program.js";
import { compareSites } from "../source/site.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Locks taken in an order that can deadlock",
  severity: "warning",
  seenInRun: "lockCycle",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { edges } of program.lockCycles) {
      const ring = edges
        .map(({ outer }) => pathKey(outer.lock))
        .sort()
        .join("|");
      if (seen.has(ring)) continue;
      seen.add(ring);
      const [first, ...rest] = startingAtEarliest(edges);
      if (!first) continue;
      const names = rest.map(({ outer, acquire }) => `"${acquire.lock.text}" while holding "${outer.lock.text}"`);
      const message =
        `"${first.acquire.lock.text}" is taken while "${first.outer.lock.text}" is held, and another thread takes ` +
        `${names.join(", and another ")}: each can end up waiting for the other for ever.`;
      report({
        message,
        site: first.acquire.site,
        related: others(first.acquire.site, [...path(first), ...rest.flatMap((edge) => [...path(edge), taken(edge)])]),
        ways: edges.map((edge) => [...path(edge), taken(edge)]),
      });
    }
  },
};

/** The ring, turned so that it begins at the place that stands first in the source. */
function startingAtEarliest(edges: readonly LockEdge[]): readonly LockEdge[] {
  let first = 0;
  edges.forEach((edge, index) => {
    if (compareSites(edge.acquire.site, edges[first]!.acquire.site) < 0) first = index;
  });
  return [...edges.slice(first), ...edges.slice(0, first)];
}

/** How a thread gets to hold the outer lock. */
function path({ thread, outer, acquire }: LockEdge): Related[] {
  return [
    ...start(thread),
    { message: `"${outer.lock.text}" is taken here first`, site: outer.site },
    ...calls(acquire),
  ];
}

function taken({ outer, acquire }: LockEdge): Related {
  return { message: `"${acquire.lock.text}" is taken here, while "${outer.lock.text}" is held`, site: acquire.site };
}
