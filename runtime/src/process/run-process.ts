/** A child process from the inside: takes its errand, does it, and leaves in order. */
import process from "node:process";
import { host } from "#host";
import { pause } from "../futex.js";
import { childrenEnded } from "../thread.js";
import { helper, ownProcesses, setIdentity } from "./own-processes.js";
import { adoptProcess, currentProcess, type Errand, type Process, type ProcessWork } from "./process.js";
import { decodeFromProcess, loadForWork } from "./process-codec.js";

/** The exit code after an error that nothing caught. */
const FAILED = 1;

export async function runProcess(): Promise<void> {
  const errand = decodeFromProcess(await helper(true).work()) as Errand;
  setIdentity(errand.identity);
  host.printAtOnce(pause);
  process.on("uncaughtException", (error) => {
    report(error);
    process.exit(FAILED);
  });
  try {
    await (await prepare(errand)).run();
    // What threads it leaves running belongs to its work; what it leaves in its event loop does not.
    await childrenEnded();
  } catch (error) {
    report(error);
    process.exit(FAILED);
  }
  process.exit();
}

/** Makes this process's own Process object, of the class it was started as. */
async function prepare({ work }: Errand): Promise<Process> {
  await loadForWork(work);
  const base = ownProcesses.processClass as typeof Process;
  const { target, args, type = base, fields } = decodeFromProcess(work) as ProcessWork;
  const construct = (): Process => Reflect.construct(base, [{ target, args }], type as typeof Process) as Process;
  const current = Object.assign(adoptProcess(construct), fields);
  ownProcesses.current = current;
  return current;
}

function report(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? String(error)) : host.describe(error);
  host.printError(`Process ${currentProcess().name}:\n${text}\n`);
}
