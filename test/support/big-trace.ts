import { closeSync, openSync, writeSync } from "node:fs";
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import { Random } from "./random.js";
import { TraceWriter } from "./trace-writer.js";

export interface BigTrace {
  readonly seed: number;
  readonly events: number;
  readonly threads: number;
}

/** How often the recorder looks, in nanoseconds. */
const PASS = 4e6;
const SITES = 40;

interface Worker {
  readonly id: number;
  /** When it does its next thing. */
  due: number;
  /** What it holds; the last is given back first. */
  readonly held: number[];
  waitsFor: number;
}

/**
 * Writes the trace of a busy program that never ran: threads that compute, take one lock or two (in order, so that
 * there is no deadlock), wait for each other, and now and then for a queue. The same seed gives the same bytes.
 */
export function writeBigTrace(file: string, { seed, events, threads }: BigTrace): void {
  const random = new Random(seed);
  const out = new TraceWriter();
  const locks = threads;
  const queue = locks + 1;
  for (let lock = 1; lock <= locks; lock++) out.object(lock, "lock", lock % 3 === 0 ? "" : `lock ${lock}`);
  out.object(queue, "queue", "work");
  for (let site = 1; site <= SITES; site++) out.site(site, site * 7, `/app/src/part-${site % 5}.ts`);
  const owners = new Map<number, Worker>();
  const queues = new Map<number, Worker[]>();
  const workers = Array.from({ length: threads }, (_, i): Worker => {
    out.thread(i + 1, i * 1000, i === 0 ? "MainThread" : `worker ${i}`);
    return { id: i + 1, due: i * 1000 + 1, held: [], waitsFor: 0 };
  });
  let written = 0;
  const say = (worker: Worker, kind: number, fields: Partial<Record<string, number>>): void => {
    out.event(worker.id, worker.due, kind, fields);
    written++;
  };
  const take = (worker: Worker, lock: number, flags: number): void => {
    owners.set(lock, worker);
    worker.held.push(lock);
    say(worker, EVENTS.acquired, {
      flags,
      object: lock,
      site: random.below(4) === 0 ? 1 + ((lock + random.below(3)) % SITES) : 0,
    });
    worker.due += 500 + random.below(6000);
  };
  const want = (worker: Worker, lock: number): void => {
    const owner = owners.get(lock);
    if (owner === undefined) take(worker, lock, 0);
    else {
      say(worker, EVENTS.waitBegan, { object: lock, site: 1 + (lock % SITES), first: owner.id });
      worker.waitsFor = lock;
      queues.set(lock, [...(queues.get(lock) ?? []), worker]);
      worker.due = Number.POSITIVE_INFINITY;
    }
  };
  const give = (worker: Worker): void => {
    const lock = worker.held.pop()!;
    say(worker, EVENTS.released, { object: lock });
    owners.delete(lock);
    const next = queues.get(lock)?.shift();
    if (next !== undefined) {
      next.due = worker.due + 300;
      say(next, EVENTS.waitEnded, { object: lock, first: 1 });
      next.waitsFor = 0;
      next.due += 40;
      take(next, lock, FLAGS.contended);
      moved(next);
    }
    worker.due += worker.held.length > 0 ? 200 + random.below(2000) : 1000 + random.below(30_000);
  };
  const act = (worker: Worker): void => {
    const [last] = worker.held.slice(-1);
    if (worker.waitsFor === queue) {
      say(worker, EVENTS.waitEnded, { object: queue, first: 1 });
      worker.waitsFor = 0;
      worker.due += 1000 + random.below(5000);
    } else if (last !== undefined && (worker.held.length > 1 || random.below(4) > 0 || last === locks)) give(worker);
    else if (last !== undefined) want(worker, last + 1 + random.below(locks - last));
    else if (random.below(50) === 0) {
      say(worker, EVENTS.waitBegan, { object: queue, site: 3 });
      worker.waitsFor = queue;
      worker.due += 20_000 + random.below(2_000_000);
    } else want(worker, 1 + random.below(random.below(3) === 0 ? 4 : locks));
  };
  const heap = new Heap(workers);
  const moved = (worker: Worker): void => heap.moved(worker);

  const descriptor = openSync(file, "w");
  let nextPass = PASS;
  for (;;) {
    const worker = heap.first;
    if (worker.due > nextPass || written >= events) {
      if (written >= events) out.end(worker.due);
      else out.pass(nextPass);
      nextPass += PASS;
      writeSync(descriptor, out.take());
      if (written >= events) break;
      continue;
    }
    act(worker);
    moved(worker);
  }
  closeSync(descriptor);
}

/** The worker that is due first. */
class Heap {
  readonly #workers: Worker[];
  readonly #places = new Map<Worker, number>();

  constructor(workers: readonly Worker[]) {
    this.#workers = [...workers];
    for (const [place, worker] of workers.entries()) this.#places.set(worker, place);
  }

  get first(): Worker {
    return this.#workers[0]!;
  }

  moved(worker: Worker): void {
    let place = this.#places.get(worker)!;
    for (let above = (place - 1) >> 1; place > 0 && this.#workers[above]!.due > worker.due; above = (place - 1) >> 1) {
      this.#put(this.#workers[above]!, place);
      place = above;
    }
    for (;;) {
      const left = place * 2 + 1;
      const right = left + 1;
      if (left >= this.#workers.length) break;
      const isRight = right < this.#workers.length && this.#workers[right]!.due < this.#workers[left]!.due;
      const below = isRight ? right : left;
      if (this.#workers[below]!.due >= worker.due) break;
      this.#put(this.#workers[below]!, place);
      place = below;
    }
    this.#put(worker, place);
  }

  #put(worker: Worker, place: number): void {
    this.#workers[place] = worker;
    this.#places.set(worker, place);
  }
}
