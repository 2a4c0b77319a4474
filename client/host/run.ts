import { type SpawnOptions, spawn } from "node:child_process";

/** A command that could not be started or ended badly; the message carries the end of what it printed. */
export class CommandError extends Error {}

/**
 * Runs a command to its end and returns what it printed on stdout. With `shell` each word is quoted. Throws
 * {@link CommandError}.
 */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const quoted = options.shell ? [command, ...args].map((word) => `"${word}"`) : [command, ...args];
  const child = spawn(quoted[0]!, quoted.slice(1), { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const end = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? "" : `ended with ${code ?? signal}`));
  });
  if (end === "") return output;
  const printed = `${output}\n${errors}`.trim().split("\n").slice(-15).join("\n");
  throw new CommandError(`${[command, ...args].join(" ")}: ${end}\n${printed}`);
}

/** Runs npm: the one that started this process where it is known, so that no shell is needed on Windows. */
export function npm(args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith("npm-cli.js")) return run(process.execPath, [cli, ...args], options);
  return run("npm", args, { ...options, shell: process.platform === "win32" });
}
