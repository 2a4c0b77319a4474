/** A thread's line to the thread that has its connections to a server: the one may block while the other works. */
import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { throwIfAborted } from "../../abort.js";
import { allocateBlock, words } from "../../arena.js";
import { deadlineAfter } from "../../deadline.js";
import { notify } from "../../futex.js";
import { NodeWorker } from "../../host/node.js";
import { waitUntil, waitUntilAsync } from "../../wait-until.js";
import { beforeWaits } from "../../waiting.js";
import type { CallOptions } from "../manager/remote.js";
import { type EngineBoot, type EngineNews, type EngineRequest, errorOf } from "./engine-messages.js";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** Milliseconds that the end of a thread waits until what it has is others'. */
const FAREWELL = 1000;

/** What to start. */
export interface EnginePlan {
  /** The module of the connections' thread. */
  readonly thread: URL;
  /** What it is to know. */
  readonly plan: object;
  readonly name: string;
  /** Of calls after the end. */
  gone(): Error;
}

/** What a call came to. */
type Answer = { readonly value: unknown } | { readonly error: unknown } | { readonly cancelled: true };

/** `S`: what the other thread has to know of an object. */
export class EngineLine<S> {
  /** The word that changes with whatever is heard. */
  readonly signal = allocateBlock(4);
  readonly #plan: EnginePlan;
  #worker: InstanceType<typeof NodeWorker> | undefined;
  #port: MessagePort | undefined;
  readonly #outbox: EngineRequest<S>[] = [];
  #isPosting = false;
  readonly #answers = new Map<number, Answer>();
  /** Calls that nobody waits for any more. */
  readonly #forgotten = new Map<number, (value: unknown) => void>();
  #calls = 0;
  #isClosed = false;

  constructor(plan: EnginePlan) {
    this.#plan = plan;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls a method of an object, and blocks until it is done. `late` gets what comes when nobody waits any more. */
  call(
    subject: S,
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
    late: (value: unknown) => void = () => {},
  ): unknown {
    const number = this.begin(subject, method, args);
    const isAnswered = (): boolean => this.#has(number);
    this.#flush();
    let interruption: { readonly error: unknown } | undefined;
    try {
      try {
        waitUntil(this.signal, FOR_EVER, isAnswered);
      } catch (error) {
        interruption = { error };
        this.post({ do: "cancel", number });
        this.#flush();
        if (options.counts === undefined) throw error;
        waitUntil(this.signal, FOR_EVER, isAnswered);
      }
    } catch (error) {
      this.#forget(number, late);
      throw error;
    }
    return this.#end(number, interruption, options);
  }

  /** Like `call` without blocking the thread. */
  async callAsync(
    subject: S,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    late: (value: unknown) => void,
  ): Promise<unknown> {
    throwIfAborted(options.signal);
    const number = this.begin(subject, method, args);
    const isAnswered = (): boolean => this.#has(number);
    let interruption: { readonly error: unknown } | undefined;
    try {
      try {
        await waitUntilAsync(this.signal, FOR_EVER, isAnswered, options.signal);
      } catch (error) {
        interruption = { error };
        this.post({ do: "cancel", number });
        if (options.counts === undefined) throw error;
        await waitUntilAsync(this.signal, FOR_EVER, isAnswered);
      }
    } catch (error) {
      this.#forget(number, late);
      throw error;
    }
    return this.#end(number, interruption, options);
  }

  /** Sends a call; its number is for `poll` and `abandon`. Does not block. */
  begin(subject: S, method: string, args: readonly unknown[]): number {
    const number = ++this.#calls;
    this.post({ do: "call", number, subject, method, args });
    return number;
  }

  /** The answer to a call, once; undefined as long as there is none. */
  poll(number: number): { readonly value: unknown } | { readonly error: unknown } | undefined {
    if (!this.#has(number)) return undefined;
    try {
      return { value: this.#end(number, undefined, {}) };
    } catch (error) {
      return { error };
    }
  }

  /** Nobody looks for the answer any more. */
  abandon(number: number, late: (value: unknown) => void): void {
    if (this.#isClosed) return;
    this.post({ do: "cancel", number });
    this.#forget(number, late);
  }

  /** What is asked for within one turn of the event loop goes together, unless the thread blocks before. */
  post(request: EngineRequest<S>): void {
    if (this.#isClosed) throw this.#plan.gone();
    this.#start();
    this.#outbox.push(request);
    if (this.#isPosting) return;
    this.#isPosting = true;
    beforeWaits.add(this.#flush);
    queueMicrotask(this.#flush);
  }

  /** What this thread has is others' from here on. Blocks until that is so, for a second at most. */
  leave(): void {
    if (this.#worker === undefined || this.#isClosed) return;
    const number = ++this.#calls;
    this.post({ do: "leave", number });
    this.#flush();
    waitUntil(this.signal, deadlineAfter(FAREWELL), () => this.#has(number));
  }

  /** Ends the other thread. */
  close(): void {
    if (this.#isClosed) return;
    this.leave();
    this.#isClosed = true;
    beforeWaits.delete(this.#flush);
    // Pairs with the waits of this thread's async calls, which find that nothing comes any more.
    Atomics.add(words, this.signal, 1);
    notify(this.signal);
    void this.#worker?.terminate();
    this.#port?.close();
  }

  readonly #flush = (): void => {
    this.#isPosting = false;
    beforeWaits.delete(this.#flush);
    if (this.#outbox.length > 0) this.#worker?.postMessage(this.#outbox.splice(0));
  };

  #has(number: number): boolean {
    this.#hear();
    return this.#isClosed || this.#answers.has(number);
  }

  #hear(): void {
    if (this.#port === undefined) return;
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      for (const news of found.message as EngineNews[]) {
        const late = this.#forgotten.get(news.number);
        this.#forgotten.delete(news.number);
        if (late === undefined) this.#answers.set(news.number, "error" in news ? { error: errorOf(news.error) } : news);
        else if ("value" in news) late(news.value);
      }
    }
  }

  #end(number: number, interruption: { readonly error: unknown } | undefined, options: CallOptions): unknown {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw this.#plan.gone();
    if ("cancelled" in answer) throw interruption?.error;
    if ("error" in answer) throw answer.error;
    if (interruption !== undefined && options.counts?.(answer.value) !== true) throw interruption.error;
    return answer.value;
  }

  #forget(number: number, late: (value: unknown) => void): void {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) this.#forgotten.set(number, late);
    else if ("value" in answer) late(answer.value);
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    words[this.signal] = 0;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const boot: EngineBoot<object> = { plan: this.#plan.plan, at: this.signal, port: port2 };
    this.#worker = new NodeWorker(this.#plan.thread, {
      workerData: boot,
      transferList: [port2],
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: "" },
      name: this.#plan.name,
    });
    this.#worker.unref();
  }
}
