/** Pipes of processes, and of those that are threads. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ConnectionClosedError, SerializationError, StateError } from "heddle";
import type { Connection } from "heddle/process";
import { libraries } from "./libraries.js";
import { computeForEver, echo, relay, sendAll } from "./process-work.js";
import { starter } from "./started-process.js";

const DEADLINE = 20_000;

/** Receives, but not for ever. */
function recv(connection: Connection): unknown {
  assert.equal(connection.poll({ timeout: DEADLINE }), true, "nothing arrived");
  return connection.recv();
}

for (const { name, Pipe, Process, wait, waitAsync } of libraries) {
  suite(name, () => {
    const started = starter(Process);
    /** Both ends are closed with the test. */
    const pipe = (duplex?: boolean): readonly [Connection, Connection] & Disposable => {
      const ends = Pipe(duplex);
      return Object.assign(ends, {
        [Symbol.dispose]: () => {
          for (const end of ends) end.close();
        },
      });
    };

    test("114: both ends of a pipe send and receive; of Pipe(false), one each", async () => {
      using ends = pipe();
      const [first, second] = ends;
      first.send({ a: [1, "ü", null], b: new Map([[1, 2n]]) });
      second.send("back");
      assert.deepEqual([recv(second), recv(first)], [{ a: [1, "ü", null], b: new Map([[1, 2n]]) }, "back"]);
      using oneWay = pipe(false);
      const [receiver, sender] = oneWay;
      assert.deepEqual(
        [receiver.readable, receiver.writable, sender.readable, sender.writable],
        [true, false, false, true],
      );
      assert.throws(() => receiver.send(1), StateError);
      assert.throws(() => sender.recv(), StateError);
      assert.throws(() => sender.poll(), StateError);
      await assert.rejects(receiver.sendAsync(1), StateError);
      await assert.rejects(sender.recvAsync(), StateError);
      sender.send(5);
      assert.equal(await receiver.recvAsync(), 5);
    });

    test("115: what was sent before a close arrives, and then there is a ConnectionClosedError for both", async () => {
      using ends = pipe();
      const [first, second] = ends;
      first.send(1);
      first.close();
      assert.equal(recv(second), 1);
      assert.equal(second.poll({ timeout: DEADLINE }), true);
      assert.throws(() => second.recv(), ConnectionClosedError);
      assert.throws(() => second.recvBytes(), ConnectionClosedError);
      await assert.rejects(second.recvAsync(), ConnectionClosedError);
      assert.throws(() => second.send(2), ConnectionClosedError);
    });

    test("115: a process that is killed closes its end", () => {
      for (const isAsync of [false, true]) {
        const [mine, theirs] = Pipe();
        using child = started({ target: echo, args: [theirs, isAsync] });
        mine.send("there?");
        assert.equal(recv(mine), "there?");
        child.kill();
        assert.throws(() => recv(mine), ConnectionClosedError);
        mine.close();
      }
    });

    test("116: poll tells at once or after a while, and messages keep their boundaries", async () => {
      using ends = pipe();
      const [first, second] = ends;
      assert.equal(second.poll(), false);
      assert.equal(second.poll({ timeout: 20 }), false);
      assert.equal(await second.pollAsync({ timeout: 20 }), false);
      const coming = second.pollAsync({ timeout: Number.POSITIVE_INFINITY });
      for (const length of [3, 0, 100_000]) first.sendBytes(new Uint8Array(length).fill(7));
      assert.equal(await coming, true);
      assert.equal(second.poll({ timeout: Number.POSITIVE_INFINITY }), true);
      assert.deepEqual(
        [1, 2, 3].map(() => second.recvBytes().length),
        [3, 0, 100_000],
      );
      assert.equal(second.poll(), false);
    });

    test("117: sendBytes sends a part of the bytes, and recvBytes takes no more than it was asked for", () => {
      using ends = pipe();
      const [first, second] = ends;
      const bytes = new Uint8Array([1, 2, 3, 4]);
      first.sendBytes(bytes, { offset: 1, size: 2 });
      first.sendBytes(bytes.buffer, { offset: 3 });
      first.sendBytes(new Uint16Array([0x0201]));
      assert.deepEqual(
        [1, 2, 3].map(() => [...second.recvBytes()]),
        [[2, 3], [4], [1, 2]],
      );
      for (const options of [{ offset: 5 }, { offset: -1 }, { size: 5 }, { offset: 2, size: 3 }, { size: 1.5 }]) {
        assert.throws(() => first.sendBytes(bytes, options), RangeError);
      }
      assert.throws(() => second.recvBytes({ maxlength: -1 }), RangeError);
      first.sendBytes(bytes);
      assert.throws(() => second.recvBytes({ maxlength: 3 }), RangeError);
      assert.throws(() => second.recvBytes(), StateError);
    });

    test("118: a closed end cannot be used, also where it waits already; a block with using closes", async () => {
      let outer: Connection;
      {
        const [first, second] = Pipe();
        using closing = first;
        outer = closing;
        using _ = second;
      }
      assert.equal(outer.closed, true);
      for (const use of [() => outer.send(1), () => outer.recv(), () => outer.poll(), () => outer.recvBytes()]) {
        assert.throws(use, StateError);
      }
      using ends = pipe();
      const waiting = assert.rejects(ends[0].recvAsync(), StateError);
      ends[0].close();
      await waiting;
    });

    test("a value and bytes are told apart, and nothing is lost by the wrong call", () => {
      using ends = pipe();
      const [first, second] = ends;
      first.send(1);
      first.sendBytes(new Uint8Array([2]));
      assert.throws(() => second.recvBytes(), /receive it with recv\(\)/);
      assert.equal(second.recv(), 1);
      assert.throws(() => second.recv(), /receive it with recvBytes\(\)/);
      assert.deepEqual([...second.recvBytes()], [2]);
    });

    test("an async receive that is aborted takes nothing", async () => {
      using ends = pipe();
      const [first, second] = ends;
      const controller = new AbortController();
      const aborted = assert.rejects(second.recvAsync({ signal: controller.signal }), /enough/);
      controller.abort(new Error("enough"));
      await aborted;
      first.send(1);
      assert.equal(await second.recvAsync(), 1);
    });

    test("of several async receives each gets a message, and the later ones wait on", async () => {
      using ends = pipe();
      const [first, second] = ends;
      const received = Promise.all([second.recvAsync(), second.recvAsync(), second.recvAsync()]);
      for (const value of [1, 2, 3]) {
        first.send(value);
        await second.pollAsync({ timeout: 20 }); // the waits end for this message alone
      }
      assert.deepEqual(await received, [1, 2, 3]);
    });

    test("messages arrive in the order of their sends, also where async ones wait for room", async () => {
      using ends = pipe();
      const [first, second] = ends;
      const soon = first.sendAsync("first");
      first.send("second");
      assert.deepEqual([recv(second), recv(second)], ["first", "second"]);
      await soon;
      const text = "x".repeat(600_000);
      const controller = new AbortController();
      const sent = [0, 1, 2, 3, 4, 5].map((i) =>
        first.sendAsync([i, text], { signal: i === 4 ? controller.signal : undefined }).then(
          () => i,
          () => -1,
        ),
      );
      controller.abort();
      first.send(["last"]);
      const expected = (await Promise.all(sent)).filter((i) => i >= 0);
      assert.deepEqual(
        [...expected, "last"].map(() => (recv(second) as unknown[])[0]),
        [...expected, "last"],
      );
    });

    test("ends go to processes, which talk with this one and with each other", async () => {
      const [mine, toRelay] = Pipe();
      const [fromRelay, toEcho] = Pipe();
      using _relay = started({ target: relay, args: [toRelay, fromRelay, 3] });
      using echoing = started({ target: sendAll, args: [toEcho, []] });
      assert.throws(() => toRelay.send(1), /in another process, to which it was given/);
      assert.throws(() => new Process({ target: echo, args: [toEcho, true] }).start(), StateError);
      echoing.join({ timeout: DEADLINE });
      assert.equal(echoing.exitcode, 0);
      const [here, there] = Pipe();
      using _echo = started({ target: echo, args: [there, true] });
      for (const value of [1, "x".repeat(100_000), { deep: [new Error("sent")] }]) {
        here.send(value);
        const back = await here.recvAsync();
        if (typeof value !== "object") assert.equal(back, value);
        else assert.equal((back as typeof value).deep[0]?.message, "sent");
      }
      for (const end of [mine, here]) end.close();
    });

    test("what a process sent arrives, also when it has ended long ago", () => {
      const [mine, theirs] = Pipe(false);
      const values = Array.from({ length: 100 }, (_, i) => "x".repeat(i * 4));
      using child = started({ target: sendAll, args: [theirs, values] });
      const received: unknown[] = [];
      child.join({ timeout: DEADLINE });
      assert.throws(() => {
        for (;;) received.push(recv(mine));
      }, ConnectionClosedError);
      assert.deepEqual(received, values);
      mine.close();
    });

    test("112: wait returns the processes that have ended and the connections with news, or none in time", async () => {
      const [mine, theirs] = Pipe();
      using runs = started({ target: computeForEver });
      using ends = started({ target: sendAll, args: [theirs, ["news"]] });
      assert.deepEqual(wait([runs.sentinel], { timeout: 20 }), []);
      assert.deepEqual(await waitAsync([runs], { timeout: 20 }), []);
      assert.deepEqual(wait([runs, mine], { timeout: DEADLINE }), [mine]);
      assert.equal(mine.recv(), "news");
      assert.deepEqual(await waitAsync([runs, ends.sentinel], { timeout: DEADLINE }), [ends]);
      assert.deepEqual(wait([mine, ends, runs], { timeout: DEADLINE }), [mine, ends]);
      assert.throws(() => wait([{}] as never), TypeError);
      mine.close();
    });

    test("an end that was read here stays, one that travels otherwise is refused, and neither starts a process", () => {
      using ends = pipe();
      const [first, second] = ends;
      first.poll();
      assert.throws(() => new Process({ target: echo, args: [first, true] }).start(), SerializationError);
      assert.throws(() => first.send(second), /as an argument of its Process/);
      second.send("still here");
      assert.equal(recv(first), "still here");
    });
  });
}
