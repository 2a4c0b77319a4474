/**
 * Threads that take locks of their own, which nobody else wants, as often as they are told: faster than can be written.
 * Each does half of it, says so, and goes on when a file is there.
 */
import { existsSync, writeSync } from "node:fs";
import { Lock, main, Thread, tasks } from "heddle";

export function flood(name: string, times: number, signal: string): void {
  const lock = new Lock({ name });
  const take = (): void => {
    for (let i = 0; i < times / 2; i++) {
      lock.acquire();
      lock.release();
    }
  };
  take();
  writeSync(1, ".");
  // Whatever else waits would be recorded.
  while (!existsSync(signal));
  take();
}

tasks(import.meta.url, { flood });

main(import.meta.url, () => {
  const [count = "3", times = "1000", signal = ""] = process.argv.slice(2);
  const threads = Array.from({ length: Number(count) }, (_, i) => {
    const name = `flood-${i + 1}`;
    return new Thread({ target: flood, args: [name, Number(times), signal], name });
  });
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
