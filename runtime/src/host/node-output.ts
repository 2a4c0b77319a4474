/**
 * Output of threads. Node's own goes through the main thread, which may be blocked, and is lost when that exits; here
 * every write reaches the descriptor before it returns, and so in the order of the program.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import type { WriteStream } from "node:tty";

type Callback = (error?: Error | null) => void;
type Pause = (milliseconds: number) => void;

/** Makes process.stdout, process.stderr and console of this thread write at once. */
export function printAtOnce(pause: Pause): void {
  redirect(process.stdout, 1, pause);
  redirect(process.stderr, 2, pause);
}

function redirect(stream: WriteStream, descriptor: number, pause: Pause): void {
  const write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const done = typeof encoding === "function" ? encoding : callback;
    const bytes =
      typeof chunk === "string" ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8") : chunk;
    const error = writeAll(descriptor, bytes, pause);
    if (done !== undefined) process.nextTick(done, error);
    return true;
  };
  stream.write = write;
}

/** A pipe whose reader is slow answers "try again"; a reader that is gone is no reason to end the program. */
export function writeAll(descriptor: number, bytes: Uint8Array, pause: Pause): Error | undefined {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return error as Error;
      pause(1);
    }
  }
  return undefined;
}
