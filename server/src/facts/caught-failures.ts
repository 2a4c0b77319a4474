import type { FunctionModel, Node } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";

/**
 * Whether a function deals itself with what fails in it: a `catch` is on every way that an exception takes. What is done
 * there is trusted, as long as it does not throw on purpose.
 */
export const catchesFailures = oncePer(({ nodes }: FunctionModel): boolean => {
  const seen = new Set<string>();
  const pending = [{ at: 0, isCaught: false }];
  let hasCatch = false;
  for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
    const node = nodes[way.at];
    const key = `${way.at} ${way.isCaught}`;
    if (!node || seen.has(key)) continue;
    seen.add(key);
    const { event, next, onThrow } = node;
    if (event.kind === "exit" && event.how === "throw") return false;
    const isCaught = way.isCaught || isHandler(node);
    hasCatch ||= isCaught;
    const thrown = !isCaught || event.kind === "rethrow" ? onThrow : [];
    pending.push(...[...next, ...thrown].map((at) => ({ at, isCaught })));
  }
  return hasCatch;
});

/** Where a `catch` or `finally` begins that something thrown leads to. */
function isHandler({ event, onThrow }: Node): boolean {
  return event.kind === "rethrow" && !event.isThrow && onThrow.length === 0;
}
