import type { Severity, Statement } from "../finding.js";
import type { FunctionView, Program } from "../program.js";
import type { Suppression } from "../source/suppressions.js";

/** States a finding. */
export type Report = (statement: Statement) => void;

/** What became of a suppression comment. */
export interface JudgedSuppression {
  readonly suppression: Suppression;
  /** All but `used` are of no effect. */
  readonly outcome: "used" | "unused" | "unknown form" | "no rule" | "unknown rule" | "no reason";
  /** The name that may have been meant by one that is unknown. */
  readonly meant: string | undefined;
}

/** Threads that wait for each other's locks, or one that waits for its own. */
export type SeenDeadlock = "lockCycle" | "ownLock";

/** A rule is a plain value; its id is the name of its file. */
export interface Rule {
  /** What is wrong, as a noun phrase. */
  readonly title: string;
  readonly severity: Severity;
  /** What other linters call the same; the rule is off by default where one of them has it on. */
  readonly peers?: readonly string[];
  /** Which deadlock of a recorded run is this defect, so that the editor tells of both under one id. */
  readonly seenInRun?: SeenDeadlock;
  /** Looks at one function at a time. */
  checkFunction?(fn: FunctionView, program: Program, report: Report): void;
  /** Looks at all that runs together. */
  checkProgram?(program: Program, report: Report): void;
  /** Looks at the suppression comments, after all other rules have had their say. */
  checkSuppressions?(judged: readonly JudgedSuppression[], program: Program, report: Report): void;
}
