import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { ProgramError } from "./program-error.js";

/** A program as a debugger is to start it. */
export interface DebuggedProgram {
  readonly file: string;
  readonly cwd: string;
  /** What is to run it, as the configuration says: Node.js, or something that starts it. */
  readonly node?: unknown;
  /** Beside the environment of the editor; `null` takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>> | undefined;
  /** What the command line is told of how much to record. */
  readonly tier?: readonly string[];
}

/** What Node.js needs to record a program. */
export interface NodeOptions {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Asks the command line, run by the Node.js that will run the program, what `heddle run` would do. Throws
 * {@link ProgramError}.
 */
export async function nodeOptions(program: DebuggedProgram, trace: string, heddle: string): Promise<NodeOptions> {
  const node = nodeOf(program);
  const args = [heddle, "run", "--print", "--trace", trace, ...(program.tier ?? []), "--", program.file];
  try {
    const { stdout } = await promisify(execFile)(node, args, { cwd: program.cwd, env: environmentOf(program) });
    return JSON.parse(stdout) as NodeOptions;
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === "ENOENT") throw new ProgramError(absent(node));
    throw new ProgramError(stderr.trim().replace(/^heddle: /, "") || String(error));
  }
}

/** What starts Node.js, such as a package's script, takes no script of ours: then the usual one has to do. */
function nodeOf({ node }: DebuggedProgram): string {
  return typeof node === "string" && /^node(?:\.exe)?$/i.test(basename(node)) ? node : "node";
}

function absent(node: string): string {
  const where = node === "node" ? "no `node` on the PATH" : `no ${node}`;
  return `There is ${where}: install Node.js 20.19 or later.`;
}

function environmentOf({ env = {} }: DebuggedProgram): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = { ...process.env };
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete all[name];
    else all[name] = value;
  }
  return all;
}
