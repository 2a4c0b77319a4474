/** What processes of the tests do. */
import { ConnectionClosedError, Thread, tasks } from "heddle";
import {
  type Connection,
  currentProcess,
  type JoinableQueue,
  Process,
  parentProcess,
  Queue,
  type SimpleQueue,
} from "heddle/process";

export function nothing(): void {}

export function exitWith(code: number | string): void {
  process.exit(code);
}

export function fail(message: string): void {
  throw new RangeError(message);
}

export async function failLater(message: string): Promise<void> {
  await Promise.resolve();
  throw new RangeError(message);
}

/** Ends when it is killed, and not before. */
export function computeForEver(): void {
  for (;;) Math.sqrt(2);
}

export function print(...values: readonly unknown[]): void {
  console.log(...values);
}

/** Prints what a process knows of itself, and of what came with it. */
export function describe(...values: readonly unknown[]): void {
  const { name, pid, daemon } = currentProcess();
  const parent = parentProcess();
  const [, , given] = values as [number, string, { map: object; date: object; self: unknown; task: { name: string } }];
  const { map, date, self, task } = given;
  const kinds = { map: map.constructor.name, date: date.constructor.name, self: self === given, task: task.name };
  const shown = [values[0], values[1], kinds, String(values[3])];
  console.log(JSON.stringify({ name, pid, daemon, parent: parent?.name, parentPid: parent?.pid, values: shown }));
}

function inThread(): void {
  console.log(currentProcess().name, parentProcess()?.name);
}

/** A thread of a process belongs to it, and the process waits for it. */
export function startThread(): void {
  new Thread({ target: inThread }).start();
}

export function startChild(): void {
  const child = new Process({ target: print, args: ["grandchild"] });
  child.start();
  console.log(child.name);
  child.join();
  console.log(child.exitcode);
}

/** A child that tries to have one itself. */
export function startDaemonsChild(): void {
  new Process({ target: nothing }).start();
}

export class Greeter extends Process {
  readonly greeting: string;

  constructor(greeting: string) {
    super({ name: "greeter" });
    this.greeting = greeting;
  }

  override run(): void {
    console.log(`${this.greeting} from ${currentProcess().name}`, currentProcess() === this);
    process.exit(7);
  }
}

/** Sends back what it receives, until the other end is closed; blocking or not. */
export async function echo(connection: Connection, isAsync: boolean): Promise<void> {
  try {
    for (;;) {
      if (isAsync) await connection.sendAsync(await connection.recvAsync());
      else connection.send(connection.recv());
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosedError)) throw error;
  }
}

/** Sends each value at once, and ends. */
export function sendAll(connection: Connection, values: readonly unknown[]): void {
  for (const value of values) connection.send(value);
}

/** Sends bytes of these lengths. */
export function sendLengths(connection: Connection, lengths: readonly number[]): void {
  for (const length of lengths) connection.sendBytes(new Uint8Array(length).fill(length));
}

/** Passes what arrives on the one connection to the other. */
export function relay(from: Connection, to: Connection, count: number): void {
  for (let i = 0; i < count; i++) to.send(from.recv());
}

/** Receives nothing until it is told to, so that all waits that is sent meanwhile. */
export function receiveLate(data: Connection, signal: Connection, count: number): void {
  signal.recv();
  let sum = 0;
  for (let i = 0; i < count; i++) sum += data.recvBytes().length;
  signal.send(sum);
}

export function putAll(queue: Queue<unknown> | SimpleQueue<unknown>, items: readonly unknown[]): void {
  for (const item of items) queue.put(item);
}

/** Passes on what it gets, until there is nothing, and says who it is. */
export function passOn(from: Queue<unknown>, to: Queue<unknown>): void {
  to.put(currentProcess().name);
  for (let item = from.get(); item !== null; item = from.get()) to.put(item);
}

export async function passOnAsync(from: Queue<unknown>, to: Queue<unknown>): Promise<void> {
  for (let item = await from.getAsync(); item !== null; item = await from.getAsync()) await to.putAsync(item);
}

/** Doubles what it gets, and reports each item as done. */
export function workOff(jobs: JoinableQueue<number>, results: SimpleQueue<number>): void {
  for (;;) {
    results.put(jobs.get() * 2);
    jobs.taskDone();
  }
}

/** Says that it is there, and then waits for an item; another queue shows that it got none. */
export function getAndStay(items: Queue<unknown>, said: Queue<string>): void {
  said.put("here");
  said.put(String(items.get()));
  computeForEver();
}

/** Waits for two items, and then says so. */
export async function getTwoAndSay(items: Queue<unknown>, said: Queue<string>): Promise<void> {
  const both = Promise.all([items.getAsync(), items.getAsync()]);
  said.put("here");
  await both;
}

/** Makes a queue for others, and stays as long as they need it. */
export function makeQueue(connection: Connection): void {
  connection.send(new Queue());
  connection.poll({ timeout: Number.POSITIVE_INFINITY });
}

/** Puts more than the system takes on its own. */
export function putMuch(queue: Queue<Uint8Array>, said: Queue<string>, go: Connection, isForgetful: boolean): void {
  queue.put(new Uint8Array(1));
  said.put("connected");
  go.recv();
  if (isForgetful) queue.cancelJoinThread();
  for (let i = 0; i < 3; i++) queue.put(new Uint8Array(300_000));
}

/** Takes a queue out of a queue, and answers there. */
export function answerInside(outer: Queue<Queue<string>>): void {
  outer.get().put("inside");
}

export function square(n: number): number {
  return n * n;
}

export async function squareLater(n: number): Promise<number> {
  await Promise.resolve();
  return n * n;
}

export function pidOf(): number {
  return process.pid;
}

let prepared = 0;

export function prepare(value: number): void {
  prepared += value;
}

export function preparedValue(): number {
  return prepared;
}

export function sum(a: number, b: number): number {
  return a + b;
}

export function unsendable(): unknown {
  return () => {};
}

/** The second worker that comes here lets both go. */
export function meet(arrivals: Queue<number>, departures: Queue<number>): number {
  arrivals.put(process.pid);
  return departures.get();
}

/** A pool has no room for further processes below it. */
export function startFromWorker(): void {
  new Process({ target: nothing }).start();
}

tasks(import.meta.url, {
  square,
  squareLater,
  pidOf,
  prepare,
  preparedValue,
  sum,
  unsendable,
  meet,
  startFromWorker,
  putAll,
  passOn,
  passOnAsync,
  workOff,
  getAndStay,
  getTwoAndSay,
  makeQueue,
  putMuch,
  answerInside,
  echo,
  sendAll,
  sendLengths,
  relay,
  receiveLate,
  nothing,
  exitWith,
  fail,
  failLater,
  computeForEver,
  print,
  describe,
  inThread,
  startThread,
  startChild,
  startDaemonsChild,
  Greeter,
});
