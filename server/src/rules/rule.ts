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

/**
 * What a recorded run can show of a defect: threads that wait for each other's locks, or one that waits for its own; a
 * holder that waits for something else while others wait for its lock; a main thread that is blocked; a wait that nobody
 * ends; items that nobody reports as done.
 */
export type SeenInRun = "lockCycle" | "ownLock" | "blockedHolder" | "blockedMain" | "unheardWait" | "unfinishedItems";

/** A rule is a plain value; its id is the name of its file. */
export interface Rule {
  /** What is wrong, as a noun phrase. */
  readonly title: string;
  readonly severity: Severity;
  /** What other linters call the same; the rule is off by default where one of them has it on. */
  readonly peers?: readonly string[];
  /** What a recorded run shows of this defect, so that both are told under one id. */
  readonly seenInRun?: SeenInRun;
  /** Looks at one function at a time. */
  checkFunction?(fn: FunctionView, program: Program, report: Report): void;
  /** Looks at all that runs together. */
  checkProgram?(program: Program, report: Report): void;
  /** Looks at the suppression comments, after all other rules have had their say. */
  checkSuppressions?(judged: readonly JudgedSuppression[], program: Program, report: Report): void;
}
