import { type FunctionView, type LateCount, type Program, startOf } from "../program.js";
import { siteKey } from "../source/site.js";
import { countBeforeStart } from "./fixes/counts.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Count that a thread raises itself while others wait for zero",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    const { lateCounts } = program;
    for (const late of lateCounts) {
      const { counter, raise, drain } = late;
      const place = siteKey(raise.site);
      if (seen.has(place) || !isItsOwn(program, late)) continue;
      seen.add(place);
      const noun = counter.spawn?.spawn.noun ?? "thread";
      const message =
        raise.of === "items"
          ? `This ${noun} puts its first item when it comes to run: who joins "${raise.on.text}" may find nothing there yet, and goes on before anything is done.`
          : `This ${noun} counts itself in "${raise.on.text}" when it comes to run: who waits for zero may find zero before that, and goes on while the work has not begun.`;
      report({
        message,
        site: raise.site,
        related: others(raise.site, [
          { message: `this waits until "${drain.on.text}" has come down to zero`, site: drain.site },
          ...calls(raise),
          ...start(counter),
        ]),
        fixes: (finding) =>
          countBeforeStart(
            program,
            lateCounts.filter((each) => siteKey(each.raise.site) === place),
            finding,
          ),
      });
    }
  },
};

/**
 * Whether the thread counts itself, once: a number that goes up and down all the time tells how many are inside right
 * now, and waiting until nobody is inside is what locks do. What a queue counts are items, however many.
 */
function isItsOwn(program: Program, { counter, raise }: LateCount): boolean {
  if (raise.of === "items") return true;
  const fn = program.view(startOf(counter));
  return fn !== undefined && comesOnce(fn, siteKey(raise.calls[0] ?? raise.site));
}

function comesOnce(fn: FunctionView, place: string): boolean {
  const indices = [...fn.events()].flatMap(({ node, index }) => (siteKey(node.event.site) === place ? [index] : []));
  return indices.length > 0 && indices.every((index) => !fn.repeats(index));
}
