import type { FunctionView, HeldLock } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { mistakenAcquires } from "./mistaken-acquires.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock still held when the function returns",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    const mistaken = new Set([...mistakenAcquires(fn)].map(({ lock }) => pathKey(lock)));
    for (const { held, exit, always } of leaks(fn)) {
      // Taken where releasing it was meant: that is `acquire-in-finally`.
      if (mistaken.has(pathKey(held.lock))) continue;
      if (always && program.isReleasedElsewhere(held.lock, fn.model)) continue;
      if (fn.handsOn(held.lock)) continue;
      const name = held.lock.text;
      const message = always
        ? `"${name}" is taken here and never released: every other thread that wants it waits for ever.`
        : `"${name}" is taken here and still held on one way out: whoever wants it next waits for ever.`;
      report({
        message,
        site: held.site,
        related: [{ message: `the function ends here with "${name}" held`, site: exit }],
      });
    }
  },
};

interface Leak {
  readonly held: HeldLock;
  readonly exit: Site;
  /** Held on every way out, or the result tells on which: taking it may be what the function is for. */
  readonly always: boolean;
}

function* leaks(fn: FunctionView): Generator<Leak> {
  const exits = [...fn.events()].filter(({ node }) => node.event.kind === "exit" && node.event.how === "normal");
  const told = new Set(fn.summary.acquiredIf.map(({ lock }) => pathKey(lock)));
  const seen = new Set<string>();
  for (const { node, locks } of exits) {
    for (const [key, held] of locks.may) {
      if (held.by !== "manual" || seen.has(siteKey(held.site)) || !wasTakenHere(fn, held)) continue;
      seen.add(siteKey(held.site));
      const always = told.has(key) || exits.every((exit) => exit.locks.must.has(key));
      yield { held, exit: node.event.site, always };
    }
  }
}

/** Not by a callee whose business it is, and not as a guard that is thrown away, which has a rule of its own. */
function wasTakenHere(fn: FunctionView, held: HeldLock): boolean {
  return fn.model.nodes.some(
    ({ event }) =>
      event.kind === "acquire" &&
      event.lock &&
      !(event.gives === "guard" && event.isDropped) &&
      pathKey(event.lock) === pathKey(held.lock) &&
      siteKey(event.site) === siteKey(held.site),
  );
}
