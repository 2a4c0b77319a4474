import type { Extent } from "./session.js";

/** What a process that a recorded program starts is told, so that it joins the recording. */
export interface Invitation {
  /** The trace file. */
  readonly file: string;
  readonly extent: Extent;
  readonly onDeadlock: "report" | "exit";
  readonly run: {
    /** Of the trace file: by its name there may be another by now. */
    readonly dev: number;
    readonly ino: number;
    /** The start of the trace on the monotonic clock that the processes of a host share. */
    readonly origin: number;
    /** The file that has a line for each process that joined. */
    readonly count: string;
    /** As many join, and no more. */
    readonly most: number;
    /** The number in the trace of the process that invites. */
    readonly parent: number;
  };
}

/** Where a process finds its invitation in the environment, and its threads the one that they are to pass on. */
export const VARIABLE = "HEDDLE_TRACE";
export const INVITATION = "heddle.trace.invitation.1";
