/**
 * Messages between threads, without Heddle: through which channel they go, and their numbers there. Nothing is added to a
 * message: those of one side come in the order in which they are sent, so counting on both sides tells which is which. A
 * port that is sent to another thread is not known there, and its messages are recorded without a channel.
 */
import {
  getEnvironmentData,
  type MessageChannel,
  MessagePort,
  parentPort,
  type receiveMessageOnPort,
  setEnvironmentData,
  type Worker,
  workerData,
} from "node:worker_threads";
import { release } from "../arena.js";
import { createMessageChannel, setWorker } from "../message-channel.js";
import { isCalledByProgram } from "./called-by-program.js";
import { recorder } from "./hook.js";
import { named, replace } from "./replacing.js";

/** What of `node:worker_threads` is replaced. */
export interface MessagingModule {
  MessageChannel: typeof MessageChannel;
  receiveMessageOnPort: typeof receiveMessageOnPort;
  Worker: typeof Worker;
}

/** Where a worker finds the cell of the channel to its maker. */
const LINE = "heddle.line.1";
const MAKER = 1;
const MADE = 2;
/** Channels of the program's own ports that are told apart in a thread. */
const MOST_CHANNELS = 1024;

/** How Node.js delivers what came at a port; the names under which its parts find that are for all of them. */
const DELIVER = Symbol.for("nodejs.internal.kHybridDispatch");
const ARRIVED_PORTS = Symbol.for("nodejs.internal.kCurrentlyReceivingPorts");

type Deliver = (this: MessagePort, data: unknown, type: string, ...more: unknown[]) => unknown;
type Delivering = MessagePort & { [DELIVER]?: Deliver; [ARRIVED_PORTS]?: unknown };
type Post = (this: MessagePort | Worker, ...args: Parameters<MessagePort["postMessage"]>) => void;

/** One end of a channel. */
interface End {
  /** The cell; 0 where it is not known. */
  at: number;
  side: number;
  sent: number;
  received: number;
}

/** Of ports and workers of the program. Others are Node's own. */
const ends = new WeakMap<object, End>();
let channels = 0;

export function recordMessages(threads: MessagingModule): void {
  const line = getEnvironmentData(LINE);
  if (parentPort !== null && typeof line === "number") ends.set(parentPort, endOf(line, MADE));
  registerArrived(workerData);
  replacePost(MessagePort.prototype);
  replacePost(threads.Worker.prototype);
  replaceDelivery();
  replaceReceive(threads);
  const { MessageChannel: Native } = threads;
  threads.MessageChannel = new Proxy(Native, {
    construct(target, args, made) {
      const channel = Reflect.construct(target, args, made) as MessageChannel;
      const at = channels++ < MOST_CHANNELS ? createMessageChannel() : 0;
      ends.set(channel.port1, endOf(at, at && 1));
      ends.set(channel.port2, endOf(at, at && 2));
      return channel;
    },
  });
}

/** Makes a worker that knows the channel to this thread. */
export function makeLine(make: () => Worker): Worker {
  const at = createMessageChannel();
  setEnvironmentData(LINE, at);
  let worker: Worker;
  try {
    worker = make();
  } catch (error) {
    release(at);
    throw error;
  } finally {
    setEnvironmentData(LINE, undefined);
  }
  setWorker(at, worker.threadId);
  const end = endOf(at, MAKER);
  ends.set(worker, end);
  const port = publicPortOf(worker);
  if (port !== undefined) ends.set(port, end);
  worker.once("exit", () => {
    // The worker names it no more. A program may start any number of them.
    end.at = 0;
    end.side = 0;
    release(at);
  });
  return worker;
}

function endOf(at: number, side: number): End {
  return { at, side, sent: 0, received: 0 };
}

/** Where the worker's messages come in before it tells of them. */
function publicPortOf(worker: Worker): MessagePort | undefined {
  for (const key of Object.getOwnPropertySymbols(worker)) {
    const value = (worker as unknown as Record<symbol, unknown>)[key];
    if (key.description === "kPublicPort" && value instanceof MessagePort) return value;
  }
  return undefined;
}

/** The ports of the program that came in something, as far as one sees without looking into everything. */
function registerArrived(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const each of value instanceof MessagePort ? [value] : Object.values(value)) {
    if (each instanceof MessagePort && !ends.has(each)) ends.set(each, endOf(0, 0));
  }
}

function replacePost(prototype: MessagePort | Worker): void {
  const post = prototype.postMessage as Post;
  const recorded: Post = function (...args) {
    if (recorder === undefined || !isCalledByProgram(recorded)) {
      post.apply(this, args);
      return;
    }
    const end = ends.get(this) ?? endOf(0, 0);
    ends.set(this, end);
    // Said before it can come; of a number that is told twice, the first was refused.
    recorder.message(end.at, end.side, numbered(end, end.sent + 1), false);
    post.apply(this, args);
    end.sent++;
  };
  replace(prototype, "postMessage", named(recorded, post) as MessagePort["postMessage"]);
}

function replaceDelivery(): void {
  const prototype = MessagePort.prototype as Delivering;
  const deliver = prototype[DELIVER];
  // Without it, nobody knows when messages come.
  if (deliver === undefined) return;
  const recorded: Deliver = function (data, type, ...more) {
    if (type === "message") {
      if (ends.has(this)) registerArrived((this as Delivering)[ARRIVED_PORTS]);
      received(this);
    }
    return deliver.call(this, data, type, ...more);
  };
  Object.defineProperty(prototype, DELIVER, { value: recorded, configurable: true, writable: true, enumerable: false });
}

function replaceReceive(threads: MessagingModule): void {
  const { receiveMessageOnPort: receive } = threads;
  const recorded: typeof receive = (port) => {
    const result = receive(port);
    if (result !== undefined) received(port);
    return result;
  };
  threads.receiveMessageOnPort = named(recorded, receive);
}

function received(port: object): void {
  const end = ends.get(port);
  if (end === undefined) return;
  end.received++;
  // The other side sent it.
  recorder?.message(end.at, end.at === 0 ? 0 : 3 - end.side, numbered(end, end.received), true);
}

function numbered({ at }: End, number: number): number {
  return at === 0 ? 0 : number & 0x7fffffff;
}
