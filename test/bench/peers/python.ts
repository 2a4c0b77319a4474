/** CPython as a contestant: a process that does its work a number of times whenever it is told one. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contestant } from "../races.js";

export const hasPython = spawnSync("python3", ["--version"]).status === 0;

const processes: ChildProcess[] = [];

/** `code` defines `run(times)`. It runs under `if __name__ == "__main__"`, after `setup`. */
export function python(name: string, code: string, setup = ""): Contestant {
  const program = [
    code,
    'if __name__ == "__main__":',
    ...setup.split("\n").map((line) => `    ${line}`),
    "    import sys",
    "    for line in sys.stdin:",
    "        run(int(line))",
    '        print("done", flush=True)',
  ].join("\n");
  let lines: AsyncIterator<string> | undefined;
  let child: ChildProcess | undefined;
  const start = (): ChildProcess => {
    const started = spawn("python3", ["-c", program], { stdio: ["pipe", "pipe", "inherit"] });
    processes.push(started);
    lines = createInterface(started.stdout)[Symbol.asyncIterator]();
    return started;
  };
  return {
    name,
    async run(times) {
      child ??= start();
      child.stdin?.write(`${times}\n`);
      if ((await lines?.next())?.done !== false) throw new Error(`${name} ended`);
      return times;
    },
  };
}

/** Ends all of them. */
export function endPython(): void {
  for (const child of processes.splice(0)) child.stdin?.end();
}
