import type { FunctionView, Node, Path } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { acquireEarlier } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock taken inside the try whose finally releases it",
  severity: "warning",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    const seen = new Set<string>();
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || !event.lock || event.by !== "manual" || event.patience !== "blocking") continue;
      // Given back for a while inside its own section, the lock belongs to whoever comes here.
      if (locks.may.has(pathKey(event.lock)) || locks.released.has(pathKey(event.lock)) || locks.unknown) continue;
      const release = releasedAllTheSame(fn, node, event.lock);
      if (!release || seen.has(siteKey(event.site))) continue;
      seen.add(siteKey(event.site));
      const name = event.lock.text;
      report({
        message: `"${name}" is released even when it was not taken, because something failed before or taking it did: that frees it for others while another thread may hold it.`,
        site: event.site,
        related: [{ message: `"${name}" is released here in any case`, site: release }],
        fixes: (finding) => acquireEarlier(program, event.site, finding),
      });
    }
  },
};

/** The release of the lock to which every way leads on which taking it fails. */
function releasedAllTheSame(fn: FunctionView, acquire: Node, lock: Path): Site | undefined {
  const releases = acquire.onThrow.map((target) => certainRelease(fn.model.nodes, target, pathKey(lock)));
  return releases.find((site) => site !== undefined);
}

/** The release that comes by on every way from a node to where its function, or the cleanup it is in, ends. */
function certainRelease(nodes: readonly Node[], from: number, key: string): Site | undefined {
  const seen = new Set([from]);
  const queue = [from];
  let release: Site | undefined;
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const { event, next } = nodes[at]!;
    if (event.kind === "release" && event.by === "call" && event.lock && pathKey(event.lock) === key) {
      release = event.site;
      continue;
    }
    if (next.length === 0 || event.kind === "exit") return undefined;
    for (const to of next) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return release;
}
