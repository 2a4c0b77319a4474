import process from "node:process";

/** This thread's `performance.now()` starts when the thread does; what is added makes it the process's clock. */
const offset = measureOffset();

/** Nanoseconds on a monotonic clock that all threads of the process share. */
export function now(): number {
  return performance.now() * 1e6 + offset;
}

/** The pair of reads with the least between them is the most exact. */
function measureOffset(): number {
  let best = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let i = 0; i < 5; i++) {
    const before = performance.now() * 1e6;
    const shared = Number(process.hrtime.bigint());
    const after = performance.now() * 1e6;
    if (after - before >= best) continue;
    best = after - before;
    found = shared - (before + after) / 2;
  }
  return found;
}
