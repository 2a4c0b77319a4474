import type { Finding, Fix } from "../../finding.js";
import type { Tree } from "../../first-accepted.js";
import type { Program } from "../../program.js";
import {
  awaitedCall,
  type Change,
  keptInScope,
  leftUnless,
  releasedIfGot,
  sectionInScope,
  sectionInTry,
  triedFrom,
  withoutCall,
} from "../../source/lock-calls.js";
import {
  declaredOutside,
  keptLock,
  movedBeforeTry,
  releasedInstead,
  triedInstead,
  withoutSection,
} from "../../source/lock-statements.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** `using _ = ` in front of a call whose guard is lost. */
export function keepGuard(program: Program, call: Site, isFloating: boolean, finding: Finding): readonly Fix[] {
  if (!program.bench.allowsUsing(call.file)) return [];
  const title = isFloating ? "Keep the guard with `using` and `await`" : "Keep the guard with `using`";
  return [gated(program, finding, call.file, title, [(tree) => keptInScope(tree, call, isFloating)])];
}

/** `await` in front of a call whose promise nobody waits for. */
export function addAwait(program: Program, call: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, call.file, "Add `await`", [(tree) => awaitedCall(tree, call)])];
}

/** The function ends where the lock was not got. */
export function leaveWithout(program: Program, call: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, call.file, "Leave the function without the lock", [
      (tree) => leftUnless(tree, call, "return"),
      (tree) => leftUnless(tree, call, "throw"),
    ]),
  ];
}

/** A release only where the lock was got. */
export function releaseIfGot(program: Program, acquire: Site, release: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, release.file, "Release the lock only if it was got", [
      (tree) => releasedIfGot(tree, acquire, release),
    ]),
  ];
}

/** The `try` takes in the work in front of it. */
export function startTryEarlier(program: Program, acquire: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, acquire.file, "Move it into the `try`", [(tree) => triedFrom(tree, acquire)])];
}

/** The lock is taken before the `try` whose `finally` gives it back. */
export function acquireEarlier(program: Program, acquire: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, acquire.file, "Move it before the `try`", [(tree) => movedBeforeTry(tree, acquire)])];
}

/** What was meant where a lock is taken at the end of its section. */
export function releaseInstead(program: Program, acquire: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, acquire.file, "Release it instead", [(tree) => releasedInstead(tree, acquire)])];
}

/** One lock, or whatever it is, for all calls. @param named whether threads share a lock that has a name */
export function declareOutside(
  program: Program,
  made: Site,
  named: boolean,
  finding: Finding,
  what = "lock",
): readonly Fix[] {
  const title = `Make one ${what} for all calls`;
  return [gated(program, finding, made.file, title, [(tree) => declaredOutside(tree, made, named)])];
}

/** One lock for ever. */
export function keepLock(program: Program, made: Site, first: Site, finding: Finding): readonly Fix[] {
  if (made.file !== first.file) return [];
  const ways = [true, false].map((isLast) => (tree: Tree) => keptLock(tree, made, first, isLast));
  return [gated(program, finding, made.file, "Keep the first lock", ways)];
}

/** Asking and taking in one step. */
export function tryInstead(program: Program, acquire: Site, asked: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, acquire.file, "Use `tryAcquire`", [(tree) => triedInstead(tree, acquire, asked)])];
}

/** A section without content goes. */
export function deleteSection(program: Program, acquire: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, acquire.file, "Delete the empty section", [(tree) => withoutSection(tree, acquire)])];
}

/** One of two releases goes. */
export function deleteRelease(program: Program, first: Site, second: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, second.file, "Delete this release", [(tree) => withoutCall(tree, second)]),
    gated(program, finding, first.file, "Delete the earlier release", [(tree) => withoutCall(tree, first)]),
  ];
}

/** A lock that is taken and released by hand is released on every way out. */
export function releaseAlways(
  program: Program,
  acquire: Site,
  releases: readonly Site[],
  finding: Finding,
): readonly Fix[] {
  const scoped = program.bench.allowsUsing(acquire.file)
    ? [(tree: Tree) => sectionInScope(tree, acquire, releases)]
    : [];
  const inTry = (tree: Tree): readonly Change[] | undefined => sectionInTry(tree, acquire, releases);
  return [gated(program, finding, acquire.file, "Release the lock on every way out", [...scoped, inTry])];
}
