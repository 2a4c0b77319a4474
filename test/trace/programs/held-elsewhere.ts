/**
 * Waits for locks of the server at the given address: for one and a task for another that somebody else has, and for one that
 * a process of its own has until the event is set.
 */
import { main, tasks } from "heddle";
import { type Connection, Manager, Pipe, Process } from "heddle/process";

const [, , address = "", authkey = ""] = process.argv;

function connected(at: string, key: string): Manager {
  return key === "" ? Manager.connect(at as `redis://${string}`) : Manager.connect(at, { authkey: key });
}

function keep(line: Connection, at: string, key: string): void {
  const manager = connected(at, key);
  const ledger = manager.rlock({ name: "ledger" });
  ledger.acquire();
  ledger.acquire();
  line.send("taken");
  manager.event({ name: "enough" }).wait();
  ledger.release();
  ledger.release();
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
  keeper.join();
});
