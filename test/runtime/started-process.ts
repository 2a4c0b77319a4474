import { Process, type ProcessOptions } from "heddle/process";

const DEADLINE = 20_000;

/** A process that has started, and that ends with the test at the latest. */
export function started<A extends readonly unknown[]>(options: ProcessOptions<A>): Process<A> & Disposable {
  const child = new Process(options);
  child.start();
  const end = (): void => {
    child.kill();
    child.join({ timeout: DEADLINE });
  };
  return Object.assign(child, { [Symbol.dispose]: end });
}
