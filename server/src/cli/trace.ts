import { statSync } from "node:fs";
import process from "node:process";
import { compareTraces } from "../../../runtime/src/trace/compare.js";
import { TraceFormatError } from "../../../runtime/src/trace/decode.js";
import { statisticsOf } from "../../../runtime/src/trace/statistics.js";
import { summarise, type TraceSummary } from "../../../runtime/src/trace/summary.js";
import { type Arguments, type Command, oneOf, UsageError } from "./arguments.js";
import { piecesOf } from "./pieces-of.js";
import { styleFor } from "./pretty.js";
import { Progress } from "./progress.js";
import { comparisonAsJson, comparisonAsText } from "./trace-compare.js";
import { exportInto } from "./trace-export.js";
import { judgeTrace } from "./trace-judged.js";
import { traceAsJson, traceAsText } from "./trace-report.js";
import { statsAsJson, statsAsText } from "./trace-stats.js";

const verbs = ["report", "compare", "export", "stats"] as const;
const printed = ["text", "json"] as const;
const exported = ["chrome", "perfetto"] as const;

/** Milliseconds until something is said of a file that takes long, and between two words about it. */
const patience = 500;
const interval = 100;

/** `heddle trace`: what a recorded program did. */
export const trace: Command = {
  name: "trace",
  operands: `${verbs.join("|")} file [file]`,
  summary: "tells from a recorded trace who waited for which lock, and what deadlocked",
  options: {
    format: {
      value: [...printed, ...exported].join("|"),
      text: "how to print it (default: text), or the format to export (default: chrome)",
    },
    check: {
      text: "report: analyse the source too, and say what the run showed, what only the source says, and what both do",
    },
    json: { text: "the same as --format json" },
    output: { value: "file", short: "o", text: "export into this file (default: stdout)" },
  },
  details: `report  deadlocks and findings, threads, locks, who waited where, which locks were taken under which: text or json
compare what differs between two runs: locks, places, threads, findings, with signs: text or json
export  the trace for other viewers: chrome is the JSON that chrome://tracing, ui.perfetto.dev and others
        open, perfetto the protocol buffers of ui.perfetto.dev, a third of the size
stats   what the file consists of: events by kind and thread, bytes, drops: text or json

heddle run --trace file records one. Files of any size are read piece by piece. Of a file whose program was
killed, everything up to the last whole record is read: the first line of the report says that there is no
end, and one on stderr if a record was cut. In JSON, lines and characters count from 0.

Exit codes: 0, or 2 when the file cannot be read or is no trace, or the output cannot be written.`,
  async run(args) {
    const [written, file, other, ...more] = args.operands;
    if (written === undefined) throw new UsageError(`name what to do: trace ${verbs.join("|")} file`);
    const verb = oneOf("verb of trace", written, verbs);
    if (verb === "compare" && (other === undefined || more.length > 0)) {
      throw new UsageError("trace compare takes two files");
    }
    if (file === undefined || (verb !== "compare" && other !== undefined)) {
      throw new UsageError(`trace ${verb} takes one file`);
    }
    const formats = verb === "export" ? exported : printed;
    const isJson = args.has("json") && verb !== "export";
    const format = oneOf("format", args.value("format") ?? (isJson ? "json" : formats[0]), formats);
    if (verb !== "report" && args.has("check")) throw new UsageError(`--check is for trace report, not ${verb}`);
    if (verb !== "export" && args.has("output")) throw new UsageError(`--output is for trace export, not ${verb}`);
    if (verb === "compare") {
      compare(file, other ?? "", format === "json");
      return 0;
    }
    const problem = await read(file, verb, format, args);
    warn(file, problem);
    return 0;
  },
};

type Format = (typeof printed)[number] | (typeof exported)[number];

function warn(file: string, problem: string | undefined): void {
  if (problem !== undefined) process.stderr.write(`heddle: ${file}: ${problem}\n`);
}

function compare(first: string, second: string, isJson: boolean): void {
  const [before, after] = [first, second].map((file) => {
    try {
      return summaryOf(file);
    } catch (error) {
      throw refusal(file, error);
    }
  });
  warn(first, before!.problem);
  warn(second, after!.problem);
  const comparison = compareTraces(before!, after!);
  process.stdout.write(isJson ? comparisonAsJson(comparison) : comparisonAsText(comparison, styleFor(process.stdout)));
}

function summaryOf(file: string): TraceSummary {
  const summary = summarise(watched(file, "reading"));
  if (summary.start === undefined) throw new TraceFormatError(summary.problem);
  return summary;
}

/** What the user is told; an error of ours as it is. */
function refusal(file: string, error: unknown): unknown {
  if (error instanceof TraceFormatError) return new UsageError(`${file}: ${error.message}`);
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UsageError || code === undefined) return error;
  return new UsageError(code === "ENOENT" ? `there is no trace ${file}` : `cannot read ${file}: ${code}`);
}

/** Resolves to why the trace is not whole. */
async function read(
  file: string,
  verb: (typeof verbs)[number],
  format: Format,
  args: Arguments,
): Promise<string | undefined> {
  try {
    if (format === "chrome" || format === "perfetto") {
      return await exportInto(args.value("output"), file, watched(file, "exporting"), format);
    }
    const style = styleFor(process.stdout);
    const isJson = format === "json";
    if (verb === "stats") {
      const statistics = statisticsOf(watched(file, "counting"));
      if (statistics.start === undefined) throw new TraceFormatError(statistics.problem);
      process.stdout.write(isJson ? statsAsJson(statistics) : statsAsText(statistics, style));
      return statistics.problem;
    }
    const summary = summaryOf(file);
    const judged = judgeTrace(summary, args.has("check"));
    for (const problem of judged.problems) process.stderr.write(`heddle: ${problem}\n`);
    process.stdout.write(isJson ? traceAsJson(summary, judged) : traceAsText(summary, judged, style));
    return summary.problem;
  } catch (error) {
    throw refusal(file, error);
  }
}

/** The bytes of a file; if it takes long, a terminal shows how far they were read. */
function* watched(file: string, doing: string): Generator<Uint8Array> {
  const progress = new Progress(process.stderr);
  const size = statSync(file).size;
  let done = 0;
  let due = performance.now() + patience;
  try {
    for (const piece of piecesOf(file)) {
      yield piece;
      done += piece.length;
      if (performance.now() < due) continue;
      due = performance.now() + interval;
      progress.show(`${doing} ${file}: ${Math.floor((done / Math.max(size, done)) * 100)} %`);
    }
  } finally {
    progress.clear();
  }
}
