import { isOurs } from "../place.js";

type Callee = (...args: never[]) => unknown;

/**
 * Whether the program itself calls the function. Node.js and this library do with their own threads what programs do with
 * theirs: that is none of the program's business.
 */
export function isCalledByProgram(callee: Callee): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const seen: { stack?: unknown } = {};
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_, [caller]) => caller?.getFileName() ?? "";
  Error.captureStackTrace(seen, callee);
  const file = String(seen.stack);
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return !file.startsWith("node:internal/") && !isOurs(file);
}
