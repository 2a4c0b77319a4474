import type { Execution, Program, SignalSummary, Thread } from "../program.js";
import { siteKey } from "../source/site.js";
import { type ConditionWait, conditionWaits, isWokenBy } from "./condition-waits.js";
import { notifyEverybody } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "One waiter woken where they wait for different things",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const execution of program.executions) {
      for (const { signal, one, two } of narrowSignals(program, execution)) {
        if (seen.has(siteKey(signal.site))) continue;
        seen.add(siteKey(signal.site));
        const condition = signal.on?.text ?? "condition";
        report({
          message: `This wakes one of those who wait for "${condition}", and they wait for different things: if it is one who cannot go on, it sleeps again, and the one who could is not woken.`,
          site: signal.site,
          related: others(signal.site, [
            { message: `a thread waits here because of ${one.asks}`, site: one.pause.site },
            { message: `and another one here because of ${two.asks}`, site: two.pause.site },
            ...calls(signal),
            ...start(one.thread),
            ...start(two.thread),
          ]),
          fixes: (finding) => notifyEverybody(program, signal.site, finding),
        });
      }
    }
  },
};

interface NarrowSignal {
  readonly signal: SignalSummary;
  readonly one: ConditionWait;
  readonly two: ConditionWait;
}

function* narrowSignals(program: Program, { entry, threads }: Execution): Generator<NarrowSignal> {
  const all = [entry, ...threads];
  const waits = conditionWaits(program, all);
  for (const thread of all) {
    for (const signal of thread.signals) {
      if (!signal.one || signal.uncertain || signal.later) continue;
      const own = waits.filter((wait) => isWokenBy(wait, signal));
      for (const one of own) {
        const two = own.find((other) => other.asks > one.asks && areApart(thread, one.thread, other.thread));
        if (two) yield { signal, one, two };
      }
    }
  }
}

/** Whether there are three threads: one that notifies, and two that wait meanwhile. */
function areApart(notifier: Thread, one: Thread, two: Thread): boolean {
  return [one === notifier, two === notifier, one === two].every((isSame, index) => {
    return !isSame || (index === 2 ? one : notifier).overlapsItself;
  });
}
