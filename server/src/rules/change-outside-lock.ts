import {
  type AccessSummary,
  type Execution,
  type Program,
  pathKey,
  type SignalSummary,
  type Thread,
} from "../program.js";
import { confirms } from "../source/read-use.js";
import { type Site, siteKey } from "../source/site.js";
import { type ConditionWait, conditionWaits, isWokenBy } from "./condition-waits.js";
import { changeFirst } from "./fixes/waits.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Waiters told before what they wait for is so",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const execution of program.executions) {
      for (const late of lateChanges(program, execution)) {
        const key = siteKey(late.change.site);
        if (seen.has(key)) continue;
        seen.add(key);
        state(program, late, report);
      }
    }
  },
};

interface LateChange {
  readonly thread: Thread;
  readonly signal: SignalSummary;
  readonly change: AccessSummary;
  readonly wait: ConditionWait;
}

function* lateChanges(program: Program, { entry, threads }: Execution): Generator<LateChange> {
  const all = [entry, ...threads];
  for (const wait of conditionWaits(program, all)) {
    for (const thread of all) {
      if (thread === wait.thread && !thread.overlapsItself) continue;
      const signals = thread.signals.filter((signal) => signal.underLock && isWokenBy(wait, signal));
      for (const signal of signals) {
        for (const change of thread.accesses) {
          if (!isAwaited(program, change, wait) || isInSection(change, signal, wait.lock)) continue;
          if (isToldFirst(program, signal, change, signals)) yield { thread, signal, change, wait };
        }
      }
    }
  }
}

/** Whether the change is one that the other thread waits for. */
function isAwaited(program: Program, change: AccessSummary, { reads, asks }: ConditionWait): boolean {
  if (change.access === "read" || change.uncertain || change.later) return false;
  const read = reads.find(
    ({ object, cell }) =>
      pathKey(object) === pathKey(change.object) && JSON.stringify(cell) === JSON.stringify(change.cell),
  );
  if (!read || change.cell.kind === "unknown") return false;
  const tree = program.bench.tree(change.site.file);
  return tree !== undefined && !confirms(tree, change.site, asks);
}

function isInSection(change: AccessSummary, signal: SignalSummary, lock: string): boolean {
  const own = signal.held.find((held) => pathKey(held.lock) === lock);
  return own !== undefined && change.held.some(({ site }) => siteKey(site) === siteKey(own.site));
}

/** Whether the notification comes before the change on every way, and none comes behind it. */
function isToldFirst(
  program: Program,
  signal: SignalSummary,
  change: AccessSummary,
  signals: readonly SignalSummary[],
): boolean {
  let common = 0;
  while (common < signal.calls.length && isSameSite(signal.calls[common]!, change.calls[common])) common++;
  const told = siteKey(signal.calls[common] ?? signal.site);
  const made = siteKey(change.calls[common] ?? change.site);
  const again = signals.map(({ calls: way, site }) =>
    way.slice(0, common).every((call, index) => isSameSite(call, signal.calls[index]))
      ? siteKey(way[common] ?? site)
      : "",
  );
  if (told === made || again.includes("")) return false;
  const fn = program.functions.find(({ model }) => {
    const keys = new Set(model.nodes.map(({ event }) => siteKey(event.site)));
    return keys.has(told) && keys.has(made) && again.every((key) => keys.has(key));
  });
  if (!fn) return false;
  const nodesAt = (key: string): number[] =>
    fn.model.nodes.flatMap(({ event }, index) => (siteKey(event.site) === key ? [index] : []));
  const changes = nodesAt(made);
  const isBehind = nodesAt(told).some((index) => changes.some((other) => fn.reachable(index).has(other)));
  const isFollowed = changes.some((index) =>
    again.some((key) => nodesAt(key).some((at) => fn.reachable(index).has(at))),
  );
  return isBehind && !isFollowed;
}

function isSameSite(a: Site, b: Site | undefined): boolean {
  return b !== undefined && siteKey(a) === siteKey(b);
}

function state(program: Program, { thread, signal, change, wait }: LateChange, report: Report): void {
  const name = change.object.text;
  const condition = signal.on?.text ?? "condition";
  report({
    message: `"${name}" is changed here after "${condition}" was notified: who is woken looks too early, finds nothing and sleeps again, and nobody wakes it any more.`,
    site: change.site,
    related: others(change.site, [
      { message: `"${condition}" is notified here`, site: signal.site },
      ...calls(signal),
      { message: `another thread waits here until "${name}" is changed`, site: wait.pause.site },
      { message: `and looks at "${name}" here`, site: wait.reads[0]!.site },
      ...calls(wait.pause),
      ...start(thread),
      ...start(wait.thread),
    ]),
    fixes: (finding) => changeFirst(program, change.site, signal.site, finding),
  });
}
