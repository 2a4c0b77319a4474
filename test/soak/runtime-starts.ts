import assert from "node:assert/strict";
import { activeCount, Event, SharedValue, Thread, Timer } from "heddle";
import { addAtOnce, fail, nested, nothing, setEvent } from "../runtime/work.js";

const WAIT = { timeout: 60_000 };
/** Threads that run at the same time. */
const TOGETHER = 4;

/**
 * Starts and stops `count` threads of all kinds: that return, throw, start another one, are daemons, are timers, and are
 * cancelled. None may hang, run twice or stay behind.
 * @throws AssertionError with which
 */
export function soakRuntimeStarts(count: number): object {
  const running = activeCount();
  using total = new SharedValue("i32", 0);
  using event = new Event();
  const kinds: readonly (() => Thread)[] = [
    () => new Thread({ target: nothing }) as Thread,
    () => new Thread({ target: addAtOnce, args: [total, 1] }) as Thread,
    () => new Thread({ target: nested, args: [total] }) as Thread,
    () => new Thread({ target: setEvent, args: [event], daemon: true }) as Thread,
    () => new Timer(0, nothing) as Thread,
    () => new Timer(60_000, fail, ["was cancelled"]) as Thread,
  ];
  let longest = 0;
  for (let started = 0; started < count; ) {
    const threads = Array.from({ length: Math.min(TOGETHER, count - started) }, (_, i) => {
      return (kinds[(started + i) % kinds.length] as () => Thread)();
    });
    const begin = performance.now();
    for (const thread of threads) thread.start();
    for (const thread of threads) if (thread instanceof Timer && thread.interval > 0) thread.cancel();
    for (const thread of threads) {
      thread.join(WAIT);
      assert.equal(thread.isAlive(), false, `${thread.name}, one of ${started} to ${started + TOGETHER}, hangs`);
    }
    longest = Math.max(longest, performance.now() - begin);
    started += threads.length;
  }
  assert.equal(activeCount(), running, "a thread is still there");
  // `nested` adds five in its child and one itself.
  const [once, six] = [1, 2].map((kind) => Math.floor((count - kind + kinds.length - 1) / kinds.length));
  assert.equal(total.value, (once ?? 0) + 6 * (six ?? 0), "a thread did not run, or twice");
  return { started: count, longestMilliseconds: Math.round(longest) };
}
