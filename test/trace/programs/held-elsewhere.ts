/**
 * Waits for locks of the server at the given address: for one and a task for another that somebody else has, and for one that
 * a process of its own has until the event is set. At Redis, it also loses one.
 */
import { once } from "node:events";
import { main, tasks } from "heddle";
import { type Connection, type LeasedRLock, Manager, Pipe, Process } from "heddle/process";
import { createClient } from "redis";

const [, , address = "", authkey = ""] = process.argv;

function connected(at: string, key: string): Manager {
  return key === "" ? Manager.connect(at as `redis://${string}`) : Manager.connect(at, { authkey: key });
}

function keep(line: Connection, at: string, key: string): void {
  // The same database in other words.
  const manager = connected(key === "" ? `${at.replace("127.0.0.1", "localhost")}/0` : at, key);
  const ledger = manager.rlock({ name: "ledger" });
  ledger.acquire();
  ledger.acquire();
  line.send("taken");
  manager.event({ name: "enough" }).wait();
  ledger.release();
  ledger.release();
}

/** Takes a lock, loses it as if its lease were over, and takes it anew. */
async function lose(lock: LeasedRLock, url: string, name: string): Promise<void> {
  const server = createClient({ url });
  await server.connect();
  lock.acquire();
  lock.acquire();
  const { lost } = lock;
  const isLost = once(lost, "abort");
  await server.del(`heddle:{${name}}`);
  await isLost;
  server.destroy();
  lock.acquire();
  lock.release();
}

tasks(import.meta.url, { keep });

main(import.meta.url, async () => {
  const manager = connected(address, authkey);
  const [near, far] = Pipe();
  const keeper = new Process({ target: keep, args: [far, address, authkey], name: "keeper" });
  keeper.start();
  near.recv();
  const outer = manager.lock({ name: "outer" });
  outer.acquire();
  outer.release();
  const ledger = manager.rlock({ name: "ledger" });
  ledger.acquire();
  ledger.release();
  await manager.lock({ name: "later" }).withLockAsync(() => {});
  if (authkey === "") {
    const lost = Manager.connect(address as `redis://${string}`).rlock({ name: "lost", lease: 1000 });
    await lose(lost, address, "lost");
  }
  keeper.join();
});
