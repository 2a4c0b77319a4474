import { Process, type ProcessOptions } from "heddle/process";

const DEADLINE = 20_000;

type Started<A extends readonly unknown[]> = Process<A> & Disposable;

/** Starts processes of that class, which end with the test at the latest. */
export function starter(
  type: typeof Process,
): <A extends readonly unknown[]>(options: ProcessOptions<A>) => Started<A> {
  return <A extends readonly unknown[]>(options: ProcessOptions<A>) => {
    const child = new type(options);
    child.start();
    const end = (): void => {
      child.kill();
      child.join({ timeout: DEADLINE });
    };
    return Object.assign(child, { [Symbol.dispose]: end });
  };
}

/** A process that has started, and that ends with the test at the latest. */
export const started = starter(Process);
