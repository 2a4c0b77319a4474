import {
  type AcquireSummary,
  calleesOf,
  eventsOf,
  type FunctionView,
  type PauseSummary,
  type Program,
} from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { asyncFormFix } from "./fixes/use-async-form.js";
import { awaitInstead } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Thread that answers requests blocked",
  severity: "warning",
  seenInRun: "blockedMain",
  checkProgram(program, report) {
    const servers = serversOf(program);
    if (servers.size === 0) return;
    const seen = new Set<string>();
    for (const root of program.roots) {
      const reached = reachedFrom(program, root);
      const serving = [...servers.values()].find(({ functionId }) => reached.has(functionId));
      if (!serving) continue;
      for (const stop of stopsOf(root)) {
        const key = siteKey(stop.site);
        if (seen.has(key)) continue;
        seen.add(key);
        const server = stop.calls.find((call) => servers.has(siteKey(call))) ?? serving.site;
        report({
          message: `"${stop.name}" stops the thread here, on whose event loop requests are answered: until it goes on, nobody is answered and no timer fires.`,
          site: stop.site,
          related: others(stop.site, [...calls(stop), { message: "requests come in here", site: server }]),
          fixes: (finding) =>
            "lock" in stop
              ? asyncFormFix(program, program.view(stop.functionId)!, stop.site, finding)
              : awaitInstead(program, stop.site, finding),
        });
      }
    }
  },
};

/** By place, where functions are given to a server that calls them for every request. */
function serversOf(program: Program): ReadonlyMap<string, { readonly site: Site; readonly functionId: string }> {
  return new Map(program.seenIn(serving).map((each) => [siteKey(each.site), each]));
}

function serving({ model }: FunctionView): readonly { readonly site: Site; readonly functionId: string }[] {
  return eventsOf(model, "call").flatMap(({ serves, site }) => (serves ? [{ site, functionId: model.id }] : []));
}

function reachedFrom(program: Program, root: FunctionView): ReadonlySet<string> {
  const reached = new Set<string>([root.model.id]);
  for (const id of reached) {
    const model = program.view(id)?.model;
    for (const callee of model ? calleesOf(model) : []) reached.add(callee);
  }
  return reached;
}

/** What stops the thread at some later time, in a handler or a timer, and for as long as others like. */
function stopsOf({ summary }: FunctionView): readonly ((PauseSummary | AcquireSummary) & { readonly name: string })[] {
  const isLate = ({ later, uncertain, confined }: PauseSummary | AcquireSummary): boolean =>
    later && !uncertain && confined !== "worker";
  const pauses = summary.pauses.flatMap((pause) =>
    pause.stops && !pause.timed && pause.on && isLate(pause) ? [{ ...pause, name: pause.on.text }] : [],
  );
  const acquires = summary.acquires.flatMap((acquire) =>
    !acquire.async && acquire.patience === "blocking" && isLate(acquire)
      ? [{ ...acquire, name: acquire.lock.text }]
      : [],
  );
  return [...pauses, ...acquires];
}
