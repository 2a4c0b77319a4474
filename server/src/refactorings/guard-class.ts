import { guardableAt, guardedClass } from "../source/guarded-class.js";
import { keptSound, type Refactoring } from "./refactoring.js";

/** A class whose methods each take one lock, so that no two of them run at the same time. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at) {
    const tree = program.bench.allowsUsing(at.file) ? program.bench.tree(at.file) : undefined;
    const name = tree && guardableAt(tree, at);
    if (name === undefined) return undefined;
    return keptSound(program, at.file, `Guard \`${name}\` with a lock`, [
      (file) => guardedClass(file, at, "Lock"),
      (file) => guardedClass(file, at, "RLock"),
    ]);
  },
};
