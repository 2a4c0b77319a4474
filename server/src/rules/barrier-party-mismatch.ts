import type { Finding, Fix } from "../finding.js";
import {
  type Execution,
  eventsOf,
  type FunctionView,
  type Meet,
  type Path,
  type Program,
  pathKey,
  type Thread,
} from "../program.js";
import { newExpressionAt } from "../source/method-call.js";
import type { Site } from "../source/site.js";
import type { Rule } from "./rule.js";
import { others, start } from "./story.js";

export const rule: Rule = {
  title: "Barrier for more threads than ever come",
  severity: "error",
  checkProgram(program, report) {
    for (const { site, at, parties } of program.seenIn(meetingsIn)) {
      if (program.bench.mayEscape(at)) continue;
      const met = program.executions.flatMap((execution) => {
        const coming = comingsTo(program, execution, at);
        return coming && coming.count === 0 ? [] : [{ entry: startOfAll(program, execution), coming }];
      });
      // A function that others call may run any number of times, and modules are parts of one program.
      const isCounted = met.every(({ entry }) => entry === "main" || (entry === "module" && met.length === 1));
      const known = met.flatMap(({ coming }) => coming ?? []);
      const [most] = [...known].sort((a, b) => b.count - a.count);
      if (!isCounted || known.length < met.length || !most || most.count >= parties) continue;
      const come = most.count === 1 ? "only one ever comes" : `only ${most.count} ever come`;
      report({
        message: `"${at.text}" lets ${parties} threads pass together, and ${come}: who comes waits for ever.`,
        site,
        related: others(site, [
          ...most.threads.flatMap(start),
          ...most.meets.map((place) => ({ message: "it is waited for here", site: place })),
        ]),
        fixes: (finding) => forThose(program, site, most.count, finding),
      });
    }
  },
};

/** The barrier for as many threads as come. */
function forThose(program: Program, made: Site, count: number, finding: Finding): readonly Fix[] {
  const tree = program.bench.tree(made.file);
  const [given] = (tree && newExpressionAt(tree, made.start, made.end)?.args) ?? [];
  if (!given) return [];
  const edits = [{ site: { file: made.file, start: given.start, end: given.end }, newText: String(count) }];
  const title = `Make it for ${count} threads`;
  return count < 2 ? [] : [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}

function meetingsIn({ model }: FunctionView): readonly { site: Site; at: Path; parties: number }[] {
  return eventsOf(model, "meeting").filter(({ at }) => /^(named|module):/.test(at.root));
}

interface Coming {
  readonly count: number;
  readonly threads: readonly Thread[];
  readonly meets: readonly Site[];
}

/** What an execution begins with: a program, a module, or a function that nobody of the project calls. */
function startOfAll(program: Program, { entry }: Execution): "main" | "module" | undefined {
  return program.view(entry.id)?.model.entry;
}

/** How many threads of an execution come to the barrier at most; undefined where nobody knows. */
function comingsTo(program: Program, execution: Execution, barrier: Path): Coming | undefined {
  if (!execution.isComplete) return undefined;
  let count = 0;
  const threads: Thread[] = [];
  const places: Site[] = [];
  for (const thread of [execution.entry, ...execution.threads]) {
    const meets = meetsOf(program, thread);
    const own = meets.filter(({ at }) => at === undefined || pathKey(at) === pathKey(barrier));
    if (own.some(({ at }) => at === undefined)) return undefined;
    if (own.length === 0) continue;
    const atMost = thread.spawn ? thread.spawn.spawn.atMost : { count: 1, in: execution.entry.id };
    if (atMost?.in !== execution.entry.id) return undefined;
    count += atMost.count;
    threads.push(thread);
    places.push(...own.map(({ site }) => site));
  }
  return { count, threads, meets: places };
}

/** Where a thread comes to barriers, in the terms of the program. */
function meetsOf(program: Program, thread: Thread): readonly Pick<Meet, "at" | "site">[] {
  const target = thread.spawn?.spawn.target;
  const parameters = target?.kind === "function" ? (program.view(target.id)?.model.parameters ?? []) : [];
  return program.reachedBy(thread).flatMap((fn) =>
    eventsOf(fn.model, "meet").flatMap((event) => {
      const given = event.at && parameters.indexOf(event.at.root);
      if (given !== undefined && given >= 0 && event.at?.steps.length === 0)
        return [{ at: thread.spawn?.args[given]?.path, site: event.site }];
      return [{ at: event.at && /^(named|module):/.test(event.at.root) ? event.at : undefined, site: event.site }];
    }),
  );
}
