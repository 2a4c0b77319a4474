/** Errors on their way: with their class where the other side has it, their own properties, and where they came from. */
import * as errors from "./errors.js";
import type { TaskName } from "./task-name.js";
import { taskNameOf } from "./tasks.js";

/** What an error needs of the encoder, which needs this file in turn. */
interface Writer {
  /** The receiver needs the module of this class. */
  needs(task: TaskName): void;
  text(value: string): void;
  properties(value: object): void;
  write(value: unknown): void;
}

/** What an error needs of the decoder, which needs this file in turn. */
interface Reader {
  /** Where the message comes from: `thread` or `process`. */
  readonly origin: string;
  registered(task: TaskName): unknown;
  text(): string;
  properties(target: object): void;
  read(): unknown;
}

const BUILT_IN: Readonly<Record<string, unknown>> = {
  Error,
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  ...errors,
};

export function encodeError(encoder: Writer, error: Error): void {
  const task = taskNameOf(error.constructor);
  encoder.text(task?.url ?? "");
  encoder.text(task?.name ?? error.constructor.name);
  if (task !== undefined) encoder.needs(task);
  encoder.text(String(error.name));
  encoder.text(String(error.message));
  encoder.text(String(error.stack ?? ""));
  const own = { ...error } as Record<string, unknown>;
  if (error instanceof AggregateError) own.errors = error.errors;
  encoder.properties(own);
  encoder.write(error.cause);
}

/** The error as one of this thread. Its `cause` has the stack of the other thread, and the original cause below. */
export function decodeError(decoder: Reader, decoded: (error: Error) => void): Error {
  const url = decoder.text();
  const className = decoder.text();
  const name = decoder.text();
  const message = decoder.text();
  const stack = decoder.text();
  const type = url === "" ? BUILT_IN[className] : decoder.registered({ url, name: className });
  const prototype: unknown = typeof type === "function" ? type.prototype : Error.prototype;
  const error = new Error(message);
  if (prototype !== Error.prototype) Object.setPrototypeOf(error, prototype as object);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  decoded(error);
  decoder.properties(error);
  const remote = new Error(`${name}: ${message}`, { cause: decoder.read() });
  remote.name = "RemoteError";
  remote.stack = `Thrown in another ${decoder.origin}: ${stack}`;
  Object.defineProperty(error, "cause", { value: remote, configurable: true, writable: true });
  return error;
}
