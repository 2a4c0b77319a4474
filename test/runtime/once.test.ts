import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Event,
  Lock,
  once,
  onceAsync,
  Queue,
  SerializationError,
  SharedValue,
  StateError,
  synchronized,
  Thread,
} from "heddle";
import { addMuch, addToStock, dieMaking, makeOnce, makes, useOnce } from "./lock-work.js";
import { runAll, WAIT } from "./threads.js";

test("once makes a value once for the whole program; what is shared in it is the same everywhere", () => {
  const results = new Queue<string>();
  runAll(...[1, 2, 3].map(() => new Thread({ target: useOnce, args: [results] })));
  for (let i = 0; i < 3; i++) assert.equal(results.getNowait(), "made true");
  assert.equal(makes.value, 1);
  assert.equal(makeOnce().number.value, 10);
  assert.equal(makeOnce(), makeOnce());
});

test("a make that throws is tried again; one that asks for itself or cannot be sent is an error", async () => {
  let tries = 0;
  const make = (): number => {
    if (++tries === 1) throw new RangeError("first try");
    return tries;
  };
  assert.throws(() => once("once.test:tries", make), RangeError);
  assert.equal(once("once.test:tries", make), 2);
  assert.equal(await onceAsync("once.test:tries", make), 2);
  const itself = (): number => once("once.test:itself", itself);
  assert.throws(itself, StateError);
  assert.throws(() => once("once.test:function", () => () => {}), SerializationError);
  assert.throws(() => once("once.test:promise", async () => 1), /use onceAsync/);
  assert.throws(() => once("", () => 1), TypeError);
  new Lock({ name: "once.test:lock" });
  assert.throws(() => once("once.test:lock", () => 1), /is a Lock/);
});

test("onceAsync makes one value for tasks that ask at the same time", async () => {
  let made = 0;
  const make = async (): Promise<{ readonly n: number }> => {
    await new Promise(setImmediate);
    return { n: ++made };
  };
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => onceAsync("once.test:async", make)));
  assert.deepEqual([a, made], [{ n: 1 }, 1]);
  assert.ok(a === b && b === c);
});

test("a thread that dies making leaves it to the next one", () => {
  const begun = new Event();
  runAll(new Thread({ target: dieMaking, args: [begun] }));
  assert.ok(begun.wait(WAIT));
  assert.equal(
    once("lock-work:died", () => "made after all"),
    "made after all",
  );
});

test("synchronized functions of one name exclude each other in all threads", () => {
  runAll(...[1, 2].map(() => new Thread({ target: addMuch, args: [5000] })));
  assert.equal(addToStock(0), 10_000);
  assert.equal(addToStock.name, "");
});

class Account {
  readonly lock = new Lock();
  balance = 0;
  @synchronized("once.test:account")
  add(amount: number): number {
    this.balance += amount;
    return this.addTwo();
  }
  @synchronized("once.test:account")
  addTwo(): number {
    this.balance += 2;
    return this.balance;
  }
  @synchronized("once.test:account")
  async later(): Promise<number> {
    const before = this.balance;
    await new Promise(setImmediate);
    this.balance = before + 1;
    return this.balance;
  }
}

test("a decorated method keeps its receiver and result, may call another one, and awaits if it is async", async () => {
  const account = new Account();
  assert.equal(account.add(5), 7);
  await Promise.all([account.later(), account.later(), account.later()]);
  assert.equal(account.balance, 10);
});

test("synchronized needs a lock, releases when the function throws, and refuses promises it was not told of", () => {
  const lock = new Lock();
  assert.throws(() => synchronized(undefined as unknown as Lock), /guards nothing/);
  const fail = synchronized(lock)((): never => {
    throw new RangeError("body");
  });
  assert.throws(fail, RangeError);
  const late = synchronized(lock)((): Promise<number> => Promise.resolve(1));
  assert.throws(late, /declare it async/);
  assert.equal(lock.locked(), false);
  const descriptor = { value: () => lock.locked() };
  synchronized(lock)({}, "method", descriptor);
  assert.equal(descriptor.value(), true);
  assert.equal(lock.locked(), false);
  assert.equal(new SharedValue("i32", 3).value, 3);
});
