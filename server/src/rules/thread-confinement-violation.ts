import type { Related } from "../finding.js";
import type { FunctionView, Program, Thread } from "../program.js";
import { siteKey } from "../source/site.js";
import type { Report, Rule } from "./rule.js";
import { others, start } from "./story.js";

export const rule: Rule = {
  title: "Function runs on a thread that its annotation rules out",
  severity: "error",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { entry, threads } of program.executions) {
      for (const thread of threads) checkThread(thread, "main", seen, report);
      if (program.view(entry.id)?.model.entry === "main") checkThread(entry, "worker", seen, report);
    }
    checkMains(program, seen, report);
  },
};

/** @param forbidden what the function must not be kept to if it runs on the thread */
function checkThread(
  thread: Pick<Thread, "name" | "spawn" | "overlapsItself" | "confinements">,
  forbidden: "main" | "worker",
  seen: Set<string>,
  report: Report,
): void {
  for (const { confine, calls } of thread.confinements) {
    const site = calls.at(-1) ?? thread.spawn?.site;
    if (confine.to !== forbidden || !site || seen.has(siteKey(site))) continue;
    seen.add(siteKey(site));
    const runs = thread.spawn
      ? `"${confine.name}" runs on a ${thread.spawn.spawn.noun} here, although its annotation keeps it to the main thread: what it works with is another copy there.`
      : `"${confine.name}" runs on the main thread here, although its annotation keeps it to workers: what it does may stop or slow down everything else.`;
    const related: Related[] = [{ message: "the annotation is here", site: confine.site }, ...start(thread)];
    report({ message: runs, site, related: others(site, related) });
  }
}

/** Programs that start no threads. */
function checkMains(program: Program, seen: Set<string>, report: Report): void {
  for (const { summary } of program.seenIn(threadless)) {
    const confinements = summary.confinements.filter(({ confined }) => confined !== "worker");
    const main = { name: "the main thread", spawn: undefined, overlapsItself: false, confinements };
    checkThread(main, "worker", seen, report);
  }
}

function threadless(fn: FunctionView): readonly FunctionView[] {
  return fn.model.entry === "main" && fn.summary.spawns.length === 0 ? [fn] : [];
}
