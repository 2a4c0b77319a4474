import { recorder } from "./hook.js";

/**
 * Runs `body`, and records under that name when it began and ended: in a thread's lane, in exports, in the report. Of a body
 * that returns a promise, the end is that of the promise. Returns what `body` returns, and throws what it throws. Without a
 * recording, it costs one look at a variable. Does not block.
 */
export function span<T>(name: string, body: () => T): T {
  if (recorder === undefined) return body();
  const end = recorder.span(0, name);
  let isAsync = false;
  try {
    const result = body();
    isAsync = result instanceof Promise;
    return isAsync ? ((result as Promise<unknown>).finally(end) as T) : result;
  } finally {
    if (!isAsync) end();
  }
}

/** Records that the program came here. Without a recording, it costs one look at a variable. Does not block. */
export function marker(name: string): void {
  recorder?.marker(name);
}
