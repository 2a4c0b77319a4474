/** A thread's line to the thread that has its connections to a server: the one may block while the other works. */
import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Abort, orAborted, throwIfAborted } from "../../abort.js";
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
  /** Hears what comes without being asked for: as soon as anything else is heard, or when the thread is in its event loop. */
  heed?(notice: unknown): void;
}

/** What becomes of the answer to a call. */
export interface Receiver {
  /** What the caller gets of it. */
  read(value: unknown): unknown;
  /** It came when nobody waited for it any more. */
  late(value: unknown): void;
}

/** A call that was begun, and whose answer is looked for later. */
export interface Begun {
  readonly number: number;
  readonly receiver: Receiver;
}

/** What a call came to. */
type Answer = { readonly value: unknown } | { readonly error: unknown } | { readonly cancelled: true };

interface Interruption {
  readonly error: unknown;
}

const PLAIN: CallOptions = {};
const AS_IT_IS: Receiver = { read: (value) => value, late() {} };

/** `S`: what the other thread has to know of an object. */
export class EngineLine<S extends object> {
  /** The word that changes with whatever is heard. */
  readonly signal = allocateBlock(4);
  readonly #plan: EnginePlan;
  #worker: InstanceType<typeof NodeWorker> | undefined;
  #port: MessagePort | undefined;
  #notices: MessagePort | undefined;
  /** Objects that calls go to often, by their numbers; undefined for one of which the other thread has not heard. */
  readonly #numbers = new WeakMap<S, number | undefined>();
  #objects = 0;
  readonly #outbox: EngineRequest<S>[] = [];
  #isPosting = false;
  readonly #answers = new Map<number, Answer>();
  /** By their numbers: async calls that wait. */
  readonly #awaited = new Map<number, () => void>();
  #isListening = false;
  /** Calls that nobody waits for any more. */
  readonly #forgotten = new Map<number, Receiver>();
  #calls = 0;
  #isClosed = false;

  constructor(plan: EnginePlan) {
    this.#plan = plan;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether anything was asked for so far. */
  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** Calls to this object go by a number from now on: the other thread hears once what it is. */
  know(subject: S): void {
    if (!this.#numbers.has(subject)) this.#numbers.set(subject, undefined);
  }

  /** Few calls go to this object from now on, if any: the other thread need not know what it is. */
  forget(subject: S): void {
    const object = this.#numbers.get(subject);
    this.#numbers.delete(subject);
    if (object !== undefined && !this.#isClosed) this.#post({ do: "forget", object });
  }

  /** Calls a method of an object, and blocks until it is done. */
  call(
    subject: S,
    method: string,
    args: readonly unknown[],
    receiver = AS_IT_IS,
    options: CallOptions = PLAIN,
  ): unknown {
    const { number } = this.begin(subject, method, args, receiver);
    const isAnswered = (): boolean => this.#has(number);
    this.#flush();
    let interruption: Interruption | undefined;
    try {
      try {
        waitUntil(this.signal, FOR_EVER, isAnswered);
      } catch (error) {
        interruption = { error };
        this.#post({ do: "cancel", number });
        this.#flush();
        if (options.counts === undefined) throw error;
        waitUntil(this.signal, FOR_EVER, isAnswered);
      }
    } catch (error) {
      this.#forget(number, receiver);
      throw error;
    }
    return this.#end(number, receiver, interruption, options);
  }

  /** Like `call` without blocking the thread. */
  async callAsync(
    subject: S,
    method: string,
    args: readonly unknown[],
    receiver: Receiver,
    options: CallOptions,
  ): Promise<unknown> {
    throwIfAborted(options.signal);
    const { number } = this.begin(subject, method, args, receiver);
    let interruption: Interruption | undefined;
    try {
      try {
        await this.#answered(number, options.signal);
      } catch (error) {
        interruption = { error };
        this.#post({ do: "cancel", number });
        if (options.counts === undefined) throw error;
        await this.#answered(number);
      }
    } catch (error) {
      this.#forget(number, receiver);
      throw error;
    }
    return this.#end(number, receiver, interruption, options);
  }

  /** Sends a call, for `poll` and `abandon`. Does not block. */
  begin(subject: S, method: string, args: readonly unknown[], receiver: Receiver): Begun {
    const number = ++this.#calls;
    this.#post({ do: "call", number, subject: this.#told(subject), method, args });
    return { number, receiver };
  }

  /** The answer to a call, once; undefined as long as there is none. */
  poll({ number, receiver }: Begun): { readonly value: unknown } | { readonly error: unknown } | undefined {
    if (!this.#has(number)) return undefined;
    try {
      return { value: this.#end(number, receiver, undefined, PLAIN) };
    } catch (error) {
      return { error };
    }
  }

  /** Nobody looks for the answer any more. */
  abandon({ number, receiver }: Begun): void {
    if (this.#isClosed) return;
    this.#post({ do: "cancel", number });
    this.#forget(number, receiver);
  }

  /** Sends a call whose end nobody waits for. */
  tell(subject: S, method: string, args: readonly unknown[]): void {
    this.#post({ do: "call", number: undefined, subject: this.#told(subject), method, args });
  }

  /** Keeps an object without a name alive, once more. */
  keep(subject: S): void {
    this.#post({ do: "keep", subject });
  }

  /** Keeps it alive once less. */
  drop(subject: S): void {
    this.#post({ do: "drop", subject });
  }

  /** What has come without being asked for: a thread that blocks all the time hears it here. */
  hearNotices(): void {
    if (this.#notices === undefined) return;
    for (let found = receiveMessageOnPort(this.#notices); found; found = receiveMessageOnPort(this.#notices)) {
      this.#plan.heed?.(found.message);
    }
  }

  /** What this thread has is others' from here on. Blocks until that is so, for a second at most. */
  leave(): void {
    if (this.#worker === undefined || this.#isClosed) return;
    const number = ++this.#calls;
    this.#post({ do: "leave", number });
    this.#flush();
    waitUntil(this.signal, deadlineAfter(FAREWELL), () => this.#has(number));
  }

  /** Ends the other thread. What it has that `leave` would give back, the server finds out. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    beforeWaits.delete(this.#flush);
    for (const settle of this.#awaited.values()) settle();
    this.#awaited.clear();
    this.#forgotten.clear();
    this.#wake();
    void this.#worker?.terminate();
    this.#port?.close();
    this.#notices?.close();
  }

  /** What is asked for within one turn of the event loop goes together, unless the thread blocks before. */
  #post(request: EngineRequest<S>): void {
    if (this.#isClosed) throw this.#plan.gone();
    this.#start();
    this.#outbox.push(request);
    if (this.#isPosting) return;
    this.#isPosting = true;
    beforeWaits.add(this.#flush);
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isPosting = false;
    beforeWaits.delete(this.#flush);
    if (this.#outbox.length === 0) return;
    const requests = this.#outbox.splice(0);
    try {
      this.#worker?.postMessage(requests);
    } catch {
      for (const request of requests) this.#postAlone(request); // one of them has something that cannot be copied
    }
  };

  #postAlone(request: EngineRequest<S>): void {
    try {
      this.#worker?.postMessage([request]);
    } catch (error) {
      if (request.do !== "call" || request.number === undefined) return;
      this.#answers.set(request.number, { error });
      this.#awaited.get(request.number)?.();
      if (this.#awaited.delete(request.number) && this.#awaited.size === 0) this.#wake();
    }
  }

  /** The object, or if the other thread has been told of it, its number. */
  #told(subject: S): S | number {
    if (!this.#numbers.has(subject)) return subject;
    let object = this.#numbers.get(subject);
    if (object === undefined) {
      object = ++this.#objects;
      this.#numbers.set(subject, object);
      this.#post({ do: "know", object, subject });
    }
    return object;
  }

  /** Resolves when the call is answered, or nothing comes any more. Rejects with the signal's reason. */
  #answered(number: number, signal?: Abort): Promise<void> {
    if (this.#isClosed || this.#answers.has(number)) return Promise.resolve();
    const answered = new Promise<void>((resolve) => this.#awaited.set(number, resolve));
    if (!this.#isListening) void this.#listen();
    if (signal === undefined) return answered;
    return orAborted(answered, signal).finally(() => {
      if (this.#awaited.delete(number) && this.#awaited.size === 0) this.#wake();
    });
  }

  /** For all async calls together: what wakes one has news of others. As long as one waits, the process does. */
  async #listen(): Promise<void> {
    this.#isListening = true;
    await waitUntilAsync(this.signal, FOR_EVER, () => {
      this.#hear();
      this.#isListening = this.#awaited.size > 0;
      return !this.#isListening;
    });
  }

  /** Has this thread's waits look again. */
  #wake(): void {
    // Pairs with the waits on the word in `#listen`.
    Atomics.add(words, this.signal, 1);
    notify(this.signal);
  }

  #has(number: number): boolean {
    this.#hear();
    return this.#isClosed || this.#answers.has(number);
  }

  #hear(): void {
    this.hearNotices();
    if (this.#port === undefined) return;
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      for (const news of found.message as EngineNews[]) {
        const receiver = this.#forgotten.get(news.number);
        this.#forgotten.delete(news.number);
        if (receiver !== undefined) {
          if ("value" in news) receiver.late(news.value);
          continue;
        }
        this.#answers.set(news.number, "error" in news ? { error: errorOf(news.error) } : news);
        this.#awaited.get(news.number)?.();
        this.#awaited.delete(news.number);
      }
    }
  }

  #end(number: number, receiver: Receiver, interruption: Interruption | undefined, options: CallOptions): unknown {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw this.#plan.gone();
    if ("cancelled" in answer) throw interruption?.error;
    if ("error" in answer) throw answer.error;
    const value = receiver.read(answer.value);
    if (interruption !== undefined && options.counts?.(value) !== true) throw interruption.error;
    return value;
  }

  #forget(number: number, receiver: Receiver): void {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) this.#forgotten.set(number, receiver);
    else if ("value" in answer) receiver.late(answer.value);
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    const { thread, plan, name, heed } = this.#plan;
    words[this.signal] = 0;
    const news = new MessageChannel();
    const notices = heed && new MessageChannel();
    this.#port = news.port1;
    this.#notices = notices?.port1;
    const boot: EngineBoot<object> = { plan, at: this.signal, port: news.port2, notices: notices?.port2 };
    this.#worker = new NodeWorker(thread, {
      workerData: boot,
      transferList: [news.port2, ...(notices ? [notices.port2] : [])],
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: "" },
      name,
    });
    this.#worker.unref();
    this.#notices?.on("message", (notice) => this.#plan.heed?.(notice)).unref();
  }
}
