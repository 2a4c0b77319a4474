import { basename, resolve } from "node:path";

/** What matters here of a debug configuration for Node.js, after variables were replaced. */
export interface NodeConfiguration {
  readonly type?: unknown;
  readonly request?: unknown;
  readonly program?: unknown;
  readonly cwd?: unknown;
  readonly runtimeExecutable?: unknown;
  readonly console?: unknown;
}

const nodeTypes: ReadonlySet<unknown> = new Set(["node", "pwa-node"]);

/** The program's path, as the debugger for Node.js finds it: from the folder where it runs. */
export function programPath({ program, cwd }: NodeConfiguration, folder: string | undefined): string {
  return resolve(folder ?? "", typeof cwd === "string" ? cwd : "", String(program));
}

/**
 * Whether somebody's own configuration starts a program that can be recorded without a change to how it starts: Node.js
 * itself runs it, and no shell has to quote what the recorder is told.
 */
export function canRecord({ type, request, program, runtimeExecutable, console }: NodeConfiguration): boolean {
  const isNode = runtimeExecutable === undefined || /^node(?:\.exe)?$/i.test(basename(String(runtimeExecutable)));
  const isQuiet = console === undefined || console === "internalConsole";
  return nodeTypes.has(type) && request === "launch" && typeof program === "string" && isNode && isQuiet;
}
