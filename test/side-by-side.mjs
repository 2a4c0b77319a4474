/**
 * Runs scripts of package.json side by side, as many as there are cores: `node test/side-by-side.mjs <script …>`. What one
 * prints is shown when it has ended. Ends with 1 if one of them failed, after all have ended.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

const waiting = process.argv.slice(2);

/** Runs a script to its end and shows what it printed. */
function run(script) {
  return new Promise((resolve) => {
    const child = spawn("npm", ["run", script], {
      stdio: ["ignore", "pipe", "pipe"],
      // There npm is a script, which only a shell runs.
      shell: process.platform === "win32",
    });
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => printed.push(data));
    child.on("error", (error) => printed.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      process.stdout.write(Buffer.concat(printed));
      if (code !== 0) {
        console.error(`npm run ${script} failed (${code}).`);
        process.exitCode = 1;
      }
      resolve();
    });
  });
}

async function runAll() {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) await run(script);
}

await Promise.all(Array.from({ length: availableParallelism() }, runAll));
