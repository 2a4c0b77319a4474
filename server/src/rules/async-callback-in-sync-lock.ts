import type { Related } from "../finding.js";
import type { FunctionView, HeldLock, Program } from "../program.js";
import type { Site } from "../source/site.js";
import { asyncFormFix } from "./fixes/use-async-form.js";
import type { Report, Rule } from "./rule.js";

export const rule: Rule = {
  title: "Async callback runs under a lock that does not wait for it",
  severity: "error",
  checkFunction(fn, program, report) {
    checkSections(fn, program, report);
    checkGivenCallbacks(fn, program, report);
  },
};

/** `lock.withLock(async () => …)` */
function checkSections(fn: FunctionView, program: Program, report: Report): void {
  for (const { event, next } of fn.model.nodes) {
    if (event.kind !== "acquire" || event.by !== "section" || event.async || !event.lock) continue;
    for (const index of next) {
      const body = fn.model.nodes[index]?.event;
      if (body?.kind !== "call" || body.callee.kind !== "function") continue;
      const story = firstSuspension(program, body.callee.id);
      if (!story) continue;
      report({
        message: statement(event.lock.text),
        site: event.site,
        related: story,
        fixes: (finding) => asyncFormFix(program, fn, event.site, finding),
      });
    }
  }
}

/** A callback given to a function that calls it under a lock and does not wait for its promise. */
function checkGivenCallbacks(fn: FunctionView, program: Program, report: Report): void {
  for (const { event } of fn.model.nodes) {
    if (event.kind !== "call" || event.callee.kind !== "function") continue;
    const callee = program.facts(event.callee.id);
    for (const [index, { callback }] of event.args.entries()) {
      if (callback === undefined || !callee) continue;
      const root = callee.model.parameters[index];
      const invoke = callee.summary.invokes.find((each) => each.parameter === root && !each.awaited && !each.later);
      const lock = invoke?.held.find((held) => !held.async && isTakenIn(callee.model.site, held));
      const story = lock && firstSuspension(program, callback);
      if (!invoke || !lock || !story) continue;
      const under: Related = { message: `it is called here, under "${lock.lock.text}"`, site: invoke.site };
      report({ message: statement(lock.lock.text), site: event.site, related: [under, ...story] });
    }
  }
}

function statement(lock: string): string {
  return `"${lock}" is released as soon as this async callback awaits for the first time: the rest of it runs without the lock.`;
}

function isTakenIn(fn: Site, { site }: HeldLock): boolean {
  return site.file === fn.file && fn.start <= site.start && site.end <= fn.end;
}

/** Where a function that goes on after its return lets go of the thread first; undefined if it ends at its return. */
function firstSuspension(program: Program, id: string): Related[] | undefined {
  if (!program.goesOnAfterReturn(id)) return undefined;
  const model = program.facts(id)?.model;
  for (const { event } of model?.nodes ?? []) {
    if (event.kind === "await") return [{ message: "the lock is gone after this await", site: event.site }];
    if (event.kind === "call" && event.awaited && event.callee.kind === "function") {
      if (program.goesOnAfterReturn(event.callee.id)) {
        return [{ message: "the lock is gone before the promise of this call settles", site: event.site }];
      }
    }
  }
  return undefined;
}
