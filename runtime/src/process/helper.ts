/** This thread's helper (see helper-thread.ts), seen from the thread. */
import { existsSync } from "node:fs";
import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { allocateBlock, words } from "../arena.js";
import { AuthenticationError, ConnectionClosedError, StateError } from "../errors.js";
import { lookOut, waitThrough } from "../futex.js";
import { NodeWorker } from "../host/node.js";
import { atEnd } from "../trace/ending.js";
import { waitUntil, waitUntilAsync } from "../wait-until.js";
import { waiting } from "../waiting.js";
import { ANY, type Answer, type Command, HELPER_BYTES, type HelperBoot, UNSENT_ALL, WORK } from "./helper-commands.js";

type Question = Command extends infer C ? (C extends { readonly ticket: number } ? Omit<C, "ticket"> : never) : never;

/** Starts processes and has the sockets. */
export class Helper {
  /** The block whose words change with everything that happens. */
  readonly at = allocateBlock(HELPER_BYTES);
  readonly #worker: InstanceType<typeof NodeWorker>;
  readonly #port: MessagePort;
  readonly #answers = new Map<number, Answer>();
  #tickets = WORK;

  /** @throws StateError the library's own files are not there */
  constructor(isChild: boolean) {
    const module = new URL("./helper-thread.js", import.meta.url);
    if (!existsSync(module)) {
      throw new StateError(
        "Processes begin with files of this library, which are not in a bundle: leave heddle out of it.",
      );
    }
    words.fill(0, this.at, this.at + HELPER_BYTES / 4);
    const { port1, port2 } = new MessageChannel();
    const boot: HelperBoot = { at: this.at, port: port2, isChild };
    this.#port = port1;
    this.#worker = new NodeWorker(module, {
      workerData: boot,
      transferList: [port2],
      // None of the program's flags, and no module of its own before the helper's.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: "" },
      name: "heddle helper",
    });
    this.#worker.unref();
    atEnd(() => this.#flush());
  }

  tell(command: Command, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(command, transfer);
  }

  /**
   * Blocks until the helper has done it, which is a matter of milliseconds, and which nothing interrupts: it would do it
   * all the same, and nobody would know. Throws what went wrong.
   */
  ask(question: Question, transfer: readonly Transferable[] = []): unknown {
    const ticket = ++this.#tickets;
    this.tell({ ...question, ticket } as Command, transfer);
    for (;;) {
      const seen = Atomics.load(words, this.at + ANY);
      if (this.#received(ticket)) return this.#take(ticket);
      if (lookOut(() => Atomics.load(words, this.at + ANY) !== seen)) continue;
      waiting(0, Number.POSITIVE_INFINITY, () => waitThrough(this.at + ANY, seen, Number.POSITIVE_INFINITY) === "ok");
    }
  }

  /** In a child process: what it is to do. */
  async work(): Promise<Uint8Array> {
    await waitUntilAsync(this.at + ANY, Number.POSITIVE_INFINITY, () => this.#received(WORK));
    return this.#take(WORK) as Uint8Array;
  }

  #received(ticket: number): boolean {
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      const answer = found.message as Answer;
      this.#answers.set(answer.ticket, answer);
    }
    return this.#answers.has(ticket);
  }

  #take(ticket: number): unknown {
    const answer = this.#answers.get(ticket);
    this.#answers.delete(ticket);
    if (answer === undefined) return undefined;
    if ("error" in answer) throw errorOf(answer.error);
    return answer.value;
  }

  /** The helper ends with its thread, so what was sent has to leave before that. */
  #flush(): void {
    waitUntil(this.at + ANY, Number.POSITIVE_INFINITY, () => Atomics.load(words, this.at + UNSENT_ALL) === 0);
  }
}

/** Classes do not survive the way from the helper. */
function errorOf({ message, code }: { readonly message: string; readonly code: string | undefined }): Error {
  if (code === "HEDDLE_AUTHENTICATION") return new AuthenticationError(message);
  if (code === "HEDDLE_CONNECTION_CLOSED") return new ConnectionClosedError(message);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
