/** Waiting for a server no longer than until a moment of `performance.now()`. */

const LONGEST_TIMER = 2 ** 31 - 1;

/** Nothing came in time. */
export class Late extends Error {}

/** The promise's value, unless the deadline comes first. @throws Late */
export async function inTime<T>(promise: Promise<T>, deadline: number): Promise<T> {
  if (deadline === Number.POSITIVE_INFINITY) return promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const left = Math.min(LONGEST_TIMER, Math.max(0, deadline - performance.now()));
    timer = setTimeout(() => reject(new Late()), left);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function pauseFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(LONGEST_TIMER, Math.max(0, milliseconds)));
  });
}
