import { type Path, type PauseSummary, type Program, pathKey, type SignalSummary } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** A wait or notify of a condition whose lock is not held. */
export interface BareCondition {
  readonly use: PauseSummary | SignalSummary;
  readonly name: string;
  readonly does: "waited for" | "notified";
  /** The function that begins the way there. */
  readonly root: Site;
}

/** Every place once: where a condition is used on a way from a function that nobody calls, and its lock is not taken. */
export function* bareConditions(program: Program): Generator<BareCondition> {
  const seen = new Set<string>();
  for (const { model, summary } of program.roots) {
    const uses = [
      ...summary.pauses.map((use) => ({ use, does: "waited for" as const })),
      ...summary.signals.map((use) => ({ use, does: "notified" as const })),
    ];
    for (const { use, does } of uses) {
      if (!use.underLock || !use.on || use.uncertain || seen.has(siteKey(use.site))) continue;
      if (isHeld(use, use.on) || isGiven(use.on) || use.held.some(({ lock }) => isGiven(lock))) continue;
      seen.add(siteKey(use.site));
      yield { use, name: use.on.text, does, root: model.site };
    }
  }
}

function isHeld(use: PauseSummary | SignalSummary, on: Path): boolean {
  return use.held.some(({ lock }) => pathKey(lock) === pathKey(on));
}

/** Whose lock a condition goes with, and which lock one is, nobody knows of what was given or worked out. */
function isGiven({ root }: Path): boolean {
  return /^(param|data|local):/.test(root);
}
