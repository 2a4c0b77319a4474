/** What a thread and the thread that has its connections to a server say to each other. Values in it are bytes. */
import type { MessagePort } from "node:worker_threads";
import * as errors from "../../errors.js";

/** To the connections' thread. `S`: what it has to know of an object. */
export type EngineRequest<S> =
  /** With a number it is answered; without one nobody waits for it. */
  | {
      readonly do: "call";
      readonly number: number | undefined;
      /** A number is that of an object that is known there. */
      readonly subject: S | number;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly do: "know"; readonly object: number; readonly subject: S }
  /** No call comes by that number any more. */
  | { readonly do: "forget"; readonly object: number }
  | { readonly do: "cancel"; readonly number: number }
  /** Keeps an object without a name alive, or no more. */
  | { readonly do: "keep" | "drop"; readonly subject: S }
  /** The thread ends: what it has is for others at once. */
  | { readonly do: "leave"; readonly number: number };

/** An error without its class. */
export interface EngineFailure {
  readonly code: string;
  readonly message: string;
}

/** From it. */
export type EngineNews =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: EngineFailure }
  | { readonly number: number; readonly cancelled: true };

/** What the connections' thread is started with. */
export interface EngineBoot<Plan> {
  readonly plan: Plan;
  /** The word that changes with all news. */
  readonly at: number;
  readonly port: MessagePort;
  /** For what the client hears of without asking, also when it is back in its event loop. */
  readonly notices: MessagePort | undefined;
}

const CLASSES = new Map<string, new (message: string) => Error>([
  ["RangeError", RangeError],
  ["TypeError", TypeError],
]);
for (const type of Object.values(errors) as (new (
  message: string,
) => Error)[]) {
  if (type !== (errors.HeddleError as unknown)) CLASSES.set((new type("") as { code?: string }).code ?? "", type);
}

/** Classes do not survive the way from the other thread. */
export function errorOf({ code, message }: EngineFailure): Error {
  const type = CLASSES.get(code);
  return type === undefined ? new Error(message) : new type(message);
}

export function failureOf(error: unknown): EngineFailure {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  return { code: error instanceof errors.HeddleError ? error.code : error.name, message: error.message };
}
