import type { FunctionView, Path } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { deleteRelease } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock released that is not held any more",
  severity: "error",
  checkFunction(fn, program, report) {
    const seen = new Set<string>();
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind !== "release" || !event.lock || seen.has(siteKey(event.site))) continue;
      const before = locks.released.get(pathKey(event.lock));
      // A lock that has no name may have been taken in between.
      if (!before || locks.unknown || locks.may.has(pathKey(event.lock))) continue;
      if (event.guard !== undefined && isDisposedAt(fn, event.guard, before)) continue;
      if (siteKey(before) === siteKey(event.site) || mayBeTakenBetween(fn, event.lock, before, event.site)) continue;
      seen.add(siteKey(event.site));
      const name = event.lock.text;
      report({
        message: `"${name}" is released again here: by now another thread may hold it, and loses it in the middle of its work.`,
        site: event.site,
        related: [{ message: `"${name}" is released here first`, site: before }],
        fixes: (finding) => deleteRelease(program, before, event.site, finding),
      });
    }
  },
};

/** Whether it was the same guard that gave the lock back there: disposing of one twice is harmless. */
function isDisposedAt(fn: FunctionView, guard: string, site: Site): boolean {
  return fn.model.nodes.some(
    ({ event }) => event.kind === "release" && event.guard === guard && siteKey(event.site) === siteKey(site),
  );
}

/** Whether a callee takes the lock in between, if only sometimes. */
function mayBeTakenBetween(fn: FunctionView, lock: Path, before: Site, after: Site): boolean {
  const key = pathKey(lock);
  return fn.summary.acquires.some(({ lock: taken, calls: [call] }) => {
    return call !== undefined && pathKey(taken) === key && before.end <= call.start && call.end <= after.start;
  });
}
