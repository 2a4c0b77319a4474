import type { Site } from "./source/site.js";

/** How bad: errors and warnings fail a check, infos do not. */
export type Severity = "error" | "warning" | "info";

/** What a rule can be set to. */
export const levels = ["error", "warning", "info", "off"] as const satisfies readonly (Severity | "off")[];

export type Level = (typeof levels)[number];

/** The other side of the story: another access, the spawn, a call on the way. */
export interface Related {
  readonly message: string;
  readonly site: Site;
}

/** One replacement in one file; an empty site is an insertion. */
export interface Edit {
  readonly site: Site;
  readonly newText: string;
}

/** A way out. `edits` is computed only when somebody wants it; undefined means that no edit passed the gate. */
export interface Fix {
  /** What to do, in the imperative. */
  readonly title: string;
  edits(): readonly Edit[] | undefined;
}

/** Something that is wrong. */
export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  /** What and why, in one sentence, with the user's names. */
  readonly message: string;
  readonly site: Site;
  readonly related: readonly Related[];
  /** What each of the threads does that the finding is about, in order; empty where it is about one alone. */
  readonly ways: readonly (readonly Related[])[];
  readonly fixes: readonly Fix[];
  /** The same for the same defect after lines have moved. */
  readonly fingerprint: string;
}

/** A finding as a rule states it; id, severity and fingerprint are added by the engine. */
export interface Statement extends Pick<Finding, "message" | "site"> {
  readonly related?: readonly Related[];
  readonly ways?: readonly (readonly Related[])[];
  /** The ways out; the gate of a fix asks whether just this finding is gone. */
  readonly fixes?: (finding: Finding) => readonly Fix[];
}
