/** RabbitMQ in place of a manager's server: its queues and pools, and what becomes of them when something fails. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type ConfirmChannel, connect } from "amqplib";
import {
  AuthenticationError,
  ConnectionClosedError,
  Empty,
  Full,
  SerializationError,
  StateError,
  Unsupported,
  WorkerDiedError,
} from "heddle";
import { Manager, type RabbitManager, type RabbitQueue } from "heddle/process";
import { soakRabbitFaults } from "../soak/rabbit-faults.js";
import { type ClassPage, checkProgram, pages, programs } from "../support/class-pages.js";
import { Folder } from "../support/folder.js";
import { heddleBinary } from "../support/heddle.js";
import { RabbitServer } from "../support/rabbit-server.js";
import { Cutter } from "../support/redis-server.js";
import { repositoryRoot } from "../support/repository.js";
import { double, takeAndLeave, takeAndStay } from "./rabbit-work.js";
import { started } from "./started-process.js";

/** A server that starts again takes a minute where two cores are slow. */
const wait = { timeout: 120_000 };

let server: RabbitServer;
let rabbit: RabbitManager;
/** Another connection: to RabbitMQ, another program. */
let other: RabbitManager;

before(async () => {
  server = await RabbitServer.start();
  rabbit = Manager.connect(server.url);
  other = Manager.connect(server.url, { patience: 20_000 });
});

after(async () => {
  rabbit?.close();
  other?.close();
  await server?.[Symbol.asyncDispose]();
});

/** Whoever else may write to the server. */
async function foreigner(use: (channel: ConfirmChannel) => Promise<void>): Promise<void> {
  const connection = await connect(server.url);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on("error", () => {});
    await use(channel);
  } finally {
    await connection.close();
  }
}

/** Tries again until that is so: nobody says when the server has done what was only sent. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + wait.timeout;
  while (!isSo()) {
    assert.ok(performance.now() < end, what);
    await setTimeout(20);
  }
}

test("items go from one client to another, and stay until they are reported", async () => {
  const [queue, far] = [rabbit.queue<unknown>(0, { name: "items" }), other.queue<unknown>(0, { name: "items" })];
  assert.throws(() => queue.getNowait(), Empty);
  assert.throws(() => queue.get({ timeout: 20 }), Empty);
  queue.put({ a: 1 });
  await queue.putAsync([2n, undefined, new Date(5)]);
  assert.deepEqual([queue.qsize(), far.empty(), far.full()], [2, false, false]);
  const first = far.receive(wait);
  assert.deepEqual([first.item, first.deliveries, first.isDuplicate], [{ a: 1 }, 1, false]);
  assert.deepEqual(await far.getAsync(wait), [2n, undefined, new Date(5)]);
  assert.equal(queue.qsize(), 0);
  first.giveBack();
  const again = queue.receive(wait);
  assert.deepEqual([again.item, again.deliveries, again.isDuplicate], [{ a: 1 }, 2, true]);
  again.done();
  far.taskDone();
  assert.throws(() => far.taskDone(), StateError);
  await assert.rejects(queue.getAsync({ signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  const waiting = queue.getAsync(wait);
  far.put("last");
  assert.equal(await waiting, "last");
  queue.taskDone();
  const nothing = far.receiveAsync({ timeout: 100 });
  await assert.rejects(nothing, Empty);
  assert.throws(() => queue.put(() => {}), SerializationError);
});

test("nothing lies at a client that others could do, unless it wants items before it asks", async () => {
  const [queue, far] = [rabbit.queue<number>(), other.queue<number>(0, { name: "shared", prefetch: 2 })];
  const names = rabbit.queue<number>(0, { name: "shared" });
  for (const item of [1, 2, 3]) queue.put(item);
  const first = queue.receive(wait);
  first.done();
  assert.equal(queue.qsize(), 2);
  for (const item of [1, 2, 3]) names.put(item);
  const mine = far.receive(wait);
  await until(() => names.qsize() === 1, "two are at the client");
  assert.deepEqual([mine.item, names.get(wait), far.get(wait)], [1, 3, 2]);
  mine.done();
  names.taskDone();
  far.taskDone();
  for (const item of [2, 3]) assert.equal(queue.get(wait), item); // both in hand
  assert.throws(() => queue.get({ timeout: 10 }), Empty);
});

test("many puts and gets under way at once lose and double nothing", async () => {
  const [queue, far] = [rabbit.queue<number>(0, { name: "many" }), other.queue<number>(0, { name: "many" })];
  const items = Array.from({ length: 500 }, (_, i) => i);
  const got = items.map((_, i) => (i % 2 === 0 ? queue : far).getAsync(wait));
  await Promise.all(items.map((item) => queue.putAsync(item, wait)));
  assert.deepEqual(
    (await Promise.all(got)).sort((a, b) => a - b),
    items,
  );
  for (const i of items) (i % 2 === 0 ? queue : far).taskDone();
});

test("a queue that is full takes items when there is room", async () => {
  const queue = rabbit.queue<number>(2);
  let count = 0;
  // About so many: the server says that it is full after it is.
  for (; count < 50; count++) {
    try {
      queue.put(count, { timeout: 50 });
    } catch (error) {
      assert.ok(error instanceof Full, String(error));
      break;
    }
  }
  assert.ok(count >= 2 && count < 50, `${count}`);
  assert.throws(() => queue.putNowait(count), Full);
  assert.equal(queue.full(), true);
  await assert.rejects(queue.putAsync(count, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  const room = queue.putAsync(count, wait);
  const got = Array.from({ length: count }, () => queue.get(wait));
  await room;
  assert.deepEqual(
    [...got, queue.get(wait)],
    Array.from({ length: count + 1 }, (_, i) => i),
  );
});

test("the smallest priority leaves first, and in order of arrival", () => {
  const queue = rabbit.priorityQueue<[number, string] | number>(0, { priorities: 4 });
  for (const item of [[3, "d"], [1, "b"], [0, "a"], [1, "c"], 2] as const) queue.put(item as never); // biome-ignore format: one line
  const order = Array.from({ length: 5 }, () => queue.get(wait));
  assert.deepEqual(order, [[0, "a"], [1, "b"], [1, "c"], 2, [3, "d"]]); // biome-ignore format: one line
  for (const priority of [4, -1, 0.5, "a"]) assert.throws(() => queue.put(priority as number), RangeError);
  assert.throws(() => queue.put({} as never), TypeError);
  assert.throws(() => queue.deadLetters(), Unsupported);
});

test("what RabbitMQ cannot do is Unsupported, with the reason and what to use", async () => {
  const queue = rabbit.queue<number>();
  const made: readonly (() => unknown)[] = [
    () => rabbit.lock(),
    () => rabbit.rlock(),
    () => rabbit.condition(),
    () => rabbit.semaphore(2),
    () => rabbit.boundedSemaphore(2),
    () => rabbit.event(),
    () => rabbit.barrier(2),
    () => rabbit.list(),
    () => rabbit.dict(),
    () => rabbit.namespace(),
    () => rabbit.value("i32"),
    () => rabbit.array("i32", 3),
    () => rabbit.lifoQueue(),
  ];
  for (const make of made) assert.throws(make, { name: "Unsupported", message: /RabbitMQ .*: use .*redis:/ });
  assert.throws(() => rabbit.create("Counter"), { name: "Unsupported", message: /no code of yours/ });
  assert.throws(() => rabbit.countObjects(), Unsupported);
  assert.throws(() => rabbit.shutdown(), { name: "Unsupported", message: /close\(\)/ });
  assert.throws(() => queue.join(), { name: "Unsupported", message: /second queue/ });
  await assert.rejects(queue.joinAsync(), Unsupported);
  assert.throws(() => queue.shutdown(), { name: "Unsupported", message: /an item for each taker/ });
  assert.throws(() => rabbit.priorityQueue(0, { maxDeliveries: 2 } as never), Unsupported);
});

test("wrong addresses, passwords and options are errors that say what to do", async () => {
  assert.throws(() => Manager.connect("amqp://"), RangeError);
  assert.throws(() => Manager.connect(server.url, { patience: 0 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { heartbeat: 10 }), RangeError);
  assert.throws(() => rabbit.queue(0, { maxDeliveries: 0 }), RangeError);
  assert.throws(() => rabbit.queue(0, { prefetch: -1 }), RangeError);
  assert.throws(() => rabbit.queue(0, { name: "#a" }), RangeError);
  assert.throws(() => rabbit.queue(0, { name: "a".repeat(300) }), RangeError);
  assert.throws(() => rabbit.priorityQueue(0, { priorities: 256 }), RangeError);
  assert.throws(() => Manager.connect("amqp://127.0.0.1:1"), {
    name: "ConnectionClosedError",
    message: /127\.0\.0\.1:1/,
  });
  const place = `127.0.0.1:${server.port}`;
  assert.throws(
    () => Manager.connect(`amqp://guest:wr%2Fong-secret@${place}`),
    (error: Error) => {
      assert.ok(error instanceof AuthenticationError, String(error));
      assert.doesNotMatch(error.message, /ong-secret/);
      return true;
    },
  );
  assert.throws(() => Manager.connect(`amqp://${place}/nowhere`), { name: "StateError", message: /virtual host/ });
  rabbit.queue(3, { name: "three" });
  assert.throws(() => other.queue(4, { name: "three" }), {
    name: "StateError",
    message: /"three".*other options.*max-length/s,
  });
  other.queue(3, { name: "three" }).putNowait(1);
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as { port: number };
  assert.throws(() => Manager.connect(`amqp://127.0.0.1:${port}`, { patience: 300 }), ConnectionClosedError);
  mute.close();
});

test("proxies go to processes, and what one had when it was killed is another's at once, marked", async () => {
  const [jobs, results] = [rabbit.queue<number>(), rabbit.queue<number>()];
  using worker = started({ target: double, args: [jobs, results] });
  for (const job of [1, 2, 3, -1]) jobs.put(job);
  assert.deepEqual([results.get(wait), results.get(wait), results.get(wait)], [2, 4, 6]);
  const items = rabbit.queue<string>(0, { maxDeliveries: 2 });
  items.put("job");
  using child = started({ target: takeAndStay, args: [items, results] });
  assert.equal(results.get(wait), "job");
  child.kill();
  const delivery = items.receive(wait);
  assert.deepEqual([delivery.item, delivery.deliveries, delivery.isDuplicate], ["job", 2, true]);
  // It may be what its takers die of.
  delivery.giveBack();
  const dead = items.deadLetters();
  assert.equal(dead.get(wait), "job");
  dead.taskDone();
  assert.throws(() => items.get({ timeout: 20 }), Empty);
  assert.throws(() => dead.deadLetters(), Unsupported);
  items.put("left");
  using leaver = started({ target: takeAndLeave, args: [items] });
  leaver.join(wait);
  assert.equal(items.get(wait), "left");
  worker.join(wait);
  assert.equal(worker.exitcode, 0);
});

test("what others put into a queue runs nothing, ends nothing, and goes to the dead letters", async () => {
  const queue = rabbit.queue<unknown>(0, { name: "open" });
  await foreigner(async (channel) => {
    for (const text of ["", "none", "\xff\xfe\xfd", "x".repeat(70_000)]) {
      channel.sendToQueue("heddle:open", Buffer.from(text), { headers: { "x-delivery-count": "many" } });
    }
    await channel.waitForConfirms();
  });
  queue.put("mine");
  for (let i = 0; i < 4; i++) {
    if (i % 2 === 0) assert.throws(() => queue.receive(wait), { name: "SerializationError", message: /dead letters/ });
    else await assert.rejects(queue.getAsync(wait), SerializationError);
  }
  assert.equal(queue.get(wait), "mine");
  queue.taskDone();
  const dead = queue.deadLetters();
  await until(() => dead.qsize() === 4, "four dead letters");
  assert.throws(() => dead.get(wait), { name: "SerializationError", message: /stays in it/ });
  queue.put("unwanted");
  queue.receive(wait).setAside();
  await until(() => dead.qsize() === 4, "another one");
});

test("a queue that somebody deletes is made again, and waits go on", async () => {
  const queue = rabbit.queue<string>(0, { name: "deleted" });
  const waiting = queue.getAsync(wait);
  queue.qsize();
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  await until(() => {
    try {
      queue.put("new");
      return true;
    } catch (error) {
      // The server ends connections at times that put into what is being deleted.
      if (error instanceof ConnectionClosedError) return false;
      throw error;
    }
  }, "it takes items");
  assert.equal(await waiting, "new");
  queue.taskDone();
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  assert.equal(queue.qsize(), 0);
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  assert.throws(() => queue.getNowait(), Empty);
});

test("an item that the server refuses costs no other one", async () => {
  const queue = rabbit.queue<Uint8Array>();
  server.tell("application:set_env(rabbit, max_message_size, 100000)");
  const small = new Uint8Array([1]);
  await until(() => {
    try {
      queue.put(new Uint8Array(200_000));
      queue.getNowait();
      queue.taskDone();
      return false;
    } catch (error) {
      assert.ok(error instanceof StateError && /larger than/.test(error.message), String(error));
      return true;
    }
  }, "it is refused");
  server.tell("application:set_env(rabbit, max_message_size, 134217728)");
  queue.put(small);
  assert.deepEqual(queue.get(wait), small);
});

test("a server without memory takes no items, and hands out what it has", async () => {
  using brief = Manager.connect(server.url, { patience: 5000 });
  const queue = brief.queue<string>(0, { name: "memory" });
  queue.put("before");
  server.tell("vm_memory_monitor:set_vm_memory_high_watermark(0.0)");
  try {
    let accepted = 0;
    await until(() => {
      try {
        queue.put("more", { timeout: 100 });
        accepted++;
        return false;
      } catch (error) {
        // The one in the middle of which the server stops is not known to be in.
        if (error instanceof ConnectionClosedError) return false;
        assert.ok(error instanceof Full && /no items at the moment/.test(error.message), String(error));
        return true;
      }
    }, "it takes no more");
    assert.equal(queue.get(wait), "before");
    queue.taskDone();
    for (; accepted > 0; accepted--) queue.get(wait);
    const later = queue.putAsync("later");
    server.tell("vm_memory_monitor:set_vm_memory_high_watermark(0.6)");
    await later;
  } finally {
    server.tell("vm_memory_monitor:set_vm_memory_high_watermark(0.6)");
  }
  await until(() => queue.get(wait) === "later", "it is there");
});

test("waits go on behind a new connection, and a put of which nobody knows says so", async () => {
  await using cutter = await Cutter.start(server.port);
  using far = Manager.connect(`amqp://127.0.0.1:${cutter.port}`, { patience: 5000 });
  const [queue, mine] = [far.queue<string>(0, { name: "cut" }), rabbit.queue<string>(0, { name: "cut" })];
  mine.put("in hand");
  const held = queue.receive(wait);
  const waiting = queue.getAsync(wait);
  waiting.catch(() => {});
  cutter.close();
  assert.throws(() => queue.qsize(), ConnectionClosedError);
  assert.throws(() => queue.put("x", { timeout: 50 }), {
    name: "ConnectionClosedError",
    message: /is not in the queue/,
  });
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
  const late = queue.putAsync("late");
  cutter.open();
  await late;
  const got = [await waiting, queue.get(wait)].sort();
  assert.deepEqual(got, ["in hand", "late"]);
  held.done(); // that was another delivery: it came again
  queue.taskDone();
  queue.taskDone();
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
});

test("a server that starts again has what it has confirmed, and waits go on", async () => {
  using far = Manager.connect(server.url, { patience: 5000 });
  const queue = far.queue<string>(0, { name: "restart" });
  const empty = far.queue<string>(0, { name: "restart-empty" });
  queue.put("kept");
  queue.put("in hand");
  const held = queue.receive(wait);
  const waiting = empty.getAsync(wait);
  waiting.catch(() => {});
  server.tell("rabbit:stop(), rabbit:start()");
  await until(() => {
    try {
      empty.put("after", { timeout: 100 });
      return true;
    } catch (error) {
      assert.ok(error instanceof ConnectionClosedError || error instanceof Full, String(error));
      return false;
    }
  }, "it takes items again");
  assert.equal(await waiting, "after");
  const again = [queue.receive(wait), queue.receive(wait)].map(({ item, isDuplicate }) => `${item} ${isDuplicate}`);
  assert.deepEqual(again.sort(), ["in hand false", "kept true"]);
  held.done();
});

/** Workers on other "hosts": each in a folder of its own, with its own copy of the module. */
class Hosts implements AsyncDisposable {
  readonly #folders: Folder[] = [];
  readonly #workers: ChildProcess[] = [];
  said = "";

  /** The path of the module on a new one. */
  host(): string {
    const folder = new Folder({ "package.json": `{ "type": "module" }`, "jobs.js": JOBS });
    symlinkSync(fileURLToPath(new URL("node_modules", repositoryRoot)), folder.file("node_modules"), "junction");
    this.#folders.push(folder);
    return folder.file("jobs.js");
  }

  /** Starts a worker on a new one, and waits until it waits for tasks. */
  async worker(pool: string): Promise<ChildProcess> {
    const module = this.host();
    const args = [heddleBinary, "worker", "--url", server.url, "--module", module, "--pool", pool];
    const worker = spawn(process.execPath, args, { cwd: dirname(module), stdio: ["ignore", "inherit", "pipe"] });
    this.#workers.push(worker);
    await new Promise<void>((resolve, reject) => {
      let said = "";
      worker.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        this.said += text;
        if (said.includes("waiting for tasks")) resolve();
      });
      worker.once("exit", (code) => reject(new Error(`The worker ended with ${code}: ${said}`)));
    });
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) {
      if (worker.exitCode === null && worker.signalCode === null) {
        const ended = new Promise((resolve) => worker.once("exit", resolve));
        worker.kill();
        await ended;
      }
    }
    for (const folder of this.#folders) folder[Symbol.dispose]();
  }
}

const JOBS = `
import process from "node:process";
import { tasks } from "heddle";
export const square = (n) => n * n;
export const add = (a, b) => a + b;
export class Refused extends Error { constructor(message) { super(message); this.details = { n: 7 }; } }
export async function refuse() { throw new Refused("no"); }
export function die() { process.kill(process.pid, "SIGKILL"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
export function dieOnce(times) { times.put(process.pid); if (times.qsize() === 1) die(); return times.qsize(); }
tasks(import.meta.url, { square, add, Refused, refuse, die, dieOnce });
`;

interface Jobs {
  square(n: number): number;
  add(a: number, b: number): number;
  Refused: new () => Error;
  refuse(): never;
  die(): never;
  dieOnce(times: RabbitQueue<number>): number;
}

test("a pool's tasks are done by workers of other hosts, and those of a killed one by another", async () => {
  await using hosts = new Hosts();
  const jobs = (await import(pathToFileURL(hosts.host()).href)) as Jobs;
  const pool = rabbit.pool({ name: "hosts" });
  // Things that no pool has put there end no worker, and no worker keeps them.
  rabbit
    .queue<unknown>(0, { name: "pool:hosts", maxDeliveries: 2 ** 31 - 1 })
    .put({ ticket: 1, retries: 0, work: "none" });
  await foreigner(async (channel) => {
    channel.sendToQueue("heddle:pool:hosts", Buffer.from("none"));
    await channel.waitForConfirms();
  });
  const workers = await Promise.all([0, 1, 2].map(() => hosts.worker("hosts")));
  const items = Array.from({ length: 30 }, (_, i) => i);
  assert.deepEqual(await pool.mapAsync(jobs.square, items), items.map((n) => n * n)); // biome-ignore format: one line
  assert.deepEqual(pool.starmap(jobs.add, [[1, 2], [3, 4]]), [3, 7]); // biome-ignore format: one line
  assert.deepEqual([...pool.imap(jobs.square, [1, 2, 3])], [1, 4, 9]);
  await assert.rejects(
    async () => pool.applyAsync(jobs.refuse),
    (error: Error) => {
      assert.ok(error instanceof jobs.Refused);
      assert.deepEqual((error as { details?: object }).details, { n: 7 });
      return true;
    },
  );
  const times = rabbit.queue<number>();
  assert.equal(await pool.applyAsync(jobs.dieOnce, [times]), 2);
  const careless = rabbit.pool({ name: "hosts", retries: 0 });
  await assert.rejects(async () => careless.applyAsync(jobs.die), WorkerDiedError);
  assert.equal(pool.apply(jobs.square, [9]), 81);
  for (const each of [pool, careless]) {
    each.close();
    each.join();
  }
  assert.match(hosts.said, /cannot be read.*left aside/);
  const left = (): ChildProcess[] =>
    workers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await until(() => left().length === 1, "two were killed");
  const [last] = left();
  const code = new Promise((resolve) => last?.once("exit", resolve));
  last?.kill();
  assert.equal(await code, 0);
});

test("the program of the page prints what it says", async () => {
  using folder = programs();
  const page = pages.find(({ name }) => name === "rabbitmq") as ClassPage;
  await checkProgram(folder, page, { RABBITMQ_HOST: `127.0.0.1:${server.port}` });
});

test("clients recover from cuts and pauses, and lose nothing", async () => {
  const figures = await soakRabbitFaults(2, 3, server);
  assert.ok(figures.accepted > 0);
  // To start it again takes long, and is for the long form.
  assert.deepEqual([figures.cuts, figures.longPauses, figures.restarts], [1, 1, 0]);
});
