import { posix } from "node:path";
import type { TraceFinding } from "../../../runtime/src/trace/findings/finding.js";
import { type Configuration, nearestConfiguration, noConfiguration, readConfiguration } from "../configuration.js";
import { judgeSeen } from "../seen-in-run.js";
import { readText } from "../source/text.js";

/** The findings of a run that neither comments in the source nor a configuration suppress, and how many others there are. */
export function withoutSuppressed(findings: readonly TraceFinding[]): {
  readonly findings: readonly TraceFinding[];
  readonly suppressed: number;
} {
  const configurations = new Map<string, Configuration>();
  const configurationAt = (folder: string): Configuration => {
    const known = configurations.get(folder) ?? nearest(folder);
    configurations.set(folder, known);
    return known;
  };
  const params = {
    findings: findings.map(({ kind, rule, places }) => ({
      id: rule ?? kind,
      // Code that a program makes up as it runs is in no file.
      places: places.flatMap(({ site }) => (site === undefined || !isPath(site.file) ? [] : [site])),
    })),
    files: [],
  };
  const { verdicts } = judgeSeen(params, {
    textOf,
    // A file that is left out of the analysis was named by whoever ran it.
    levelOf: (file, id) => configurationAt(posix.dirname(file)).severities.get(id),
    // What the analysis finds too is told by `heddle check`, which takes longer.
    findingsIn: () => [],
  });
  const kept = findings.filter((_, i) => verdicts[i]?.isSuppressed !== true && verdicts[i]?.level !== "off");
  return { findings: kept, suppressed: findings.length - kept.length };
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
