/** A pool in Redis, with workers of other hosts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Unsupported } from "heddle";
import { Manager } from "heddle/process";
import { checkPools, JOBS, jobsAt, lastOf } from "../host-jobs.js";
import { Hosts } from "../hosts.js";
import { redis, server, short, wait } from "./tested-redis.js";

test("a pool's tasks are done by workers of other hosts, and those of a killed one by another", async () => {
  await using hosts = new Hosts({ "jobs.js": JOBS });
  const jobs = await jobsAt(hosts.host());
  const pool = redis.pool(3, { name: "hosts", ...short });
  assert.throws(() => redis.pool(0), RangeError);
  assert.throws(() => redis.pool(2, { maxTasksPerChild: 1 } as object), Unsupported);
  // Things that no pool has put there end no worker.
  const inbox = redis.queue<unknown>(0, { name: "pool:hosts" });
  inbox.put({ ticket: 1, retries: 0, work: "none" });
  // Nor do results for elsewhere, to which nobody connects, or for a queue that takes something else.
  const task = { ticket: 1, retries: 0, work: new Uint8Array(1) };
  {
    using gone = new Manager();
    inbox.put({ ...task, results: gone.queue() });
  }
  inbox.put({ ...task, results: redis.priorityQueue() });
  await server.command("XADD heddle:{pool:hosts}:s * v none");
  const workers = await Promise.all([0, 1, 2].map(() => hosts.host().worker("jobs.js", server.url, "hosts")));
  const careless = redis.pool({ name: "hosts", retries: 0, ...short });
  await checkPools(pool, careless, jobs, redis.queue());
  const last = await lastOf(
    workers.map(({ command }) => command),
    wait.timeout,
  );
  const code = new Promise((resolve) => last.once("exit", resolve));
  last.kill("SIGINT"); // with RabbitMQ it is SIGTERM
  assert.equal(await code, 0);
  // A worker ends with the command that has started it.
  const orphan = await hosts.host().worker("jobs.js", server.url, "hosts");
  const { stderr } = orphan.command;
  assert.ok(stderr);
  const ended = once(stderr, "close", { signal: AbortSignal.timeout(wait.timeout) }); // the worker has the other end
  orphan.command.kill("SIGKILL");
  await ended;
});

test("a worker keeps what came of a task until the server has memory for it", async () => {
  await using hosts = new Hosts({ "jobs.js": JOBS });
  const host = hosts.host();
  const jobs = await jobsAt(host);
  const pool = redis.pool({ name: "full" });
  const worker = await host.worker("jobs.js", server.url, "full");
  const result = pool.applyAsync(jobs.whenThere, [host.file("there")]);
  await until(() => existsSync(host.file("there.begun")));
  await server.command("CONFIG SET maxmemory 1");
  try {
    writeFileSync(host.file("there"), "");
    await until(() => /no memory left for what came of a task/.test(worker.said()));
  } finally {
    await server.command("CONFIG SET maxmemory 0");
  }
  assert.equal(await result, "there");
  pool.close();
  pool.join();
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + wait.timeout;
  while (!isSo()) {
    assert.ok(performance.now() < end);
    await setTimeout(20);
  }
}
