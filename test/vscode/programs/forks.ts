/** A process that starts another one, whose threads a debugger stops. */
import { fork } from "node:child_process";

const child = fork(new URL("three-threads.ts", import.meta.url));
child.on("error", () => {
  process.exitCode = 1;
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
