import { dirname } from "node:path";
import { UsageError } from "./arguments.js";

/** Why a file cannot be written, for people. `what` it is stands in front of its name: `the trace t.heddletrace`. */
export function unwritable(what: string, file: string, error: unknown): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === "ENOENT" ? `there is no folder ${dirname(file)}` : (code ?? error);
  return new UsageError(`cannot write ${what}: ${why}`);
}
