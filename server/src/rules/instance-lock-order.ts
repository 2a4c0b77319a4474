import { eventsOf, type FunctionView, type HeldLock, type Path, type Program, pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

type Acquire = FunctionView["summary"]["acquires"][number];

export const rule: Rule = {
  title: "Locks of two objects taken in the order in which they are given",
  severity: "warning",
  checkProgram(program, report) {
    const fields = fieldsOf(program);
    const seen = new Set<string>();
    for (const { fn, acquire } of program.seenIn(underLocks)) {
      const held = acquire.held.find((each) => isTwin(fn, acquire, each, fields));
      if (!held || seen.has(siteKey(acquire.site)) || isSettled(program, fn, acquire, held)) continue;
      seen.add(siteKey(acquire.site));
      const [first, second] = [held.lock.text, acquire.lock.text];
      report({
        message: `"${second}" is taken while "${first}" is held, and who calls "${fn.model.name}" decides which is which: two calls with the two the other way round wait for each other for ever.`,
        site: acquire.site,
        related: others(acquire.site, [
          { message: `"${first}" is taken here first`, site: held.site },
          ...calls(acquire),
        ]),
      });
    }
  },
};

/** By place where a lock is taken: which field of its object it is. */
function fieldsOf(program: Program): ReadonlyMap<string, string> {
  return new Map(program.seenIn(fieldsIn));
}

function fieldsIn({ model }: FunctionView): readonly (readonly [string, string])[] {
  return eventsOf(model, "acquire").flatMap(({ site, field }) =>
    field === undefined ? [] : [[siteKey(site), field] as const],
  );
}

function underLocks(fn: FunctionView): readonly { readonly fn: FunctionView; readonly acquire: Acquire }[] {
  return fn.acquiresUnderLocks.map((acquire) => ({ fn, acquire }));
}

/** Whether both locks are the same field of two objects that the function was given, and nothing sorts them. */
function isTwin(fn: FunctionView, acquire: Acquire, held: HeldLock, fields: ReadonlyMap<string, string>): boolean {
  const { lock, reads, sortedAfter } = acquire;
  if (reads && held.reads) return false;
  if (!isGiven(fn, lock) || !isGiven(fn, held.lock) || lock.root === held.lock.root) return false;
  if (lock.steps.join() !== held.lock.steps.join() || sortedAfter.includes(siteKey(held.site))) return false;
  // A lock that is no object's own lets one in at a time.
  if (acquire.held.some((each) => !isGiven(fn, each.lock))) return false;
  const field = fields.get(siteKey(acquire.site));
  return field !== undefined && field === fields.get(siteKey(held.site));
}

function isGiven({ model }: FunctionView, { root, steps }: Path): boolean {
  return steps.length > 0 && (root === "this" || model.parameters.includes(root));
}

/** Whether every call says which objects it means: then `lock-order-inversion` knows more. */
function isSettled(program: Program, fn: FunctionView, acquire: Acquire, held: HeldLock): boolean {
  const { id, parameters } = fn.model;
  const sites = program.functions.flatMap(({ model }) =>
    eventsOf(model, "call").filter(({ callee }) => callee.kind === "function" && callee.id === id),
  );
  return (
    sites.length > 0 &&
    sites.every(({ receiver, args }) =>
      [acquire.lock, held.lock].every(({ root }) => {
        const given = root === "this" ? receiver : args[parameters.indexOf(root)]?.path;
        return given !== undefined && /^(named|module|local|new):/.test(given.root) && !pathKey(given).includes("*");
      }),
    )
  );
}
