import type { Related } from "../finding.js";
import type { DemandSummary, FunctionView, Program } from "../program.js";
import { eventsOf, pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { addRequirement, wrapDemands } from "./fixes/meet-demand.js";
import type { Report, Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Annotated lock is not held",
  severity: "error",
  checkProgram(program, report) {
    const seen = new Set<string>();
    // What an override leaves out is one defect, and told of where the override is declared.
    const dropped = new Set(program.droppedLocks.map(({ functionId, lock }) => `${functionId}|${pathKey(lock)}`));
    for (const unmet of program.unmetDemands) {
      const { demand, functionId, lock } = unmet;
      if (dropped.has(`${functionId}|${pathKey(lock)}`)) continue;
      const key = `${functionId}|${demand.use === "call" ? siteKey(demand.site) : demand.text}|${pathKey(lock)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      state(program, unmet, report);
    }
  },
  checkFunction(fn, program, report) {
    checkSpawns(fn, program, report);
    if (eventsOf(fn.model, "demand").length === 0) return;
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "demand" || event.lock) continue;
      const does = event.use === "read" ? "read" : "changed";
      report({
        message: `"${event.text}" is ${does} without an operation of Atomics, although its annotation allows nothing else: other threads' changes are lost, or seen late and out of order.`,
        site: event.site,
        related: [{ message: "the annotation is here", site: event.annotation }],
      });
    }
  },
};

function state(program: Program, unmet: DemandSummary, report: Report): void {
  const { demand, site } = unmet;
  const lock = demand.lock?.text ?? unmet.lock.text;
  const message =
    demand.use === "call"
      ? `"${demand.text}" is called without "${lock}", which its annotation leaves to the caller: whoever holds the lock is disturbed in the middle of what it does.`
      : `"${demand.text}" is ${demand.use === "read" ? "used" : "changed"} without "${lock}", which guards it by annotation: whoever holds the lock is disturbed in the middle of what it does.`;
  const related: Related[] = [{ message: "the annotation is here", site: demand.annotation }, ...calls(unmet)];
  report({
    message,
    site,
    related: others(site, related),
    fixes: (finding) => [...wrapDemands(program, unmet, finding), ...addRequirement(program, unmet, finding)],
  });
}

/** A thread begins without any lock. */
function checkSpawns(fn: FunctionView, program: Program, report: Report): void {
  if (eventsOf(fn.model, "spawn").length === 0) return;
  for (const { node } of fn.events()) {
    const { event } = node;
    if (event.kind !== "spawn" || event.target.kind !== "function") continue;
    const target = program.view(event.target.id);
    const [required] = target ? eventsOf(target.model, "require") : [];
    if (!required) continue;
    report({
      message: `"${event.target.name}" begins as a ${event.noun} without "${required.lock.text}", which its annotation leaves to the caller: a ${event.noun} holds no lock when it begins.`,
      site: event.site,
      related: [{ message: "the annotation is here", site: required.site }],
    });
  }
}
