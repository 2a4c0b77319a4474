/**
 * An access path: what an expression names, free of syntax. Two equal paths of one activation name the same object.
 *
 * The root is one of
 * - `named:<class>:<name>`  the program's object of that name, the same in every thread
 * - `module:<declaration>`  a module variable or static field; every thread has its own
 * - `local:<declaration>`   a local variable, also when seen from a nested function
 * - `param:<function>:<n>`  a parameter, seen from its function and from those nested in it
 * - `this`                  the receiver of the function at hand
 * - `data:<file>`           what the thread that runs this module was given (`workerData`)
 * - `new:<declaration>`     an object made by an expression that no variable holds
 */
export interface Path {
  readonly root: string;
  /** At most `MAX_STEPS` property names; `*` is any element of a collection. */
  readonly steps: readonly string[];
  /** What the user wrote, for messages. */
  readonly text: string;
}

/** The messages that are sent to one side of the channel between a worker and its maker. */
export function messagesTo(side: "worker" | "maker"): Path {
  return { root: `named:messages:${side}`, steps: [], text: "messages" };
}

/** Where every thread tells that it has ended. */
export const END: Path = { root: "named:end", steps: [], text: "end" };

/** Stands for the turn in which a thread came to a barrier: a different one for each. */
export const TURN: Path = { root: "named:turn", steps: [], text: "turn" };

/** Longer paths are cut off as unknown: real code guards with `this.a.b`, not with six steps. */
const MAX_STEPS = 4;

/** A text that is equal exactly for paths that name the same thing. */
export function pathKey(path: Path): string {
  return path.steps.length === 0 ? path.root : `${path.root}.${path.steps.join(".")}`;
}

/** `path` followed by one more step, or undefined where that becomes too long to be worth knowing. */
export function extend(path: Path, step: string, text: string): Path | undefined {
  if (path.steps.length >= MAX_STEPS) return undefined;
  return { root: path.root, steps: [...path.steps, step], text };
}

/** Whether one path names the other's object, or a part of it. */
export function contains(a: Path, b: Path): boolean {
  return a.root === b.root && a.steps.every((step, index) => index >= b.steps.length || step === b.steps[index]);
}

/** Whether some step may be any element of a collection, so that two equal paths may be two objects. */
export function isFamily(path: Path): boolean {
  return path.steps.includes("*");
}
