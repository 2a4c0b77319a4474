import { spawn } from "node:child_process";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The launcher of the command line, as npm links it. */
export const heddleBinary = fileURLToPath(new URL("../../../server/bin/heddle.js", import.meta.url));

/** What tests leave in the cache is no concern of the user's. */
export const cacheHome = join(tmpdir(), `heddle-test-cache-${userInfo().username}`);

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line. What hangs is ended after `deadline` milliseconds, and its signal is in the outcome. */
export async function heddle(
  args: readonly string[],
  { cwd, env = {}, deadline = 60_000 }: { cwd: string; env?: NodeJS.ProcessEnv; deadline?: number },
): Promise<Outcome> {
  const child = spawn(process.execPath, [heddleBinary, ...args], {
    cwd,
    env: { ...process.env, XDG_CACHE_HOME: cacheHome, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: deadline,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
