import process from "node:process";
import { TraceFormatError } from "../../../runtime/src/trace/decode.js";
import { summarise, type TraceSummary } from "../../../runtime/src/trace/summary.js";
import { type Command, oneOf, UsageError } from "./arguments.js";
import { piecesOf } from "./pieces-of.js";
import { styleFor } from "./pretty.js";
import { traceAsJson, traceAsText } from "./trace-report.js";

const formats = ["text", "json"] as const;

/** `heddle trace`: what a recorded program did. */
export const trace: Command = {
  name: "trace",
  operands: "report file",
  summary: "tells from a recorded trace who waited for which lock, and what deadlocked",
  options: {
    format: { value: formats.join("|"), text: "how to print it (default: text)" },
  },
  details: `heddle run --trace file records one. Of a file whose program was killed, everything up to the last
whole record is read, and one line on stderr says so.

Exit codes: 0, or 2 when the file cannot be read or is no trace.`,
  async run(args) {
    const [verb, file, ...more] = args.operands;
    if (verb !== undefined) oneOf("verb of trace", verb, ["report"]);
    if (file === undefined || more.length > 0) throw new UsageError("trace report takes one file");
    const format = oneOf("format", args.value("format") ?? "text", formats);
    const summary = read(file);
    if (summary.start === undefined) throw new UsageError(`${file}: ${summary.problem}`);
    if (summary.problem !== undefined) process.stderr.write(`heddle: ${file}: ${summary.problem}\n`);
    process.stdout.write(format === "json" ? traceAsJson(summary) : traceAsText(summary, styleFor(process.stdout)));
    return 0;
  },
};

function read(file: string): TraceSummary {
  try {
    return summarise(piecesOf(file));
  } catch (error) {
    if (error instanceof TraceFormatError) throw new UsageError(`${file}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(code === "ENOENT" ? `there is no trace ${file}` : `cannot read ${file}: ${code}`);
  }
}
