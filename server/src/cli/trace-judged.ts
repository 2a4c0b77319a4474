import { posix } from "node:path";
import type { TraceSite } from "../../../runtime/src/trace/decode.js";
import type { TraceFinding } from "../../../runtime/src/trace/findings/finding.js";
import type { SeenLockOrder } from "../../../runtime/src/trace/findings/lock-classes.js";
import type { TraceSummary } from "../../../runtime/src/trace/summary.js";
import { type Configuration, nearestConfiguration, noConfiguration, readConfiguration } from "../configuration.js";
import { located, staticFinding } from "../lsp/located-finding.js";
import { staticLockOrder } from "../lsp/located-lock-order.js";
import type { LockOrder, SeenPlace, StaticFinding } from "../protocol.js";
import { judgeSeen, type Sources } from "../seen-in-run.js";
import { findProjects, ProjectError } from "../source/project.js";
import { readText } from "../source/text.js";
import { configuredAnalysis } from "./configured-analysis.js";

/** What is told of a run besides its figures. */
export interface JudgedTrace {
  /** Those that neither comments in the source nor a configuration suppress. */
  readonly findings: readonly JudgedFinding[];
  /** How many others there are. */
  readonly suppressed: number;
  /** What only the analysis finds, of what a run can show; undefined where it was not asked. */
  readonly unseen: readonly StaticFinding[] | undefined;
  readonly lockOrder: LockOrder;
  /** What the analysis could not look at: one readable line each. */
  readonly problems: readonly string[];
}

export interface JudgedFinding extends TraceFinding {
  /** Whether the analysis finds the same; undefined where it was not asked. */
  readonly isInSource: boolean | undefined;
}

/** Judges what a run showed by the source as it is now; with `check` by an analysis of it as well, which takes longer. */
export function judgeTrace({ findings, lockOrder, files }: TraceSummary, check: boolean): JudgedTrace {
  const own = files.map((file) => file.replaceAll("\\", "/")).filter(isPath);
  const analysed = check ? new Analysed(own) : undefined;
  const params = {
    findings: findings.map(({ kind, rule, places }) => ({
      id: rule ?? kind,
      // Code that a program makes up as it runs is in no file.
      places: places.flatMap(({ site }) => (site === undefined || !isPath(site.file) ? [] : [site])),
    })),
    files: analysed === undefined ? [] : own,
    lockOrder: seenOrder(lockOrder),
  };
  const configurations = new Map<string, Configuration>();
  const configurationAt = (folder: string): Configuration => {
    const known = configurations.get(folder) ?? nearest(folder);
    configurations.set(folder, known);
    return known;
  };
  const {
    verdicts,
    unseen,
    lockOrder: order,
  } = judgeSeen(params, {
    textOf,
    // A file that is left out of the analysis was named by whoever ran it.
    levelOf: (file, id) => configurationAt(posix.dirname(file)).severities.get(id),
    findingsIn: (file) => analysed?.findingsIn(file) ?? [],
    lockOrderOf: () => analysed?.lockOrderOf() ?? [],
  });
  const kept = findings.flatMap((finding, i) => {
    const verdict = verdicts[i];
    if (verdict?.isSuppressed || verdict?.level === "off") return [];
    return [{ ...finding, isInSource: analysed && verdict?.known !== undefined }];
  });
  return {
    findings: kept,
    suppressed: findings.length - kept.length,
    unseen: analysed && unseen,
    lockOrder: order ?? { locks: [], edges: [] },
    problems: analysed?.problems ?? [],
  };
}

/** The projects that files belong to, each analysed once. */
class Analysed implements Pick<Sources, "findingsIn" | "lockOrderOf"> {
  readonly #findings = new Map<string, StaticFinding[]>();
  readonly #orders: ReturnType<typeof staticLockOrder>[] = [];
  readonly problems: string[] = [];

  constructor(files: readonly string[]) {
    const there = files.filter((file) => textOf(file) !== undefined && !file.includes("/node_modules/"));
    if (there.length === 0) return;
    try {
      for (const project of findProjects(there)) {
        const snapshot = configuredAnalysis(project, there, new Map()).snapshot();
        for (const finding of snapshot.findings()) {
          const { file } = finding.site;
          const known = this.#findings.get(file) ?? [];
          known.push(staticFinding(located(finding, snapshot), file));
          this.#findings.set(file, known);
        }
        this.#orders.push(staticLockOrder(snapshot, there));
        this.problems.push(...snapshot.problems);
      }
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      this.problems.push(error.message);
    }
  }

  findingsIn(file: string): readonly StaticFinding[] {
    return this.#findings.get(file) ?? [];
  }

  lockOrderOf(): ReturnType<typeof staticLockOrder> {
    return this.#orders.flat();
  }
}

function seenOrder({ locks, edges }: SeenLockOrder) {
  return {
    locks: locks.map((lock) => ({ ...lock, made: placeOf(lock.made) })),
    edges: edges.map((edge) => ({ ...edge, held: placeOf(edge.held), taken: placeOf(edge.taken) })),
  };
}

function placeOf(site: TraceSite | undefined): SeenPlace | undefined {
  return site && { file: site.file, line: site.line, column: site.column };
}

function isPath(file: string): boolean {
  return file.startsWith("/") || /^[a-z]:[\\/]/i.test(file);
}

/** The program may have run elsewhere. */
function textOf(file: string): string | undefined {
  try {
    return readText(file);
  } catch {
    return undefined;
  }
}

function nearest(folder: string): Configuration {
  const file = nearestConfiguration(folder);
  return file === undefined ? noConfiguration : readConfiguration(file).configuration;
}
