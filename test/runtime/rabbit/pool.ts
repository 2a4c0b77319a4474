/** A pool in RabbitMQ, with workers of other hosts, and the program of the page. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type ClassPage, checkProgram, pages, programs } from "../../support/class-pages.js";
import { checkPools, JOBS, jobsAt, lastOf } from "../host-jobs.js";
import { Hosts } from "../hosts.js";
import { foreigner, rabbit, server, starve, unblock, until, wait } from "./tested-rabbit.js";

test("a pool's tasks are done by workers of other hosts, and those of a killed one by another", async () => {
  await using hosts = new Hosts({ "jobs.js": JOBS });
  const jobs = await jobsAt(hosts.host());
  const pool = rabbit.pool(3, { name: "hosts" });
  // Things that no pool has put there end no worker, and no worker keeps them.
  rabbit
    .queue<unknown>(0, { name: "pool:hosts", maxDeliveries: 2 ** 31 - 1 })
    .put({ ticket: 1, retries: 0, work: "none" });
  await foreigner(async (channel) => {
    channel.sendToQueue("heddle:pool:hosts", Buffer.from("none"));
    await channel.waitForConfirms();
  });
  const workers = await Promise.all([0, 1, 2].map(() => hosts.host().worker("jobs.js", server.url, "hosts")));
  await checkPools(pool, rabbit.pool({ name: "hosts", retries: 0 }), jobs, rabbit.queue());
  assert.match(workers.map(({ said }) => said()).join(""), /cannot be read.*left aside/);
  const last = await lastOf(
    workers.map(({ command }) => command),
    wait.timeout,
  );
  const code = new Promise((resolve) => last.once("exit", resolve));
  last.kill();
  assert.equal(await code, 0);
});

test("a worker that is told to stop while the server takes nothing ends, and another one does its task", async () => {
  await using hosts = new Hosts({ "jobs.js": JOBS });
  const [host, next] = [hosts.host(), hosts.host()];
  const jobs = await jobsAt(host);
  const pool = rabbit.pool({ name: "blocked" });
  const worker = await host.worker("jobs.js", server.url, "blocked");
  const result = pool.applyAsync(jobs.whenThere, [host.file("there")]);
  await until(() => existsSync(host.file("there.begun")), "it has begun");
  const { command } = worker;
  const code = once(command, "exit", { signal: AbortSignal.timeout(wait.timeout) });
  try {
    await starve();
    writeFileSync(host.file("there"), "");
    command.kill();
    assert.deepEqual(await code, [0, null], worker.said());
    assert.match(worker.said(), /left to the next worker/);
  } finally {
    await unblock();
  }
  await next.worker("jobs.js", server.url, "blocked");
  assert.equal(await result, "there");
  pool.close();
  pool.join();
});

test("the program of the page prints what it says", async () => {
  using folder = programs();
  const page = pages.find(({ name }) => name === "rabbitmq") as ClassPage;
  await checkProgram(folder, page, { RABBITMQ_HOST: `127.0.0.1:${server.port}` });
});
