/** Runs the probes (probes.ts) somewhere and collects what they say. */
import { spawn } from "node:child_process";

/** What each probe said: `ok`, or its error. */
export type Results = Map<string, string>;

/** The program with the probes, running. */
export interface Running {
  /** When it has ended, by itself or killed: why, as far as anybody can say. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Starts the program without the probes named, and hands over the lines that it prints. */
export type Start = (skipped: readonly string[], hear: (line: string) => void) => Running | Promise<Running>;

/** A probe that has said nothing for so long hangs: its own waits end before. */
const SILENCE = 20_000;
const LONGEST_RUNS = 5;

/** Runs the probes, without those that hung before, until all have said something. */
export async function probe(start: Start): Promise<Results> {
  const results: Results = new Map();
  for (let runs = 0; runs < LONGEST_RUNS; runs++) {
    const stuck = await runOnce(start, results);
    if (stuck === undefined) break;
    results.set(stuck.probe, stuck.why);
    if (stuck.probe === "loading") break;
  }
  return results;
}

interface Stuck {
  readonly probe: string;
  readonly why: string;
}

/** Collects results; the probe that the program hung or ended in, if it did. */
async function runOnce(start: Start, results: Results): Promise<Stuck | undefined> {
  let current: string | undefined = "loading";
  let isSilent = false;
  let timer: NodeJS.Timeout | undefined;
  const running = await start([...results.keys()], (line) => {
    timer?.refresh();
    if (!line.startsWith("{")) return;
    const said = JSON.parse(line) as { begun?: string; probe?: string; result?: string };
    if (said.begun !== undefined) current = said.begun;
    if (said.probe === undefined) return;
    results.set(said.probe, said.result ?? "");
    current = undefined;
  });
  timer = setTimeout(() => {
    isSilent = true;
    running.kill();
  }, SILENCE);
  const end = await running.ended;
  clearTimeout(timer);
  if (current === undefined) return undefined;
  return { probe: current, why: isSilent ? "hangs" : `ends the program: ${end}` };
}

/** The program as a process of its own. */
export function asProcess(command: readonly string[], cwd: string): Start {
  return (skipped, hear) => {
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, HEDDLE_MATRIX_SKIP: skipped.join(";"), NODE_NO_WARNINGS: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    let unfinished = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) hear(line);
    });
    const ended = new Promise<string>((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) =>
        resolve(/^.*Error.*$/m.exec(errors)?.[0].trim() ?? `exit code ${code ?? signal}`),
      );
    });
    return { ended, kill: () => child.kill("SIGKILL") };
  };
}
