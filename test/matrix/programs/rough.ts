/** What a page does that goes wrong, or nearly: each case ends with a line for the test. */
import {
  AbandonedLockError,
  Barrier,
  BlockingNotAllowedError,
  Condition,
  Lock,
  main,
  Pool,
  SimpleQueue,
  sleep,
  Thread,
  tasks,
  WorkerDiedError,
} from "heddle";

export function spin(lock: Lock, begun: SimpleQueue<string>): void {
  lock.acquire();
  begun.put("begun");
  for (;;);
}

export function fail(): void {
  throw new RangeError("in the thread");
}

export async function failLater(): Promise<void> {
  setTimeout(fail);
  await new Promise(() => {});
}

export function block(lock: Lock, begun: SimpleQueue<string>): void {
  lock.acquire();
  begun.put("begun");
  sleep(60_000);
}

/** A thread that starts others and blocks until they are done. */
export function nest(depth: number, answers: SimpleQueue<string>): void {
  if (depth > 0) {
    const thread = new Thread({ target: nest, args: [depth - 1, answers], name: `depth ${depth - 1}` });
    thread.start();
    thread.join();
  }
  answers.put(`depth ${depth}`);
}

tasks(import.meta.url, { block, fail, failLater, nest, spin });

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Ends a pool's worker while it holds a lock, and takes that. */
async function endWhile(task: typeof spin): Promise<string[]> {
  const [lock, begun, pool] = [new Lock(), new SimpleQueue<string>(), new Pool(1)];
  const result = pool.applyAsync(task, [lock, begun]).then(undefined, (error: unknown) => error);
  await begun.getAsync();
  pool.terminate();
  const error = await lock.acquireAsync().catch((reason: unknown) => reason);
  await pool.joinAsync();
  return [nameOf(await result), `${error instanceof AbandonedLockError}`];
}

const cases: Readonly<Record<string, () => Promise<readonly unknown[]>>> = {
  spin: () => endWhile(spin),
  block: () => endWhile(block),
  async nest() {
    const answers = new SimpleQueue<string>();
    const thread = new Thread({ target: nest, args: [3, answers] });
    thread.start();
    await thread.joinAsync();
    return [0, 1, 2, 3].map(() => answers.get());
  },
  async uncaught() {
    const threads = [new Thread({ target: fail }), new Thread({ target: failLater })];
    for (const thread of threads) thread.start();
    for (const thread of threads) await thread.joinAsync();
    return threads.map((thread) => thread.isAlive());
  },
  /** What may not block has changed nothing. */
  async refused() {
    const [barrier, condition] = [new Barrier(2), new Condition(new Lock())];
    await condition.acquireAsync();
    const said: string[] = [];
    for (const wait of [() => barrier.wait(), () => condition.wait(), () => sleep(1)]) {
      try {
        wait();
      } catch (error) {
        if (error instanceof BlockingNotAllowedError)
          said.push(`${error.code} ${/Use (.*), or/.exec(error.message)?.[1]}`);
      }
    }
    condition.release(); // it is held still
    const index = await Promise.all([barrier.waitAsync(), barrier.waitAsync()]);
    return [...said, index.sort().join()];
  },
  /** In a place without the file in which threads begin. */
  async missing() {
    const thread = new Thread({ target: fail });
    thread.start();
    await thread.joinAsync();
    let again = "";
    try {
      new Thread({ target: fail }).start();
    } catch (error) {
      again = nameOf(error);
    }
    return [thread.isAlive(), again];
  },
};

main(import.meta.url, async () => {
  const name =
    new URLSearchParams((globalThis as { location?: { search: string } }).location?.search).get("case") ?? "";
  console.log(JSON.stringify(await cases[name]?.()));
  console.log(WorkerDiedError.name === "WorkerDiedError" ? "{}" : "");
});
