import {
  type AccessSummary,
  type PauseSummary,
  type Program,
  pathKey,
  type SignalSummary,
  type Thread,
} from "../program.js";
import { decidesChange, testAround } from "../source/read-use.js";
import { siteKey } from "../source/site.js";

/** A wait for a condition, and what the thread looks at to find out whether it has to wait. */
export interface ConditionWait {
  readonly thread: Thread;
  readonly pause: PauseSummary;
  /** The key of the condition's lock. */
  readonly lock: string;
  readonly reads: readonly AccessSummary[];
  /** What the reads are asked, without white space. */
  readonly asks: string;
}

/** Whether the wait ends by the notification. Conditions on one lock are told apart by their names. */
export function isWokenBy({ pause }: ConditionWait, { on }: SignalSummary): boolean {
  return on !== undefined && pause.on !== undefined && pathKey(on) === pathKey(pause.on) && on.text === pause.on.text;
}

/** The waits for conditions of which it is known what they wait for. */
export function conditionWaits(program: Program, threads: readonly Thread[]): readonly ConditionWait[] {
  return threads.flatMap((thread) =>
    thread.pauses.flatMap((pause): ConditionWait[] => {
      const { on } = pause;
      if (!on || !pause.underLock || pause.uncertain || pause.later) return [];
      const tree = program.bench.tree(pause.site.file);
      const own = pause.held.find(({ lock }) => pathKey(lock) === pathKey(on));
      if (!own || !tree) return [];
      const reads = thread.accesses.filter((access) => {
        const isInSection = access.held.some(({ site }) => siteKey(site) === siteKey(own.site));
        if (access.access !== "read" || !isInSection || access.site.file !== pause.site.file) return false;
        if (access.calls.some((call) => siteKey(call) === siteKey(pause.site))) return true;
        return access.functionId === pause.functionId && decidesChange(tree, access.site, pause.site);
      });
      if (reads.length === 0) return [];
      const asks = [...new Set(reads.map((read) => testAround(tree, read.site)))].sort().join();
      return [{ thread, pause, lock: pathKey(on), reads, asks }];
    }),
  );
}
