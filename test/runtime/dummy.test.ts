/** The interface of processes, made of threads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Lock, SharedValue } from "heddle";
import * as dummy from "heddle/dummy";
import * as processes from "heddle/process";
import { addUnder } from "./lock-work.js";
import { fail, nothing } from "./process-work.js";

const DEADLINE = 20_000;

/** What a class's instances are asked for. */
function membersOf(type: unknown): string[] {
  const names: string[] = [];
  for (let at: unknown = (type as { prototype?: object }).prototype; at && at !== Object.prototype; ) {
    names.push(...Object.getOwnPropertyNames(at));
    at = Object.getPrototypeOf(at);
  }
  return names;
}

/** What only the library itself calls. */
const INTERNAL = ["take", "tryTake", "takeAsync", "rank", "ask", "askAsync", "identity", "whileAway"];
const BROKER = ["client", "usedClient", "maxsize", "size", "putItem", "putItemAsync", "getItem", "getItemAsync"];

test("153: all that heddle/process has, heddle/dummy has, and its classes have the same methods", () => {
  const names = Object.keys(processes);
  assert.deepEqual(Object.keys(dummy).sort(), [...names].sort());
  for (const name of names) {
    const [here, there] = [dummy, processes].map((library) => membersOf(Reflect.get(library, name)));
    const has = new Set(here);
    const missing = (there ?? []).filter((member) => !has.has(member));
    assert.deepEqual(
      missing.filter((member) => !INTERNAL.includes(member) && !BROKER.includes(member)),
      [],
      name,
    );
  }
});

test("153: a process is a thread, which shares objects with others", () => {
  const [lock, total] = [new Lock(), new SharedValue("i32", 0)];
  const children = [1, 2].map(() => new dummy.Process({ target: addUnder, args: [lock, total, 1000] }));
  for (const child of children) child.start();
  for (const child of children) child.join({ timeout: DEADLINE });
  assert.deepEqual([total.value, children.map(({ exitcode }) => exitcode)], [2000, [0, 0]]);
  using pool = new dummy.Pool(1);
  assert.equal(pool.apply(addUnder, [lock, total, 1]), undefined);
  assert.equal(total.value, 2001);
});

test("154: the exit code is undefined until the end, and then 0, also after an error, which is told as a thread's", () => {
  const failed = new dummy.Process({ target: fail, args: ["on purpose"] });
  assert.equal(failed.exitcode, undefined);
  failed.start();
  failed.join({ timeout: DEADLINE });
  assert.equal(failed.exitcode, 0);
  const child = new dummy.Process({ target: nothing });
  child.start();
  assert.notEqual(child.pid, undefined);
  child.join({ timeout: DEADLINE });
  assert.equal(child.exitcode, 0);
});

test("155: a manager's lists and dicts are in shared memory, values have a value, arrays their elements", () => {
  const manager = new dummy.Manager();
  const before = manager.countObjects();
  const list = manager.list([1]);
  const dict = manager.dict([["a", list]]);
  const found = dict.get("a");
  assert.deepEqual([[...(found ?? [])], manager.countObjects()], [[1], before + 2]);
  found?.close();
  dict.close();
  list.close();
  assert.equal(manager.countObjects(), before);
  assert.equal(manager.value("f64", 0.5).value, 0.5);
  assert.deepEqual([...manager.array("u8", [1, 256])], [1, 0]);
  manager.shutdown();
  assert.throws(() => manager.list(), { name: "ConnectionClosedError" });
});

test("a manager of threads is found by its address and key, and names meet there", () => {
  using manager = new dummy.Manager({ address: "heddle:///threads/looms", authkey: "secret" });
  manager.list(["warp"], { name: "looms" });
  const same = dummy.Manager.connect(manager.address, { authkey: "secret" });
  assert.deepEqual([...same.list([], { name: "looms" })], ["warp"]);
  assert.throws(() => same.dict([], { name: "looms" }), { name: "StateError" });
  assert.throws(() => dummy.Manager.connect(manager.address, { authkey: "wrong" }), { name: "AuthenticationError" });
  assert.throws(() => dummy.Manager.connect("nowhere", { authkey: "x" }), { name: "ConnectionClosedError" });
  assert.throws(() => new dummy.Manager({ address: manager.address }), { name: "StateError" });
});
