import type { Related } from "../finding.js";
import type { AccessSummary, FunctionView, Thread, Trail } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** The calls by which a thread gets to a place, outermost first. */
export function calls(trail: Trail): Related[] {
  return trail.calls.map((site) => ({ message: "by way of this call", site }));
}

/** Where a thread comes to life; nothing for the code that starts the program. */
export function start(thread: Pick<Thread, "name" | "spawn" | "overlapsItself">): Related[] {
  if (!thread.spawn) return [];
  const { noun, site } = thread.spawn.spawn;
  const message = thread.overlapsItself
    ? `"${thread.name}" runs as several ${noun}s, made here`
    : `"${thread.name}" becomes a ${noun} here`;
  return [{ message, site }];
}

/** How a thread gets to an access, in the order in which it happens. */
export function way(thread: Thread, access: AccessSummary, locks: readonly Related[] = []): Related[] {
  const does = access.access === "read" ? "read" : "changed";
  const last = { message: `"${access.object.text}" is ${does} here`, site: access.site };
  return [...start(thread), ...calls(access), ...locks, last];
}

/** Each place once, and not the finding's own. */
export function others(own: Site, related: readonly Related[]): Related[] {
  const seen = new Set([siteKey(own)]);
  return related.filter(({ site }) => {
    const key = siteKey(site);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Where a function ends. */
export function endOf(fn: FunctionView): Site {
  const { file, end } = fn.model.site;
  return { file, start: Math.max(end - 1, 0), end };
}

/** What the source says next behind a place, as far as it matters; the function's end if there is nothing. */
export function nextAfter(fn: FunctionView, place: Site): Site {
  let next = endOf(fn);
  for (const { node } of fn.events()) {
    const { site } = node.event;
    if (site.start >= place.end && site.start < next.start) next = site;
  }
  return next;
}
