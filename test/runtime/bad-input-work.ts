/** What threads and tasks of the tests of bad input run. */
import { type Event, getIdent, type Lockable, type Queue, Thread, tasks } from "heddle";

/** Sends back what it gets, doubled, until it gets 0. */
export function doubleAll(numbers: Queue<number>, doubled: Queue<number>): void {
  for (let n = numbers.get(); n !== 0; n = numbers.get()) doubled.put(n * 2);
}

export function returnFunction(): unknown {
  return { nested: [() => 1] };
}

export function returnSymbol(): unknown {
  return Symbol("mine");
}

/** An error of a registered class that carries what cannot travel. */
export class Refused extends Error {
  readonly code = 7;
  readonly retry = (): void => {};
}

export function throwRefused(): never {
  throw new Refused("no");
}

export function throwRefusedFor(n: number): number {
  if (n === 2) throw new Refused("not two");
  return n;
}

export function throwSymbol(): never {
  throw Symbol("thrown");
}

export function throwValue(value: unknown): never {
  throw value;
}

export function exit(code: number): never {
  process.exit(code);
}

export function loopForEver(begun: Event): never {
  begun.set();
  for (;;);
}

export function exhaustHeap(): never {
  const kept: string[][] = [];
  for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => `${kept.length} ${i}`));
}

/** A text of that many megabytes. */
export function returnMegabytes(count: number): string {
  return "x".repeat(count * 1_000_000);
}

/** Puts numbers, one after the other, until it is ended. */
export function putForEver(queue: Queue<number>): never {
  for (let n = 0; ; n++) queue.put(n);
}

/** Waits for its own end. */
export class JoinsItself extends Thread {
  readonly told: Queue<string>;

  constructor(told: Queue<string>) {
    super();
    this.told = told;
  }

  override run(): void {
    try {
      this.join({ timeout: 10_000 });
    } catch (error) {
      this.told.put(String((error as { code?: string }).code));
    }
  }
}

export function ident(): number {
  return getIdent();
}

export function releaseTheirs(lock: Lockable, told: Queue<string>): void {
  try {
    lock.release();
    told.put("released");
  } catch (error) {
    told.put(String((error as { code?: string }).code));
  }
}

tasks(import.meta.url, {
  doubleAll,
  exhaustHeap,
  exit,
  ident,
  JoinsItself,
  loopForEver,
  putForEver,
  Refused,
  releaseTheirs,
  returnFunction,
  returnMegabytes,
  returnSymbol,
  throwRefused,
  throwRefusedFor,
  throwSymbol,
  throwValue,
});
