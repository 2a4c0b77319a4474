/** All ways to give a pool work, and all that can be asked of a result. */
import { Event, main, Pool, TimeoutError, tasks } from "heddle";

export function square(n: number): number {
  return n * n;
}

export function power(base: number, exponent: number): number {
  return base ** exponent;
}

export function fail(): never {
  throw new RangeError("on purpose");
}

export function waitFor(event: Event): string {
  event.wait();
  return "at last";
}

tasks(import.meta.url, { square, power, fail, waitFor });

main(import.meta.url, async () => {
  using pool = new Pool(2);
  console.log("apply:", pool.apply(power, [2, 10]));
  console.log("map:", pool.map(square, [1, 2, 3]));
  console.log(
    "starmap:",
    pool.starmap(power, [
      [2, 3],
      [3, 2],
    ]),
  );
  console.log("imap:", [...pool.imap(square, [4, 5, 6])]);
  console.log("imapUnordered:", [...pool.imapUnordered(square, [7, 8])].sort());
  console.log("mapAsync, awaited:", await pool.mapAsync(square, [9, 10]));

  const result = pool.applyAsync(square, [11]);
  result.wait();
  console.log("ready:", result.ready(), "successful:", result.successful(), "get:", result.get());

  const event = new Event();
  const late = pool.applyAsync(waitFor, [event]);
  try {
    late.get({ timeout: 50 });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("get gave up, the task goes on");
  }
  event.set();
  console.log("get:", late.get());
  try {
    pool.apply(fail);
  } catch (error) {
    console.log("the task threw:", String(error));
  }
});
