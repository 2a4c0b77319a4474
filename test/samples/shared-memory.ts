/** Shared memory: values and arrays with a lock of their own, and without one. */
import { main, RawArray, RawValue, SharedArray, SharedValue, Thread, tasks } from "heddle";

export function fill(n: SharedValue<"f64">, a: SharedArray<"i32">, done: RawValue<"bool">, raw: RawArray<"u8">): void {
  n.getLock().withLock(() => {
    n.value = 3.25;
  });
  a.getLock().withLock(() => {
    for (let i = 0; i < a.length; i++) a[i] = -(a[i] ?? 0);
  });
  raw.set([1, 2, 3]);
  done.value = true;
}

tasks(import.meta.url, { fill });

main(import.meta.url, () => {
  const num = new SharedValue("f64", 0);
  const arr = new SharedArray("i32", [0, 1, 2, 3, 4]);
  const done = new RawValue("bool");
  const raw = new RawArray("u8", 3);
  const t = new Thread({ target: fill, args: [num, arr, done, raw] });
  t.start();
  t.join();
  console.log(num.value, [...arr].join(), done.value, [...raw].join());
});
