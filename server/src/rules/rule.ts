import type { Severity, Statement } from "../finding.js";
import type { FunctionView, Program } from "../program.js";

/** States a finding. */
export type Report = (statement: Statement) => void;

/** Threads that wait for each other's locks, or one that waits for its own. */
export type SeenDeadlock = "lockCycle" | "ownLock";

/** A rule is a plain value; its id is the name of its file. */
export interface Rule {
  /** What is wrong, as a noun phrase. */
  readonly title: string;
  readonly severity: Severity;
  /** Which deadlock of a recorded run is this defect, so that the editor tells of both under one id. */
  readonly seenInRun?: SeenDeadlock;
  /** Looks at one function at a time. */
  checkFunction?(fn: FunctionView, program: Program, report: Report): void;
  /** Looks at all that runs together. */
  checkProgram?(program: Program, report: Report): void;
}
