/** How this thread describes itself to servers, so that others can be told who holds what they wait for. */
import { hostname } from "node:os";
import process from "node:process";
import { words } from "../arena.js";
import { self } from "../self.js";
import { currentThread } from "../thread.js";
import { IDENT } from "../thread-cell.js";
import { type Holder, holderFrom, holderText } from "../trace/holder.js";

/** As this thread is called now. */
export function ownHolder(): string {
  const thread = Atomics.load(words, self + IDENT);
  return holderText({ pid: process.pid, thread, host: hostname(), name: currentThread().name });
}

/** As somebody of this host would say it. */
export function seenFromHere(text: string): string | undefined {
  const holder: Holder | undefined = holderFrom(text);
  return holder && holderText({ ...holder, host: holder.host === hostname() ? "" : holder.host });
}
