/** Node.js, Bun and Deno. */
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  MessageChannel,
  MessagePort,
  receiveMessageOnPort,
  setEnvironmentData,
  threadId,
  Worker,
  workerData,
} from "node:worker_threads";
import type { Host, Port, StartedThread, ThreadBoot } from "./host.js";
import { printAtOnce } from "./node-output.js";

/** As it was when the library was loaded: a recorder replaces the one that the program's own code calls. */
export const NodeWorker = Worker;

/** The address of this file, or of the bundle that it became a part of. */
const here = addressOfThis();
const isBundled = !/\/host\/node\.js$/.test(here) || !existsSync(fileURLToPath(new URL("./node-thread.js", here)));

function addressOfThis(): string {
  // Bundlers that emit CommonJS leave nothing here, or what they were told to.
  const address = (import.meta.url as string | undefined) ?? (typeof __filename === "string" ? __filename : "");
  return address.startsWith("file:") ? address : pathToFileURL(address).href;
}

export const host: Host = {
  isMainThread,
  boot: isMainThread ? undefined : (workerData as { heddle?: ThreadBoot } | null)?.heddle,
  workerId: threadId,

  inherited(name) {
    const memory = getEnvironmentData(name);
    return memory instanceof SharedArrayBuffer ? memory : undefined;
  },
  bequeath: setEnvironmentData,
  setting: (name) => process.env[name],
  cores: availableParallelism,
  clockOffset,
  findCollector,
  taskStorage: () => new AsyncLocalStorage(),

  ownAddress: isBundled ? here : new URL("..", here).href,
  absoluteUrl: (address) => pathToFileURL(address).href,
  isProgram,
  load: (url) => import(url),

  channel() {
    const { port1, port2 } = new MessageChannel();
    return [port1, port2];
  },
  listen(port, hear) {
    if (port instanceof MessagePort) port.on("message", hear);
    else (port as BroadcastChannel).onmessage = (event) => hear((event as { data: unknown }).data);
  },
  onThreadEnd: (_, line, ended) => void native(line).on("close", ended),
  receive(port) {
    // Node takes a BroadcastChannel here; its types say so only in later versions.
    return (receiveMessageOnPort(native(port)) as { message: unknown } | undefined)?.message;
  },
  openLine: (name) => new BroadcastChannel(name),
  release: (port) => native(port).unref(),

  startSupervisor(boot) {
    // It loads nothing of the user's, so it needs none of the program's loaders.
    startWorker(isBundled ? here : new URL("./node-supervisor.js", import.meta.url), boot, {
      execArgv: [],
      name: "heddle supervisor",
    }).unref();
  },
  startThread,
  exit: (code) => process.exit(code),
  onExit: (ending) => void process.on("exit", ending),
  onUncaught: (report) => void process.on("uncaughtException", report),
  nextTurn: (callback) => void setImmediate(callback),

  printAtOnce,
  printError: (text) => void process.stderr.write(text),
  describe: inspect,
  warn: (text, type) => process.emitWarning(text, type),
  fail(error) {
    console.error(error);
    process.exitCode = 1;
  },
  interrupt,
};

/** Its handlers run at a later turn of the event loop, and the program is not to end before. */
function interrupt(): void {
  process.kill(process.pid, "SIGINT");
  if (isMainThread) setImmediate(() => setImmediate(() => {}));
}

function native(port: Port): MessagePort {
  return port as MessagePort;
}

function startThread(
  boot: ThreadBoot,
  { isDaemon, failed }: { readonly isDaemon: boolean; readonly failed: (error: unknown) => void },
): StartedThread {
  const worker = startWorker(isBundled ? here : new URL("./node-thread.js", import.meta.url), boot, {});
  // What the thread can report by itself never comes here; what nobody heard would end the program.
  worker.on("error", failed);
  if (isDaemon) worker.unref();
  return {
    terminate: () => void worker.terminate(),
    ended: isDaemon ? undefined : new Promise((resolve) => worker.on("exit", resolve)),
  };
}

function startWorker(module: string | URL, boot: ThreadBoot, options: { execArgv?: string[]; name?: string }): Worker {
  return new NodeWorker(new URL(module), {
    ...options,
    workerData: { heddle: { ...boot, inBundle: isBundled } satisfies ThreadBoot },
    transferList: [native(boot.port)],
  });
}

/** The pair of reads with the least between them is the most exact. */
function clockOffset(): number {
  let best = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < 5; i++) {
    const before = performance.now() * 1e6;
    const shared = Number(process.hrtime.bigint());
    const after = performance.now() * 1e6;
    if (after - before >= best) continue;
    best = after - before;
    offset = shared - (before + after) / 2;
  }
  return offset;
}

/** Only V8 has one to call; elsewhere `close` is what gives objects back for certain. */
function findCollector(): () => void {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("gc") as () => void;
  } catch {
    return () => {};
  }
}

/** Node runs `node program` for program.js, program/index.js and a symbolic link to either. */
function isProgram(url: string): boolean {
  const script = process.argv[1];
  if (script === undefined || !url.startsWith("file:")) return false;
  const file = real(fileURLToPath(url.replace(/[?#].*$/, "")));
  const program = real(script);
  const rest = file.startsWith(program) ? file.slice(program.length) : undefined;
  return rest !== undefined && /^(?:[\\/]index)?(?:\.[cm]?[jt]sx?)?$/.test(rest);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // `node program` names a file that exists only with its extension.
    return path;
  }
}
