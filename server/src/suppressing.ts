import type { Severity, Statement } from "./finding.js";
import { nearest } from "./nearest.js";
import type { JudgedSuppression } from "./rules/rule.js";
import { fileForm, nextLineForm, type Suppression } from "./source/suppressions.js";

/** What a rule stated, before it is a finding. */
export interface Found {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly statement: Statement;
}

export interface Suppressed {
  /** What nobody suppressed, in its order. */
  readonly kept: readonly Found[];
  readonly judged: readonly JudgedSuppression[];
}

/**
 * Takes away what comments suppress. `rules` are the ids there are; of those that `ran` says did not run, nobody knows
 * whether a comment about them is of use, so it is not judged.
 */
export function suppress(
  found: readonly Found[],
  suppressions: readonly Suppression[],
  rules: Iterable<string>,
  ran: (ruleId: string) => boolean,
): Suppressed {
  const ids = new Set(rules);
  const faults = new Map(suppressions.map((each) => [each, faultOf(each, ids)]));
  const working = suppressions.filter((each) => faults.get(each) === undefined);
  const byFile = new Map<string, Suppression[]>();
  for (const each of working) byFile.set(each.site.file, [...(byFile.get(each.site.file) ?? []), each]);
  const used = new Set<Suppression>();
  const kept = found.filter((each) => {
    const own = byFile.get(each.statement.site.file)?.filter((suppression) => isAbout(suppression, each)) ?? [];
    // The comment next to the finding has the work: one for the whole file may turn out to be of no use.
    const by = own.find(({ form }) => form === nextLineForm) ?? own[0];
    if (by !== undefined) used.add(by);
    return by === undefined;
  });
  const judged = suppressions.flatMap((suppression): readonly JudgedSuppression[] => {
    const fault = faults.get(suppression);
    if (fault !== undefined) return [fault];
    if (!ran(suppression.ruleId)) return [];
    return [{ suppression, outcome: used.has(suppression) ? "used" : "unused", meant: undefined }];
  });
  return { kept, judged };
}

/** Why a comment suppresses nothing, whatever is found. */
function faultOf(suppression: Suppression, ids: ReadonlySet<string>): JudgedSuppression | undefined {
  const { form, ruleId, reason } = suppression;
  if (form !== nextLineForm && form !== fileForm) {
    return { suppression, outcome: "unknown form", meant: undefined };
  }
  if (ruleId === "") return { suppression, outcome: "no rule", meant: undefined };
  if (!ids.has(ruleId)) return { suppression, outcome: "unknown rule", meant: nearest(ruleId, [...ids]) };
  return reason === "" ? { suppression, outcome: "no reason", meant: undefined } : undefined;
}

function isAbout({ form, ruleId, reach }: Suppression, { ruleId: found, statement: { site } }: Found): boolean {
  if (ruleId !== found) return false;
  if (form === fileForm) return true;
  return reach.start <= site.start && site.start <= reach.end;
}
