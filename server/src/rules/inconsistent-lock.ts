import type { Edit, Finding, Fix } from "../finding.js";
import { type Guard, type HeldLock, type Program, pathKey, type Race, type ThreadAccess } from "../program.js";
import { siteKey } from "../source/site.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Shared state guarded by different locks",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const race of program.races) {
      const clash = clashOf(race);
      if (!clash) continue;
      const { access } = clash.odd;
      const key = `${access.functionId}|${pathKey(access.object)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      state(program, clash, report);
    }
  },
};

/** Two accesses that each hold a lock, and not the same one. */
interface Clash {
  /** The one without the lock that most accesses hold. */
  readonly odd: ThreadAccess;
  readonly wrong: HeldLock;
  readonly usual: ThreadAccess;
  readonly guard: HeldLock;
}

function clashOf({ change, against, guards }: Race): Clash | undefined {
  const locked = against.filter(({ access }) => access.held.length > 0);
  if (change.access.held.length === 0 || locked.length === 0) return undefined;
  for (const { held } of guards) {
    const own = heldBy(change, held);
    for (const other of locked) {
      const theirs = heldBy(other, held);
      if (own) return { odd: other, wrong: other.access.held.at(-1)!, usual: change, guard: own };
      if (theirs) return { odd: change, wrong: change.access.held.at(-1)!, usual: other, guard: theirs };
    }
  }
  return undefined;
}

function heldBy({ access }: ThreadAccess, { lock }: Guard["held"]): HeldLock | undefined {
  const key = pathKey(lock);
  return access.held.find((held) => pathKey(held.lock) === key);
}

function state(program: Program, clash: Clash, report: Report): void {
  const { odd, wrong, usual, guard } = clash;
  const { access, thread } = odd;
  const name = access.object.text;
  const does = access.access === "read" ? "read" : "changed";
  const theirs = usual.access.access === "read" ? "reads" : "changes";
  report({
    message: `"${name}" is ${does} under "${wrong.lock.text}" here and under "${guard.lock.text}" elsewhere: two locks do not keep threads apart, so that a change can be lost or seen half done.`,
    site: access.site,
    related: others(access.site, [
      { message: `"${wrong.lock.text}" is taken here`, site: wrong.site },
      ...calls(access),
      { message: `another thread ${theirs} "${name}" here, under "${guard.lock.text}"`, site: usual.access.site },
      { message: `"${guard.lock.text}" is taken here`, site: guard.site },
      ...calls(usual.access),
      ...start(thread),
      ...start(usual.thread),
    ]),
    fixes: (finding) => otherLock(program, clash, finding),
  });
}

/** The usual lock in place of the odd one, where the section is there for this access. */
function otherLock(program: Program, { odd, wrong, guard }: Clash, finding: Finding): readonly Fix[] {
  const { file, start: from } = wrong.site;
  const tree = program.bench.tree(file);
  const isScoped = wrong.by === "section" || wrong.by === "scope";
  if (!tree || !isScoped || file !== odd.access.site.file || siteKey(wrong.site) === siteKey(guard.site)) return [];
  const end = from + wrong.lock.text.length;
  const name = program.bench.lockName(guard.lock, wrong.site);
  if (!name || name.importFrom !== undefined || tree.text.slice(from, end) !== wrong.lock.text) return [];
  const edits: Edit[] = [{ site: { file, start: from, end }, newText: name.expression }];
  return [
    {
      title: `Take \`${name.expression}\` instead`,
      edits: () => (program.bench.accepts(edits, finding) ? edits : undefined),
    },
  ];
}
