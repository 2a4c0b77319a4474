import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import inspector from "node:inspector";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { TraceDecoder } from "../../../runtime/src/trace/decode.js";
import { TIERS } from "../../../runtime/src/trace/format.js";
import { type Command, oneOf, UsageError } from "./arguments.js";
import { ownRuntime } from "./own-runtime.js";
import { piecesOf } from "./pieces-of.js";
import { loaderFor, scriptAt } from "./script.js";
import { unwritable } from "./unwritable.js";

const reactions = ["report", "exit"] as const;
const deadlocked = 3;
/** Where the preload finds what to record. */
const variable = "HEDDLE_TRACE";

/** `heddle run`: a program with a recorder in it. */
export const run: Command = {
  name: "run",
  operands: "[--] script [args...]",
  summary: "runs a program, and says so when its threads deadlock",
  options: {
    trace: { value: "file", text: "record what the threads do in this file, for heddle trace" },
    "on-deadlock": {
      value: reactions.join("|"),
      text: "go on after a deadlock, or end with exit code 3 (default: report)",
    },
    tier: {
      value: TIERS.toReversed().join("|"),
      text: "how much the trace has: threads and deadlocks; waits, too, and locks that are waited for or held for long; or all (default: full)",
    },
    print: { text: "run nothing, and print as JSON what Node.js needs for it: for debuggers" },
  },
  takesRest: true,
  details: `What follows the script belongs to it. Flags for Node.js go into NODE_OPTIONS. TypeScript runs where
Node.js or the package tsx, installed beside the script, can run it. By convention the file is
called something.heddletrace.

With --print, "flags" belong before the script and "env" into the environment of the process.

Exit codes: the program's own, 3 after a deadlock with --on-deadlock exit, 2 bad usage, a script that is
not there, or a trace file that cannot be written.`,
  async run(args) {
    const [script, ...rest] = args.operands;
    if (script === undefined) throw new UsageError("run needs a script: heddle run script.js");
    const onDeadlock = oneOf("reaction", args.value("on-deadlock") ?? "report", reactions);
    const file = args.value("trace");
    const given = args.value("tier");
    const tier = oneOf("tier", given ?? "full", TIERS);
    if (given !== undefined && file === undefined) {
      throw new UsageError("--tier says how much a trace has: heddle run --trace file --tier contended script");
    }
    const path = scriptAt(script);
    if (file !== undefined) checkWritable(file);
    const flags = ["--import", preloadFor(path), ...loaderFor(path)];
    if (args.has("print")) {
      if (file === undefined) throw new UsageError("run --print needs a trace: heddle run --print --trace file script");
      const env = { [variable]: JSON.stringify({ file: resolve(file), tier, onDeadlock }) };
      console.log(JSON.stringify({ flags, env }));
      return 0;
    }
    const scratch = file === undefined ? mkdtempSync(join(tmpdir(), "heddle-run-")) : undefined;
    const trace = resolve(file ?? join(scratch ?? "", "run.heddletrace"));
    try {
      const options = { file: trace, tier: file === undefined ? "state" : tier, onDeadlock };
      return await runRecorded([...flags, resolve(script), ...rest], JSON.stringify(options), trace);
    } finally {
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    }
  },
};

function checkWritable(file: string): void {
  // To open one would wait for its reader, and a trace is read more than once.
  if (statSync(file, { throwIfNoEntry: false })?.isFIFO()) {
    throw new UsageError(`cannot write the trace ${file}: it is a pipe`);
  }
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw unwritable(`the trace ${file}`, file, error);
  }
}

/** The recorder must be of the same copy of the runtime as the program's locks; without one, ours sees the process. */
function preloadFor(path: string): string {
  let preload = ownRuntime("trace/preload.js");
  try {
    preload = createRequire(path).resolve("heddle/trace/preload");
  } catch {
    // The program has no Heddle, or one from before there were traces.
  }
  return pathToFileURL(preload).href;
}

/** Resolves to the exit code. */
async function runRecorded(args: readonly string[], recording: string, trace: string): Promise<number> {
  const env = { ...process.env, [variable]: recording };
  // With --inspect in NODE_OPTIONS the port is the program's, and not this process's.
  inspector.close();
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  // A terminal sends these to the program as well, which decides what they mean.
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGTERM", forward).on("SIGHUP", forward);
  process.on("SIGINT", () => {});
  return new Promise((settle, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code !== null) settle(code);
      else if (signal === "SIGKILL" && endedByDeadlock(trace)) settle(deadlocked);
      else settle(128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** A program whose main thread is part of a deadlock can only be killed; its trace says why that was. */
function endedByDeadlock(trace: string): boolean {
  let reason = "";
  const decoder = new TraceDecoder({
    end(end) {
      reason = end.reason;
    },
  });
  try {
    for (const piece of piecesOf(trace)) decoder.push(piece);
  } catch {
    // The program, or somebody else, took the file away: then it says nothing.
  }
  return reason === "deadlock";
}
