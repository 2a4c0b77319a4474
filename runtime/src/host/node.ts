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
import { StateError } from "../errors.js";
import type { Host, Port, StartedThread, ThreadBoot } from "./host.js";
import { printAtOnce } from "./node-output.js";

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
    startWorker(new URL("./node-supervisor.js", import.meta.url), boot, {
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
  interrupt: () => void process.kill(process.pid, "SIGINT"),
};

function native(port: Port): MessagePort {
  return port as MessagePort;
}

function startThread(boot: ThreadBoot, { isDaemon }: { readonly isDaemon: boolean }): StartedThread {
  const worker = startWorker(new URL("./node-thread.js", import.meta.url), boot, {});
  // The thread reports its own errors at once; this one would end the program.
  worker.on("error", () => {});
  if (isDaemon) worker.unref();
  return {
    terminate: () => void worker.terminate(),
    ended: isDaemon ? undefined : new Promise((resolve) => worker.on("exit", resolve)),
  };
}

function startWorker(module: URL, boot: ThreadBoot, options: { execArgv?: string[]; name?: string }): Worker {
  return new Worker(ownModule(module), {
    ...options,
    workerData: { heddle: boot },
    transferList: [native(boot.port)],
  });
}

const found = new Set<string>();

/** The address of a module of this library that a worker begins with. */
function ownModule(url: URL): URL {
  if (found.has(url.href)) return url;
  // A worker of a file that is not there would end without a word, and who blocks would wait for it for ever.
  if (url.protocol === "file:" && !existsSync(fileURLToPath(url))) {
    throw new StateError(
      `${url.href.slice(url.href.lastIndexOf("/") + 1)} is not beside ${import.meta.url}: the library was bundled, and ` +
        "its threads cannot start from a bundle. Leave it out: esbuild --external:heddle, Vite ssr.external.",
    );
  }
  found.add(url.href);
  return url;
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
