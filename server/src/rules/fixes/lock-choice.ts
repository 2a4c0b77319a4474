import type { Edit } from "../../finding.js";
import { type AccessSummary, type Path, type Program, pathKey } from "../../program.js";
import { type ImportedName, importFrom } from "../../source/imports.js";
import { newLock } from "../../source/new-lock.js";
import { type Site, siteKey } from "../../source/site.js";
import type { LockChoice } from "./wrap-in-lock.js";

/** The object of an access as its own function names it: the access itself speaks of the whole program. */
export interface LocalAccess {
  readonly object: Path;
  readonly site: Site;
  /** Whether the object has `getLock()`. */
  readonly hasOwnLock: boolean;
}

/**
 * The lock for an access that has none: the one that guards the object elsewhere, else the only one that the file
 * declares, else the object's own, else a new one.
 *
 * @param guard the lock that guards the object elsewhere, in the terms of the program
 */
export function chooseLock(
  program: Program,
  access: AccessSummary,
  local: LocalAccess,
  guard: Path | undefined,
): LockChoice | undefined {
  if (guard) return guardChoice(program, access, local, guard);
  const [only, ...more] = program.bench.locksOf(local.site.file);
  if (only && more.length === 0) {
    const choice = named(program, only.lock, local.site);
    if (choice) return choice;
  }
  if (local.hasOwnLock) return spoken(`${local.object.text}.getLock()`);
  const tree = program.bench.tree(local.site.file);
  const created = tree && newLock(tree, rootName(local.object));
  return created && imported(created, local.site.file);
}

function guardChoice(program: Program, access: AccessSummary, local: LocalAccess, guard: Path): LockChoice | undefined {
  return (
    named(program, guard, local.site) ??
    besideObject(access.object, local.object, guard) ??
    heldInSameFunction(program, access, local) ??
    heldByReceiver(local.object, guard)
  );
}

/** A variable that holds the lock, in scope or exported by another file. */
function named(program: Program, lock: Path, site: Site): LockChoice | undefined {
  const name = program.bench.lockName(lock, site);
  if (!name) return undefined;
  if (name.importFrom === undefined) return spoken(name.expression);
  const tree = program.bench.tree(site.file);
  const brought = tree && importFrom(tree, name.expression, name.importFrom);
  return brought && imported(brought, site.file);
}

/**
 * `this.#lock` for `this.#count`: where object and lock are parts of one thing, so they are for who has the thing. The
 * thing may be the object itself: `total.getLock()` for `total`.
 */
function besideObject(object: Path, local: Path, lock: Path): LockChoice | undefined {
  const own = local.steps;
  const isSuffix = own.every((step, index) => step === object.steps.at(index - own.length));
  const base = object.steps.slice(0, object.steps.length - own.length);
  const isBeside = lock.root === object.root && base.every((step, index) => step === lock.steps[index]);
  const further = lock.steps.slice(base.length);
  if (!isSuffix || !isBeside || further.length === 0 || further.includes("*")) return undefined;
  return spoken([rootName(local), ...further].join("."));
}

/** The lock by the name it has where the same function takes it on another way. */
function heldInSameFunction(program: Program, access: AccessSummary, local: LocalAccess): LockChoice | undefined {
  const key = pathKey(local.object);
  for (const other of program.facts(access.functionId)?.summary.accesses ?? []) {
    if (pathKey(other.object) !== key || siteKey(other.site) === siteKey(local.site)) continue;
    for (const { lock } of other.held) {
      const choice = named(program, lock, local.site);
      if (choice) return choice;
    }
  }
  return undefined;
}

/**
 * `this.#lock` where both object and lock are written as parts of `this`. Whether it is one `this` only the edited
 * program shows: the gate lets the fix pass when the finding is gone.
 */
function heldByReceiver(local: Path, lock: Path): LockChoice | undefined {
  const isPart = /^this(\.[#\w$]+)+$/;
  return isPart.test(local.text) && isPart.test(lock.text) ? spoken(lock.text) : undefined;
}

/** What a path's text begins with: `this`, or the name of a variable. */
function rootName(path: Path): string {
  return path.text.split(/[.[]/)[0] ?? path.text;
}

function spoken(expression: string): LockChoice {
  return { expression, hasAsyncForm: true, edits: [] };
}

function imported({ name, insertions }: ImportedName, file: string): LockChoice {
  const edits = insertions.map(({ at, text }): Edit => ({ site: { file, start: at, end: at }, newText: text }));
  return { expression: name, hasAsyncForm: true, edits };
}
