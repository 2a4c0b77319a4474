/** Connections between processes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionClosedError } from "heddle";
import { type Connection, Pipe, Process } from "heddle/process";
import { receiveLate, sendAll, sendLengths } from "./process-work.js";
import { started } from "./started-process.js";

const DEADLINE = 20_000;

/** Both ends are closed with the test. */
function pipe(duplex?: boolean): readonly [Connection, Connection] & Disposable {
  const ends = Pipe(duplex);
  return Object.assign(ends, {
    [Symbol.dispose]: () => {
      for (const end of ends) end.close();
    },
  });
}

/** Receives, but not for ever. */
function recv(connection: Connection): unknown {
  assert.equal(connection.poll({ timeout: DEADLINE }), true, "nothing arrived");
  return connection.recv();
}

test("an end that is closed at the other end does not go to a process", () => {
  using ends = pipe();
  const [first, second] = ends;
  second.close();
  assert.throws(() => {
    for (const end = Date.now() + DEADLINE; Date.now() < end; ) first.sendBytes(new Uint8Array(2 ** 16));
  }, ConnectionClosedError);
  const child = new Process({ target: sendAll, args: [first, []] });
  assert.throws(() => child.start(), { name: ConnectionClosedError.name, message: /closed at its other end/ });
});

test("who sends faster than the other reads has to wait, and nothing gets lost", () => {
  const count = 40;
  const size = 500_000;
  const [data, theirData] = Pipe();
  const [signal, theirSignal] = Pipe();
  using _child = started({ target: receiveLate, args: [theirData, theirSignal, count] });
  signal.send("go");
  for (let i = 0; i < count; i++) data.sendBytes(new Uint8Array(size));
  assert.equal(recv(signal), count * size);
  for (const end of [data, signal]) end.close();
});

test("who receives slower than the other sends holds it up, and nothing gets lost", () => {
  const lengths = Array.from({ length: 40 }, () => 500_000);
  const [mine, theirs] = Pipe();
  using child = started({ target: sendLengths, args: [theirs, lengths] });
  assert.equal(mine.poll({ timeout: DEADLINE }), true);
  child.join({ timeout: 200 });
  assert.equal(child.isAlive(), true, "20 MB were taken though nobody received them");
  assert.deepEqual(
    lengths.map(() => mine.recvBytes().length),
    lengths,
  );
  child.join({ timeout: DEADLINE });
  assert.equal(child.exitcode, 0);
  mine.close();
});
