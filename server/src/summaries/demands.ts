import type { HeldLock } from "../facts/locksets.js";
import type { FunctionModel } from "../model/function-model.js";
import { type Path, pathKey } from "../model/path.js";
import type { DemandSummary } from "./summary.js";

/**
 * Whether the lock that an annotation wants is certainly not held. Of an object that a function makes for itself, or
 * whose constructor runs, nobody else knows, so that it needs no lock yet.
 */
export function isUnmet(demand: DemandSummary, { name, owned }: FunctionModel): boolean {
  const { lock, object, held, uncertain, demand: said } = demand;
  if (uncertain) return false;
  if (held.some((each) => isSameLock(each.lock, lock)) || (!said.isOnlyName && held.length > 0)) return false;
  if (!object) return true;
  const isBeingMade = object.root === "this" ? name === "constructor" : object.root.startsWith("new:");
  return !isBeingMade && !owned.includes(object.root);
}

/** The lock of those held that an annotation means. */
export function heldFor(held: Iterable<HeldLock>, lock: Path): HeldLock | undefined {
  for (const each of held) if (isSameLock(each.lock, lock)) return each;
  return undefined;
}

/** What an annotation calls by its name alone may be of any class. */
function isSameLock(a: Path, b: Path): boolean {
  if (pathKey(a) === pathKey(b)) return true;
  if (!a.root.startsWith("named:*:") && !b.root.startsWith("named:*:")) return false;
  return nameOf(a) !== undefined && nameOf(a) === nameOf(b);
}

function nameOf({ root, steps }: Path): string | undefined {
  return steps.length === 0 ? /^named:[^:]*:(.*)$/s.exec(root)?.[1] : undefined;
}
