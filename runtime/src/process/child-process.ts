/** A child process as its parent sees it: started by the helper, which notes its end in a block of the arena. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { allocateBlock, freeBlock, words } from "../arena.js";
import { type Deadline, deadlineAfter } from "../deadline.js";
import { atEnd } from "../trace/ending.js";
import { recorder } from "../trace/hook.js";
import { invitedEnvironment } from "../trace/plain-processes.js";
import { waitUntil, waitUntilAsync } from "../wait-until.js";
import { ENDED, NEW, PROCESS_BYTES, PROCESS_EXIT, PROCESS_STATE } from "./helper-commands.js";
import { helper } from "./own-processes.js";

/** Milliseconds that a daemon has to end when it is asked to, before it is made to. */
const GRACE = 1000;

let started = 0;

/** The first file of every child. */
const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));

export class ChildProcess {
  readonly at = allocateBlock(PROCESS_BYTES);
  readonly #id = ++started;
  readonly pid: number;
  readonly isDaemon: boolean;

  /** Starts it. Blocks until it has a number. @throws Error of `node:child_process` */
  constructor(work: Uint8Array<ArrayBuffer>, ends: readonly number[], isDaemon: boolean) {
    this.isDaemon = isDaemon;
    words[this.at + PROCESS_STATE] = NEW;
    const boot = {
      id: this.#id,
      at: this.at,
      args: childArguments(),
      env: invitedEnvironment(process.env),
      work,
      ends,
    };
    try {
      this.pid = helper().ask({ do: "spawn", process: boot }, [work.buffer]) as number;
    } catch (error) {
      freeBlock(this.at);
      throw error;
    }
    recorder?.processStarted(this.pid);
    ended.register(this, this.at);
    running.add(this);
    watchOverExit();
  }

  get exitCode(): number | undefined {
    return this.hasEnded() ? Atomics.load(words, this.at + PROCESS_EXIT) : undefined;
  }

  hasEnded(): boolean {
    if (Atomics.load(words, this.at + PROCESS_STATE) !== ENDED) return false;
    if (running.delete(this)) this.#recordEnd();
    return true;
  }

  #recordEnd(): void {
    const code = Atomics.load(words, this.at + PROCESS_EXIT);
    recorder?.processEnded(this.pid, Math.max(0, code), Math.max(0, -code));
  }

  waitForEnd(deadline: Deadline): boolean {
    return waitUntil(this.at + PROCESS_STATE, deadline, () => this.hasEnded());
  }

  waitForEndAsync(deadline: Deadline, signal: Parameters<typeof waitUntilAsync>[3]): Promise<boolean> {
    return waitUntilAsync(this.at + PROCESS_STATE, deadline, () => this.hasEnded(), signal);
  }

  signal(signal: NodeJS.Signals): void {
    helper().tell({ do: "signal", process: this.#id, signal });
  }
}

/** Those of this thread that run; nothing is collected while the helper may still write to its block. */
const running = new Set<ChildProcess>();
const ended = new FinalizationRegistry<number>(freeBlock);

/**
 * A child is to load the user's modules as this process does, and so gets its flags; but a debugger's port is taken, and a
 * program given as text is not run once more.
 */
function childArguments(): readonly string[] {
  const flags: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const flag = process.execArgv[i] ?? "";
    if (/^(-e|-p|-pe|--eval|--print|--input-type)(=|$)/.test(flag)) {
      // The next word is its text. To --print, none need be given.
      if (!flag.includes("=") && !process.execArgv[i + 1]?.startsWith("-")) i++;
    } else if (/^--inspect(-brk|-wait|-port)?(=|$)/.test(flag)) flags.push(flag.replace(/(=.*)?$/, "=0"));
    else if (!/^--(test|watch)(=|-|$)/.test(flag)) flags.push(flag);
  }
  return [...flags, CHILD];
}

let isWatching = false;

/** As Python does at the end of a program: daemons are ended, and all others waited for. */
function watchOverExit(): void {
  if (isWatching) return;
  isWatching = true;
  // Before what was sent is waited for (see helper.ts): a daemon may never read it.
  process.prependListener("exit", () => {
    const daemons = [...running].filter(({ isDaemon }) => isDaemon);
    for (const daemon of daemons) daemon.signal("SIGTERM");
    const deadline = deadlineAfter(GRACE);
    for (const daemon of daemons) {
      if (!daemon.waitForEnd(deadline)) daemon.signal("SIGKILL");
    }
  });
  atEnd(() => {
    for (const child of [...running]) child.waitForEnd(Number.POSITIVE_INFINITY);
  });
}
