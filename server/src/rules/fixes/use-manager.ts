import type { Edit, Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Change } from "../../source/lock-calls.js";
import {
  managedInstead,
  managedName,
  merged,
  placeInList,
  proxyTaken,
  withoutImport,
} from "../../source/managed-instead.js";
import type { Site } from "../../source/site.js";

/** A shared object that is given to another process. */
interface Given {
  /** Its class. */
  readonly what: string;
  readonly text: string;
  readonly site: Site;
  /** The function that gets it there, as written. */
  readonly task: Site | undefined;
  /** The function that gives it, by id. */
  readonly giver: string;
}

/**
 * A manager makes the object, and the task says that it gets a manager's; none for a class that managers have not, nor in
 * what is itself a task: daemons, as the workers of pools are, start no managers.
 */
export function useManager(program: Program, given: Given, finding: Finding): readonly Fix[] {
  const name = managedName(given.what);
  if (name === undefined) return [];
  return [
    {
      title: `Use ${name}, which other processes reach`,
      edits() {
        if (program.threadsReaching(given.giver).some(({ spawn }) => spawn)) return undefined;
        const edits = editsFor(program, given);
        return edits && program.bench.accepts(edits, finding) ? edits : undefined;
      },
    },
  ];
}

function editsFor({ bench }: Program, { what, text, site, task }: Given): readonly Edit[] | undefined {
  const declared = bench.declaredAt(site, text);
  const tree = declared && bench.tree(declared.file);
  const made = tree && managedInstead(tree, declared, what);
  if (!made) return undefined;
  const changes = new Map<string, readonly Change[]>([[declared.file, made]]);
  const home = bench.tree(site.file);
  const place = home && placeInList(home, site);
  const called = task && home && bench.declaredAt(task, home.text.slice(task.start, task.end));
  const other = called && bench.tree(called.file);
  if (other && place !== undefined) {
    const taken = proxyTaken(other, called, place, what);
    if (!taken) return undefined;
    changes.set(called.file, [...(changes.get(called.file) ?? []), ...taken]);
  }
  return [...changes].flatMap(([file, all]) => {
    const source = bench.tree(file);
    const unused = source ? withoutImport(source, what, all) : [];
    return merged([...all, ...unused]).map(({ start, end, newText }) => ({ site: { file, start, end }, newText }));
  });
}
