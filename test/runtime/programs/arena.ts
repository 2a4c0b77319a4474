/** Run with a small arena: fills it, and uses it over and over. */
import { ArenaFullError, Lock, main, Queue, SharedValue } from "heddle";

main(import.meta.url, async () => {
  for (let i = 0; i < 50_000; i++) {
    using lock = new Lock();
    using value = new SharedValue("i32", 1);
    using queue = new Queue<Lock>();
    queue.put(lock);
    if (queue.get() !== lock || value.value !== 1) throw new Error("not the same");
  }
  console.log("closed objects make room");
  for (let i = 0; i < 50_000; i++) {
    new Lock();
    if (i % 1000 === 0) await new Promise(setImmediate);
    if (i % 1000 === 0) (globalThis as { gc?: () => void }).gc?.();
  }
  console.log("collected objects make room");
  const queue = new Queue<string>();
  const kept: Lock[] = [];
  try {
    for (;;) kept.push(new Lock());
  } catch (error) {
    console.log(error instanceof ArenaFullError && /HEDDLE_ARENA_MB/.test(error.message));
  }
  kept.pop()?.close();
  new Lock().acquire();
  try {
    for (;;) queue.put("x".repeat(10_000));
  } catch (error) {
    console.log(error instanceof ArenaFullError, queue.get().length);
  }
});
