import { eventsOf, pathKey } from "../program.js";
import { sectionInScope } from "../source/lock-calls.js";
import { callPointedAt } from "../source/pointed-at.js";
import { scopeForTry } from "../source/scope-for-try.js";
import { siteKey } from "../source/site.js";
import { keptSound, type Refactoring } from "./refactoring.js";

/** `acquire`, `try`, `finally` and `release` become a scope with `using`. */
export const refactoring: Refactoring = {
  kind: "refactor.rewrite",
  offer(program, at) {
    const { bench } = program;
    const tree = bench.allowsUsing(at.file) ? bench.tree(at.file) : undefined;
    const place = tree && callPointedAt(tree, at);
    if (!place) return undefined;
    const key = siteKey({ file: at.file, ...place });
    for (const fn of program.functions) {
      if (fn.model.site.file !== at.file) continue;
      const taken = eventsOf(fn.model, "acquire").find((each) => each.by === "manual" && siteKey(each.site) === key);
      const { lock } = taken ?? {};
      if (!lock) continue;
      const releases = eventsOf(fn.model, "release").flatMap((each) =>
        each.lock && pathKey(each.lock) === pathKey(lock) && each.guard === undefined ? [each.site] : [],
      );
      const once = [...new Map(releases.map((site) => [siteKey(site), site])).values()];
      return keptSound(program, at.file, "Hold the lock with `using`", [
        (file) => scopeForTry(file, place, once, "statements"),
        (file) => scopeForTry(file, place, once, "block"),
        (file) => sectionInScope(file, place, once),
      ]);
    }
    return undefined;
  },
};
