import { existsSync } from "node:fs";
import process from "node:process";
import manifest from "../package.json" with { type: "json" };
import { type Command, helpOf, helpOfAll, ownArguments, readArguments, UsageError } from "./cli/arguments.js";
import { check } from "./cli/check.js";
import { explain } from "./cli/explain.js";
import { lsp } from "./cli/lsp.js";
import { listRules } from "./cli/rules.js";
import { run as runProgram } from "./cli/run.js";
import { trace } from "./cli/trace.js";
import { worker } from "./cli/worker.js";
import { nearest } from "./nearest.js";
import { ProjectError } from "./source/project.js";

const commands: readonly Command[] = [check, explain, runProgram, worker, trace, listRules, lsp];

/** Bad usage, a project that cannot be read, or a mistake of ours: never mixed up with "there are findings". */
const failed = 2;

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return runWithoutCommand(args);
  // Asked for help, everything else on the line may be wrong.
  const own = ownArguments(rest, command);
  if (own.includes("--help") || own.includes("-h")) return print(helpOf(command));
  if (own.includes("--version")) return print(`${manifest.version}\n`);
  return command.run(readArguments(rest, command));
}

function runWithoutCommand(args: readonly string[]): number {
  const [name] = args;
  const names = commands.map((command) => command.name);
  if (name === undefined) throw new UsageError(`name a command: ${names.join(", ")}; heddle --help says more`);
  if (name === "--help" || name === "-h") return print(helpOfAll(commands));
  if (name === "--version" || name === "-v") return print(`${manifest.version}\n`);
  const isOption = name.startsWith("-");
  const meant = nearest(name.replace(/^-+/, ""), isOption ? ["help", "version"] : names);
  let hint = "heddle --help lists the commands";
  if (meant !== undefined) hint = `did you mean heddle ${isOption ? "--" : ""}${meant}?`;
  else if (existsSync(name)) hint = `did you mean heddle check ${name}?`;
  throw new UsageError(`unknown ${isOption ? "option" : "command"} ${name}; ${hint}`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function lineFor(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split(/\r?\n/, 1)[0] ?? "";
  if (error instanceof UsageError) return line;
  if (error instanceof ProjectError) return line.replaceAll(`${process.cwd().replaceAll("\\", "/")}/`, "");
  return `internal error: ${line}; set HEDDLE_DEBUG=1 to see where, and please report it`;
}

// A reader that has enough, such as `head`, closes the pipe: that is no failure, and there is nobody left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    if (stream === process.stdout)
      process.stderr.write(`heddle: the output cannot be written (${error.message}); write it elsewhere\n`);
    process.exit(failed);
  });
}

// No top-level await: the bundle is CommonJS. The code is set, not exited with, so that pending output gets out.
run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`heddle: ${lineFor(error)}\n`);
    if (process.env.HEDDLE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = failed;
  },
);
