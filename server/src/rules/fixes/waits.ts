import type { Finding, Fix } from "../../finding.js";
import { type HeldLock, type Path, type Program, pathKey } from "../../program.js";
import { awaitedForm, forEverybody, indexOf, madeWith, sameIndex, underOwnLock } from "../../source/condition-calls.js";
import { movedBefore } from "../../source/moved-statement.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** The condition's own lock around a wait or notification without it. */
export function takeOwnLock(program: Program, use: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, use.file, "Take its lock here", [(tree) => underOwnLock(tree, use)])];
}

/** The condition is made with the lock under which it is used. */
export function makeWithLock(program: Program, condition: Path, held: HeldLock, finding: Finding): readonly Fix[] {
  const key = pathKey(condition);
  for (const { model } of program.functions) {
    for (const { event } of model.nodes) {
      if (event.kind !== "lock-made" || pathKey(event.lock) !== key) continue;
      const name = program.bench.lockName(held.lock, event.site);
      if (!name || name.importFrom !== undefined) return [];
      const { site } = event;
      const title = `Make the condition with \`${name.expression}\``;
      return [gated(program, finding, site.file, title, [(tree) => madeWith(tree, site, name.expression)])];
    }
  }
  return [];
}

/** The waiters that wait are the ones that are woken. */
export function wakeThose(program: Program, notify: Site, wait: Site, finding: Finding): readonly Fix[] {
  const tree = program.bench.tree(wait.file);
  const index = tree && indexOf(tree, wait);
  if (index === undefined) return [];
  return [gated(program, finding, notify.file, `Wake waiters at \`${index}\``, [(at) => sameIndex(at, notify, index)])];
}

/** A promise waits in place of the thread. */
export function awaitInstead(program: Program, wait: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, wait.file, "Await it instead", [(tree) => awaitedForm(tree, wait)])];
}

/** What is waited for comes first, and then the notification, in one section. */
export function changeFirst(program: Program, change: Site, notify: Site, finding: Finding): readonly Fix[] {
  if (change.file !== notify.file) return [];
  return [
    gated(program, finding, change.file, "Change it before the notification", [
      (tree) => movedBefore(tree, change, notify),
    ]),
  ];
}

/** Everybody who waits looks whether it can go on. */
export function notifyEverybody(program: Program, notify: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, notify.file, "Use `notifyAll`", [(tree) => forEverybody(tree, notify)])];
}
