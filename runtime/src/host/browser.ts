/**
 * Browsers. A worker that a worker starts comes up only when its starter is back in its event loop, which one that
 * blocks is not: so the supervisor, which never blocks, starts all threads. What a thread needs before its first module
 * is evaluated comes in its first message, see heddle-worker.ts. A thread holds a Web Lock as long as it lives: the
 * browser gives that back whatever the thread dies of, so who waits for the lock learns of the end.
 */
import { StateError } from "../errors.js";
import type { Host, Port, StartedThread, ThreadBoot } from "./host.js";

/** What the first message of a worker brings. */
export interface Handed {
  readonly boot: ThreadBoot;
  /** The shared memory that threads are given by name. */
  readonly memory: ReadonlyMap<string, SharedArrayBuffer>;
  /** The name of the lock that the thread holds as long as it lives. */
  readonly life: string;
  /** What relative addresses are relative to: the program's page. */
  readonly base: string;
}

/** What a line carries beside what the library says. */
type ToSupervisor =
  | { readonly start: ThreadBoot; readonly life: string }
  | { readonly terminate: string }
  | { readonly alive: string };

/** Where a worker leaves its first message. */
const HANDED = "heddle.handed.1";

/** As much of the browser as is needed here: this package is compiled without the DOM's types. */
interface Scope {
  readonly crossOriginIsolated?: boolean;
  readonly document?: {
    readonly baseURI: string;
    querySelectorAll(selector: string): Iterable<{ readonly src?: string }>;
  };
  readonly location: { readonly href: string };
  readonly navigator: {
    readonly hardwareConcurrency?: number;
    readonly locks: { request<T>(name: string, granted: () => Promise<T> | T): Promise<T> };
  };
  readonly [HANDED]?: Handed;
  addEventListener(type: string, listener: (event: ThrownEvent) => void): void;
  reportError(error: unknown): void;
  close(): void;
}

interface ThrownEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  readonly message?: string;
  preventDefault(): void;
}

interface BrowserWorker {
  onerror: ((event: ThrownEvent) => void) | null;
  postMessage(message: unknown, transfer: readonly object[]): void;
  terminate(): void;
}

declare const Worker: new (url: URL, options: { type: "module"; name: string }) => BrowserWorker;

interface BrowserPort extends Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  close(): void;
}

const scope = globalThis as unknown as Scope;
const handed = scope[HANDED];
const memory = new Map(handed?.memory);
const base = handed?.base ?? scope.document?.baseURI ?? scope.location.href;

if (typeof SharedArrayBuffer === "undefined" || scope.crossOriginIsolated === false) {
  throw new StateError(
    "There is no shared memory, because this page is not cross-origin isolated. Serve it, and the scripts of its " +
      "workers, over HTTPS or from localhost with the headers Cross-Origin-Opener-Policy: same-origin and " +
      "Cross-Origin-Embedder-Policy: require-corp.",
  );
}

export const host: Host = {
  isMainThread: handed === undefined,
  boot: handed?.boot,
  workerId: 0,

  inherited: (name) => memory.get(name),
  bequeath: (name, shared) => void memory.set(name, shared),
  setting(name) {
    const value = (globalThis as Record<string, unknown>)[name];
    return value === undefined ? undefined : String(value);
  },
  cores: () => scope.navigator.hardwareConcurrency ?? 1,
  clockOffset: () => performance.timeOrigin * 1e6,
  findCollector: () => () => {},
  taskStorage: () => undefined,

  ownAddress: import.meta.url.replace(/host\/browser\.js$/, ""),
  absoluteUrl: (address) => new URL(address, base).href,
  isProgram,
  load: (url) => import(/* @vite-ignore */ url),

  channel() {
    const { port1, port2 } = new MessageChannel();
    return [port1, port2];
  },
  listen(port, hear) {
    (port as BrowserPort).onmessage = ({ data }) => {
      const { host: order } = data as { readonly host?: ToSupervisor };
      if (order === undefined) hear(data);
      else obey(order);
    };
  },
  onThreadEnd(thread, _, ended) {
    endings.set(thread, ended);
  },
  receive: undefined,
  openLine: undefined,
  release: () => {},

  startSupervisor(boot, failed) {
    startWorker(boot, crypto.randomUUID(), failed);
  },
  startThread,
  exit: () => scope.close(),
  onExit: () => {},
  onUncaught(report) {
    const handle = (event: ThrownEvent): void => {
      event.preventDefault();
      report(event.error ?? event.reason ?? new Error(event.message));
    };
    scope.addEventListener("error", handle);
    scope.addEventListener("unhandledrejection", handle);
  },
  nextTurn(callback) {
    // Timers of browsers wait for some milliseconds.
    const { port1, port2 } = new MessageChannel();
    (port1 as unknown as BrowserPort).onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(0);
  },

  printAtOnce: () => {},
  printError: (text) => console.error(text.trimEnd()),
  describe: String,
  warn: (text, type) => console.warn(type === undefined ? text : `${type}: ${text}`),
  fail: (error) => scope.reportError(error),
  interrupt() {
    throw new StateError(
      "interruptMain() interrupts a main thread that blocks, and in a browser there are no signals.",
    );
  },
};

/** A page's scripts are its programs; of a worker, the script that it was made from. */
function isProgram(url: string): boolean {
  const bare = (address: string): string => address.replace(/[?#].*$/, "");
  const scripts = scope.document?.querySelectorAll("script[type=module][src]");
  const programs = scripts === undefined ? [scope.location.href] : Array.from(scripts, ({ src }) => src ?? "");
  return programs.some((program) => bare(program) === bare(url));
}

function startThread(boot: ThreadBoot, { line }: { readonly line: Port }): StartedThread {
  const life = crypto.randomUUID();
  say(line, { start: boot, life }, [boot.port]);
  return { terminate: () => say(line, { terminate: life }), ended: undefined };
}

/** Takes the lock that says that this thread lives, and tells the supervisor. */
export async function live(): Promise<void> {
  if (handed === undefined) return;
  const { life, boot } = handed;
  await new Promise<void>((resolve) => {
    void scope.navigator.locks.request(life, () => {
      resolve();
      return new Promise(() => {});
    });
  });
  if (boot.thread !== boot.supervisor) say(boot.port, { alive: life });
}

function say(line: Port, order: ToSupervisor, transfer: readonly object[] = []): void {
  line.postMessage({ host: order }, transfer);
}

interface Watched {
  readonly worker: BrowserWorker;
  readonly ended: () => void;
  isWatched: boolean;
}

/** What the supervisor knows: the workers by the name of their lock, and what to do at the end of which thread. */
const watched = new Map<string, Watched>();
const endings = new Map<number, () => void>();

function obey(order: ToSupervisor): void {
  if ("start" in order) {
    const { start, life } = order;
    const ended = endings.get(start.thread) ?? (() => {});
    endings.delete(start.thread);
    const worker = startWorker(start, life, (error) => {
      // Once it lives it reports its errors itself.
      if (watched.get(life)?.isWatched !== false) return;
      console.error(error);
      watchEnd(life);
    });
    watched.set(life, { worker, ended, isWatched: false });
  } else if ("terminate" in order) {
    watched.get(order.terminate)?.worker.terminate();
    watchEnd(order.terminate);
  } else {
    watchEnd(order.alive);
  }
}

/** The thread has its lock, or will never take it: whoever gets it next knows that the thread is no more. */
function watchEnd(life: string): void {
  const found = watched.get(life);
  if (found === undefined || found.isWatched) return;
  found.isWatched = true;
  void scope.navigator.locks.request(life, () => {
    watched.delete(life);
    found.ended();
  });
}

function startWorker(boot: ThreadBoot, life: string, failed: (error: Error) => void): BrowserWorker {
  const worker = new Worker(new URL("./heddle-worker.js", import.meta.url), { type: "module", name: "heddle" });
  worker.onerror = (event) => {
    event.preventDefault();
    failed(
      new StateError(
        `heddle-worker.js, in which threads begin, did not load from ${new URL(".", import.meta.url).href}` +
          `${event.message === undefined ? "" : ` (${event.message})`}. A bundle needs it beside its own files: esbuild ` +
          "makes it from the entry point heddle-worker=heddle/worker, Vite by itself (with worker.format: 'es', and " +
          "optimizeDeps.exclude: ['heddle'] for its server). It is served with the page's " +
          "Cross-Origin-Embedder-Policy header.",
      ),
    );
  };
  const first: Handed = { boot, memory, life, base };
  worker.postMessage({ heddle: first }, [boot.port]);
  return worker;
}
