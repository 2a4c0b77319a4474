import type { Severity, Statement } from "../finding.js";
import type { FunctionView, Program } from "../program.js";

/** States a finding. */
export type Report = (statement: Statement) => void;

/** A rule is a plain value; its id is the name of its file. */
export interface Rule {
  /** What is wrong, as a noun phrase. */
  readonly title: string;
  readonly severity: Severity;
  /** Looks at one function at a time. */
  checkFunction?(fn: FunctionView, program: Program, report: Report): void;
  /** Looks at all that runs together. */
  checkProgram?(program: Program, report: Report): void;
}
