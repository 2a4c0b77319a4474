import { type FunctionView, type HeldLock, type Path, type Program, pathKey } from "../program.js";
import { annotated } from "../source/annotate.js";
import { functionPointedAt } from "../source/pointed-at.js";
import { siteKey } from "../source/site.js";
import { wordFor } from "./lock-word.js";
import { keptSound, type Refactoring } from "./refactoring.js";

/** What all callers of a function do, its comment asks for: `@requires lock`. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at) {
    const tree = program.bench.tree(at.file);
    const found = tree && functionPointedAt(tree, at);
    const fn =
      found &&
      program.functions.find(
        ({ model }) => siteKey(model.site) === siteKey({ file: at.file, ...found }) && !model.entry,
      );
    if (!fn) return undefined;
    const isSaid = new Set(
      fn.model.nodes.flatMap(({ event }) => (event.kind === "require" ? [pathKey(event.lock)] : [])),
    );
    const lock = heldByCallers(program, fn).find((each) => !isSaid.has(pathKey(each)));
    const word = lock && wordFor(program, lock, fn.model.site);
    if (!lock || word === undefined) return undefined;
    const title = `Say that callers of \`${found.name}\` hold \`${lock.text}\``;
    return keptSound(program, at.file, title, [(file) => annotated(file, fn.model.site, `@requires ${word}`)]);
  },
};

/** The locks that are certainly held wherever the function is called, in its own terms. */
function heldByCallers(program: Program, { model }: FunctionView): readonly Path[] {
  let common: ReadonlyMap<string, Path> | undefined;
  for (const caller of program.functions) {
    for (const { node, locks } of caller.events()) {
      const { event } = node;
      if (event.kind !== "call" || event.callee.kind !== "function" || event.callee.id !== model.id) continue;
      if (event.when !== "now") return [];
      const held = new Map([...locks.must.values()].flatMap((each) => inside(each, event.receiver)));
      const before = common;
      common = before ? new Map([...before].filter(([key]) => held.has(key))) : held;
    }
  }
  return [...(common?.values() ?? [])];
}

/** What a lock of the caller is to the function that it calls: the same, or one of its own object. */
function inside({ lock, reads }: HeldLock, receiver: Path | undefined): readonly [string, Path][] {
  if (reads) return [];
  if (/^(?:module|named):/.test(lock.root)) return [[pathKey(lock), lock]];
  if (!receiver || lock.root !== receiver.root) return [];
  const rest = lock.steps.slice(receiver.steps.length);
  const isOfReceiver = receiver.steps.every((step, index) => step === lock.steps[index]) && rest.length > 0;
  if (!isOfReceiver || rest.includes("*")) return [];
  const own: Path = { root: "this", steps: rest, text: ["this", ...rest].join(".") };
  return [[pathKey(own), own]];
}
