/** Instances of the program's own classes, in a thread of their manager's, which performs calls one after the other. */
import { GENERATION, words } from "../arena.js";
import { discard, encode } from "../codec.js";
import { ConnectionClosedError, ShutDown } from "../errors.js";
import { Queue } from "../queue.js";
import { cellOf } from "../shared.js";
import { SharedValue } from "../shared-value.js";
import { SimpleQueue } from "../simple-queue.js";
import { type PoolResult, sendable } from "../task-run.js";
import { tasks } from "../tasks.js";
import { Thread } from "../thread.js";

/** A class whose instances a manager makes. */
export interface InstanceType {
  readonly type: new (...args: readonly unknown[]) => object;
  /** The methods that may be called; undefined: all that do not begin with `_`. */
  readonly exposed: readonly string[] | undefined;
}

type Outcome = SimpleQueue<PoolResult>;

/** To the thread: to make an instance of the class of that name, or to call a method of an instance. */
export type InstanceRequest =
  | { readonly make: string; readonly args: readonly unknown[]; readonly outcome: Outcome }
  | { readonly instance: number; readonly args: readonly unknown[]; readonly outcome: Outcome };

interface Kept {
  readonly instance: Readonly<Record<string, unknown>>;
  readonly exposed: readonly string[] | undefined;
  /** The shared object that stands for it, and which it was: the instance goes with that. */
  readonly at: number;
  readonly generation: number;
}

/** Starts the thread. */
export function startInstances(types: ReadonlyMap<string, InstanceType>, name: string): Queue<InstanceRequest> {
  const requests = new Queue<InstanceRequest>();
  new Thread({ target: serveInstances, args: [requests, types], name, daemon: true }).start();
  return requests;
}

/** A new instance, by its number. Blocks until its constructor is done. @throws what that throws */
export function makeInstance(
  requests: Queue<InstanceRequest> | undefined,
  make: string,
  args: readonly unknown[],
): SharedValue<"i32"> {
  const outcome: Outcome = new SimpleQueue();
  send(requests, { make, args, outcome });
  return resultOf(outcome.get()) as SharedValue<"i32">;
}

export function askInstance(
  requests: Queue<InstanceRequest> | undefined,
  instance: SharedValue,
  args: readonly unknown[],
): unknown {
  const outcome: Outcome = new SimpleQueue();
  send(requests, { instance: instance.value as number, args, outcome });
  return resultOf(outcome.get());
}

export async function askInstanceAsync(
  requests: Queue<InstanceRequest> | undefined,
  instance: SharedValue,
  args: readonly unknown[],
): Promise<unknown> {
  const outcome: Outcome = new SimpleQueue();
  send(requests, { instance: instance.value as number, args, outcome });
  return resultOf(await outcome.getAsync());
}

/** @throws TypeError there is no such thread @throws ConnectionClosedError it has ended */
function send(requests: Queue<InstanceRequest> | undefined, request: InstanceRequest): void {
  if (requests === undefined) throw unknownClass("make" in request ? request.make : "object");
  try {
    requests.put(request);
  } catch (error) {
    throw error instanceof ShutDown ? ended() : error;
  }
}

function resultOf(outcome: PoolResult): unknown {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

function ended(): ConnectionClosedError {
  return new ConnectionClosedError("The manager has ended.");
}

function unknownClass(name: string): TypeError {
  return new TypeError(`This manager makes no "${name}": it was not registered before the manager started.`);
}

/** What the thread does until its manager is shut down. */
async function serveInstances(
  requests: Queue<InstanceRequest>,
  types: ReadonlyMap<string, InstanceType>,
): Promise<void> {
  const all = new Map<number, Kept>();
  /** Of calls that wait for something. */
  const waiting = new Set<Outcome>();
  let made = 0;

  const make = (name: string, args: readonly unknown[]): unknown => {
    const known = types.get(name);
    if (known === undefined) throw unknownClass(name);
    for (const [number, { at, generation }] of all) {
      if (Atomics.load(words, at + GENERATION) !== generation) all.delete(number); // nobody has a proxy of it
    }
    const instance = new known.type(...args) as Kept["instance"];
    const token = new SharedValue("i32", ++made);
    const at = cellOf(token) ?? 0;
    all.set(made, { instance, exposed: known.exposed, at, generation: Atomics.load(words, at + GENERATION) });
    return token;
  };

  const perform = (request: InstanceRequest): unknown => {
    if ("make" in request) return make(request.make, request.args);
    const [method, ...args] = request.args as [string, ...unknown[]];
    return callMethod(all.get(request.instance), method, args);
  };

  for await (const request of requests) {
    const { outcome } = request;
    try {
      const result = perform(request);
      if (result instanceof Promise) {
        waiting.add(outcome);
        result.then(
          (value) => waiting.delete(outcome) && answer(outcome, { value }),
          (error: unknown) => waiting.delete(outcome) && answer(outcome, { error }),
        );
      } else {
        answer(outcome, { value: result });
        if (result instanceof SharedValue) result.close(); // it is the asker's
      }
    } catch (error) {
      answer(outcome, { error });
    }
  }
  for (const outcome of waiting) answer(outcome, { error: ended() });
}

function callMethod(kept: Kept | undefined, method: string, args: readonly unknown[]): unknown {
  const { instance = {}, exposed } = kept ?? {};
  const isExposed = exposed?.includes(method) ?? !(method.startsWith("_") || method in Object.prototype);
  const run = isExposed ? instance[method] : undefined;
  if (typeof run === "function") return run.apply(instance, args);
  throw new TypeError(`A ${instance.constructor.name} has no method ${method} that clients may call.`);
}

/** A value that cannot travel is an error that can. */
function answer(outcome: Outcome, result: PoolResult): void {
  const travels = (value: unknown): void => encode(value, discard);
  try {
    outcome.put(result);
  } catch (reason) {
    outcome.put({ error: sendable("error" in result ? result.error : reason, travels) });
  }
}

tasks(import.meta.url, { "heddle:serveInstances": serveInstances });
