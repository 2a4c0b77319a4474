import { host } from "#host";
import { mayBlock } from "./futex.js";
import { supervisorHeard } from "./supervision.js";
import { type ModuleUrl, moduleUrl } from "./tasks.js";

/**
 * Runs `body` if the module is the program, and does nothing in threads or when another module imports it: Python's
 * `if __name__ == "__main__":`. An error that leaves it goes to stderr and makes the exit code 1.
 * @see Python's `if __name__ == "__main__":`.
 */
export function main(url: string | ModuleUrl, body: () => void | Promise<void>): void {
  const href = moduleUrl(url, "main");
  if (!host.isMainThread || !host.isProgram(href)) return;
  // In a browser's worker that begins a program, the body could block before threads can come up.
  if (host.receive === undefined && mayBlock) void supervisorHeard().then(() => run(body));
  else run(body);
}

function run(body: () => void | Promise<void>): void {
  try {
    const result = body();
    if (result instanceof Promise) result.catch(host.fail);
  } catch (error) {
    host.fail(error);
  }
}
