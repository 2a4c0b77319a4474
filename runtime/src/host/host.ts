/**
 * What the library needs of the place it runs in. Everything else asks `#host`, which the package's `imports` make
 * node.ts or, under the condition `browser`, browser.ts. Nothing here is on a path that has to be fast.
 */

/** One end of a channel between two threads. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly object[]): void;
}

/** What a thread is started with. The port is its line to the supervisor. */
export interface ThreadBoot {
  readonly thread: number;
  readonly port: Port;
  /** The message that says what to do; empty for the supervisor. */
  readonly work: Uint8Array;
  /** The thread cell of the supervisor at the other end. */
  readonly supervisor: number;
  /** The worker's first module is a bundle with the library in it. */
  readonly inBundle?: boolean;
}

/** A thread seen by who started it. */
export interface StartedThread {
  /** Ends it wherever it is. */
  terminate(): void;
  /** Where the host ends threads with their starter, who therefore has to wait: when it has ended. */
  readonly ended: Promise<unknown> | undefined;
}

/** A value that follows an async task through its awaits. */
export interface TaskStorage<T> {
  run<R>(value: T, body: () => R): R;
  getStore(): T | undefined;
}

export interface Host {
  /** Whether the program began with this thread. */
  readonly isMainThread: boolean;
  /** What the starter of this thread handed over; undefined in a main thread and in workers started by others. */
  readonly boot: ThreadBoot | undefined;
  /** The host's own number of this thread. */
  readonly workerId: number;

  /** Shared memory that this thread was given by name when it started, or has named itself. */
  inherited(name: string): SharedArrayBuffer | undefined;
  /** Gives shared memory to all threads that this one, or one of them, starts from here on. */
  bequeath(name: string, memory: SharedArrayBuffer): void;
  /** A setting of the user's, by the name of its environment variable. */
  setting(name: string): string | undefined;
  /** How many threads can run at the same time. */
  cores(): number;
  /** Nanoseconds to add to this thread's `performance.now()` for a clock that all threads share. */
  clockOffset(): number;
  /** What asks for a garbage collection; does nothing where nobody can ask. */
  findCollector(): () => void;
  /** Undefined where nothing follows an async task. */
  taskStorage<T>(): TaskStorage<T> | undefined;

  /** How the addresses of the library's own files begin; in a bundle, the address of that. */
  readonly ownAddress: string;
  /** A module's address as an absolute URL. */
  absoluteUrl(address: string): string;
  /** Whether the module at this URL is the program. */
  isProgram(url: string): boolean;
  load(url: string): Promise<unknown>;

  channel(): readonly [Port, Port];
  /** Hears what comes from the other end. */
  listen(port: Port, hear: (message: unknown) => void): void;
  /** Calls `ended` once the thread, whose line this is, has ended, whatever it died of. For the supervisor. */
  onThreadEnd(thread: number, line: Port, ended: () => void): void;
  /** Takes the next message without returning to the event loop; undefined where that cannot be. */
  readonly receive: ((port: Port) => unknown) | undefined;
  /** A line that everybody in the program hears; undefined where only this library's threads belong to it. */
  readonly openLine: ((name: string) => Port & { close(): void }) | undefined;
  /** The thread does not stay alive for this end of its line. */
  release(port: Port): void;

  /** `failed` is told when it cannot come up, where that cannot be told from here. */
  startSupervisor(boot: ThreadBoot, failed: (error: Error) => void): void;
  /**
   * `line` is the starter's to the supervisor. `failed` is told of what ends the thread without its own knowledge, where
   * that can be told from here: what is loaded before the library throws, or there is no memory left.
   */
  startThread(
    boot: ThreadBoot,
    options: { readonly isDaemon: boolean; readonly line: Port; readonly failed: (error: unknown) => void },
  ): StartedThread;
  /** Ends this thread. What follows the call may still run, as far as its next await. */
  exit(code: number): void;
  /** Calls `ending` when this thread ends by itself. */
  onExit(ending: () => void): void;
  /** Hands over errors that nothing caught. */
  onUncaught(report: (error: unknown) => void): void;
  /** Calls back after the event loop has looked at everything that is there. */
  nextTurn(callback: () => void): void;

  /** Makes what this thread prints appear at once; `pause` blocks for so many milliseconds. */
  printAtOnce(pause: (milliseconds: number) => void): void;
  printError(text: string): void;
  /** A text for a thrown value. */
  describe(value: unknown): string;
  warn(text: string, type?: string): void;
  /** An error left the main thread's body. */
  fail(error: unknown): void;
  /** Does to the main thread, which does not block, what Ctrl-C does. */
  interrupt(): void;
}
