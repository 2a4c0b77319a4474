/** Run with a small arena: fills it, and uses it over and over. */
import { ArenaFullError, Lock, main, Queue, SharedValue } from "heddle";

async function refused(put: () => unknown): Promise<void> {
  try {
    await put();
  } catch {
    return;
  }
  throw new Error("not refused");
}

main(import.meta.url, async () => {
  for (let i = 0; i < 50_000; i++) {
    using lock = new Lock();
    using value = new SharedValue("i32", 1);
    using queue = new Queue<Lock>();
    queue.put(lock);
    if (queue.get() !== lock || value.value !== 1) throw new Error("not the same");
  }
  console.log("closed objects make room");
  const full = new Queue<Lock>(1);
  full.put(new Lock());
  for (let i = 0; i < 10_000; i++) {
    using lock = new Lock();
    using dropped = new Queue<Lock>();
    dropped.put(lock);
    await refused(() => full.putNowait(lock));
    await refused(() => full.put(lock, { timeout: 0 }));
    await refused(() => full.putAsync(lock, { timeout: 0 }));
    await refused(() => full.putAsync(lock, { signal: AbortSignal.abort() }));
  }
  full.close();
  console.log("what nobody receives makes room");
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
