/**
 * Processes that a recorded program starts: each is told by its environment to join the recording, whatever environment
 * the program gives it, and its start and end are recorded. What is not Node.js takes no notice.
 */
import { closeSync, openSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { getEnvironmentData } from "node:worker_threads";
import { recorder } from "./hook.js";
import { INVITATION, type Invitation, VARIABLE } from "./invitation.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the processes load first. In NODE_OPTIONS a path is quoted as in JSON. */
const flag = `--require ${JSON.stringify(fileURLToPath(new URL("./preload-required.cjs", import.meta.url)))}`;
const options = "NODE_OPTIONS";

/** From here on this thread invites the processes that it starts. */
export function recordProcesses(): void {
  const written = getEnvironmentData(INVITATION);
  if (typeof written !== "string") return;
  const children = createRequire(import.meta.url)("node:child_process") as ChildProcesses;
  replaceSpawn(children.ChildProcess.prototype, written);
  for (const [name, leading] of [
    ["spawnSync", 2],
    ["execFileSync", 2],
    ["execSync", 1],
  ] as const) {
    replaceSync(children, name, leading, written);
  }
  syncBuiltinESMExports();
}

/** Takes back what the variable of the environment brought, before the program sees it. The result is what was there. */
export function takeInvitation(): string | undefined {
  const { [VARIABLE]: written, [options]: flags } = process.env;
  delete process.env[VARIABLE];
  if (flags?.endsWith(flag)) {
    const rest = flags.slice(0, -flag.length).trimEnd();
    if (rest === "") delete process.env[options];
    else process.env[options] = rest;
  }
  return written;
}

/** The environment for a process that this library starts itself, in a thread that is not recorded. */
export function invitedEnvironment(environment: Environment): Record<string, string | undefined> {
  const written = getEnvironmentData(INVITATION);
  return typeof written === "string" ? withVariables(environment, written) : { ...environment };
}

interface SpawnOptions {
  readonly envPairs?: readonly string[];
}

interface SpawnedProcess {
  readonly pid?: number;
  once(event: "exit", listener: (code: number | null, signal: NodeJS.Signals | null) => void): void;
}

/** Of `node:child_process`: all that starts a process without blocking goes through the class. */
interface ChildProcesses {
  readonly ChildProcess: { readonly prototype: { spawn(this: SpawnedProcess, given: SpawnOptions): unknown } };
  spawnSync(...args: readonly unknown[]): { readonly pid: number };
  execFileSync(...args: readonly unknown[]): unknown;
  execSync(...args: readonly unknown[]): unknown;
}

function replaceSpawn(prototype: ChildProcesses["ChildProcess"]["prototype"], written: string): void {
  const { spawn } = prototype;
  prototype.spawn = function (given) {
    const envPairs = given?.envPairs ?? pairsOf(process.env);
    const result = spawn.call(this, { ...given, envPairs: invitedPairs(envPairs, written) });
    const { pid } = this;
    if (pid !== undefined && recorder !== undefined) {
      recorder.processStarted(pid);
      this.once("exit", (code, signal) => recorder?.processEnded(pid, code ?? 0, numberOf(signal)));
    }
    return result;
  };
}

function numberOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

/** The program waits in these, so nothing of it happens between start and end. `leading` arguments may stand before the options. */
function replaceSync(
  children: ChildProcesses,
  name: "spawnSync" | "execFileSync" | "execSync",
  leading: number,
  written: string,
): void {
  const original = children[name];
  const invited = (...args: readonly unknown[]): unknown => original(...withInvitation(args, leading, written));
  Object.defineProperty(invited, "name", { value: name, configurable: true });
  Object.defineProperty(invited, "length", { value: original.length, configurable: true });
  Object.defineProperty(children, name, { ...Object.getOwnPropertyDescriptor(children, name), value: invited });
}

function withInvitation(args: readonly unknown[], leading: number, written: string): readonly unknown[] {
  const at = args.findIndex((value, i) => i > 0 && isOptions(value));
  const given = at < 0 ? {} : (args[at] as { readonly env?: Environment });
  const env = withVariables(given.env ?? process.env, written);
  if (at >= 0) return args.with(at, { ...given, env });
  // What is neither arguments nor options is the program's mistake, which the original says better.
  if (args.slice(1).some((value) => value !== undefined && value !== null && !Array.isArray(value))) return args;
  const before = args.slice(0, leading);
  while (before.length < leading) before.push([]);
  return [...before, { env }];
}

function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withVariables(environment: Environment, written: string): Record<string, string> {
  return fromPairs(invitedPairs(pairsOf(environment), written));
}

/** As Node.js makes them: with what the object inherits, and without what is undefined. */
function pairsOf(environment: Environment): readonly string[] {
  const pairs: string[] = [];
  for (const name in environment) {
    if (environment[name] !== undefined) pairs.push(`${name}=${environment[name]}`);
  }
  return pairs;
}

function fromPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

function invitedPairs(pairs: readonly string[], written: string): readonly string[] {
  openCount(written);
  const given = pairs.findLast((pair) => pair.startsWith(`${options}=`))?.slice(options.length + 1) ?? "";
  const kept = pairs.filter((pair) => !pair.startsWith(`${options}=`) && !pair.startsWith(`${VARIABLE}=`));
  return [...kept, `${options}=${given === "" ? flag : `${given} ${flag}`}`, `${VARIABLE}=${written}`];
}

let isCounted = false;

/**
 * The recorded program itself makes the file in which its processes are counted, and takes it away in the end. It stays,
 * a line long for each of them, when a signal ends the program.
 */
function openCount(written: string): void {
  if (isCounted) return;
  isCounted = true;
  const { run } = JSON.parse(written) as Invitation;
  try {
    if (run.parent === 1) closeSync(openSync(run.count, "a", 0o600));
  } catch {
    // Then nobody joins.
  }
}
