/** Traces of programs that do everything that can be recorded, in any order, and recorders that are late. */
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import { Random } from "../support/random.js";
import { TraceWriter } from "../support/trace-writer.js";

export interface Chaos {
  readonly seed: number;
  readonly threads: number;
  readonly locks: number;
  readonly steps: number;
  /** Nanoseconds of the shortest step. */
  readonly unit: number;
}

interface Doer {
  readonly id: number;
  waitsFor: number | undefined;
  readonly asyncWaits: Map<number, number>;
  readonly spans: number[];
}

const SITES = 3;

export function chaoticTrace({ seed, threads, locks, steps, unit }: Chaos): Uint8Array {
  const random = new Random(seed);
  const out = new TraceWriter();
  const queue = locks + 1;
  const pool = locks + 2;
  const owners = new Map<number, number>();
  let doers: Doer[] = [];
  let clock = unit * random.below(50);
  let tasks = 0;
  let begun = 0;

  const begin = (): void => {
    const id = ++begun;
    out.thread(id, clock, `thread ${id}`);
    doers.push({ id, waitsFor: undefined, asyncWaits: new Map(), spans: [] });
  };
  const taken = (): number[] => [...owners.keys()];
  const free = (): number[] => Array.from({ length: locks }, (_, i) => i + 1).filter((lock) => !owners.has(lock));
  const site = (): number => random.below(SITES + 1);

  const acquire = (doer: Doer, lock: number, flags = 0): void => {
    owners.set(lock, doer.id);
    out.event(doer.id, clock, EVENTS.acquired, { flags, object: lock, site: site() });
  };
  const wait = (doer: Doer, object: number): void => {
    doer.waitsFor = object;
    const flags = random.below(4) === 0 ? FLAGS.timed : 0;
    const first = owners.get(object) ?? 0;
    out.event(doer.id, clock, EVENTS.waitBegan, { flags, object, site: site(), first });
  };
  const release = (doer: Doer, lock: number): void => {
    owners.delete(lock);
    out.event(doer.id, clock, EVENTS.released, { object: lock });
  };
  const endWait = (doer: Doer, object: number): void => {
    const isLock = object > 0 && object <= locks;
    if (isLock && owners.has(object) && random.below(3) > 0) return;
    doer.waitsFor = undefined;
    const got = isLock && !owners.has(object);
    out.event(doer.id, clock, EVENTS.waitEnded, { object, first: got ? 1 : 0 });
    if (got) acquire(doer, object, FLAGS.contended);
  };
  const endAsyncWait = (doer: Doer): void => {
    const [task, lock] = random.pick([...doer.asyncWaits]);
    doer.asyncWaits.delete(task);
    out.event(doer.id, clock, EVENTS.waitEnded, { flags: FLAGS.async, object: lock, second: task });
    if (!owners.has(lock)) acquire(doer, lock, FLAGS.async | FLAGS.contended);
  };
  const span = (doer: Doer): void => {
    if (doer.spans.length > 0 && random.below(2) === 0) {
      const [number] = doer.spans.splice(random.below(doer.spans.length), 1);
      out.event(doer.id, clock, EVENTS.spanEnded, { object: pool, second: number! });
    } else {
      doer.spans.push(++tasks);
      out.event(doer.id, clock, EVENTS.spanBegan, { object: pool, first: random.below(4), second: tasks });
    }
  };
  const step = (doer: Doer): void => {
    if (random.below(6) === 0) {
      if (random.below(2) === 0) return span(doer);
      return out.event(doer.id, clock, EVENTS.level, { object: queue, first: random.below(30) });
    }
    const own = taken().filter((lock) => owners.get(lock) === doer.id);
    const what = random.below(100);
    if (doer.waitsFor !== undefined && what < 90) endWait(doer, doer.waitsFor);
    else if (what < 30 && free().length > 0) acquire(doer, random.pick(free()));
    else if (what < 60 && own.length > 0) release(doer, random.pick(own));
    else if (what < 75 && taken().length > 0) wait(doer, random.pick(taken()));
    else if (what < 80) wait(doer, random.pick([0, queue]));
    else if (what < 86 && taken().length > 0) {
      const lock = random.pick(taken());
      doer.asyncWaits.set(++tasks, lock);
      const fields = { flags: FLAGS.async, object: lock, site: site(), first: owners.get(lock)!, second: tasks };
      out.event(doer.id, clock, EVENTS.waitBegan, fields);
    } else if (what < 92 && doer.asyncWaits.size > 0) endAsyncWait(doer);
    else if (what < 94 && taken().length > 0) release(doer, random.pick(taken()));
    else if (what < 96) out.event(doer.id, clock, EVENTS.gap, { first: 1 + random.below(9) });
    else if (what === 96 && doers.length > 1 && random.below(8) === 0) {
      out.threadEnded(doer.id, clock);
      doers = doers.filter((each) => each !== doer);
      for (const lock of own) owners.delete(lock);
    }
  };

  for (let lock = 1; lock <= locks; lock++) out.object(lock, "lock", `lock ${lock}`);
  out.object(queue, "queue", "", 30);
  out.object(pool, "pool", "");
  for (let label = 1; label < 4; label++) out.label(label, `task ${label}`);
  for (let i = 1; i <= SITES; i++) out.site(i, i, "a.ts");
  begin();
  for (let i = 0; i < steps; i++) {
    clock += unit * random.below(3) * random.below(40);
    if (begun < threads && random.below(20) === 0) begin();
    step(random.pick(doers));
    if (random.below(12) === 0) out.pass(Math.max(0, clock + unit * (random.below(80) - 40)));
  }
  if (random.below(2) === 0) out.end(clock);
  else out.pass(clock);
  return out.take().slice();
}
