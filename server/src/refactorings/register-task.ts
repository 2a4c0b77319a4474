import { registeredTask } from "../source/moved-task.js";
import { functionPointedAt } from "../source/pointed-at.js";
import { keptSound, type Refactoring } from "./refactoring.js";

/** A function of the module becomes one that threads and pools find by its name. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at) {
    const tree = program.bench.tree(at.file);
    const found = tree && functionPointedAt(tree, at);
    if (!found?.isOfModule || !tree || !registeredTask(tree, found)) return undefined;
    const title = `Register \`${found.name}\` as a task`;
    return keptSound(program, at.file, title, [(file) => registeredTask(file, found)]);
  },
};
