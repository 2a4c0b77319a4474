import { ACTIVITY } from "../../shared/frame.js";
import { placeName, waitsFor } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { Snapshot, ThreadNow, Wait } from "../../shared/snapshot.js";

/** What a trace knows, in the words that views and problems use. */

/** Nanoseconds since the start of the trace. */
export function momentText(nanoseconds: number): string {
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}

export function threadText(id: number, { threads }: Snapshot): string {
  return shown(threads.find((thread) => thread.id === id)?.name ?? "") || `thread #${id}`;
}

/** `waits for mutexB, which t2 holds`. */
export function waitText({ object, holder, isTimed }: Wait, snapshot: Snapshot): string {
  const who = object.kind === "thread" || holder === 0 ? "" : `, which ${threadText(holder, snapshot)} holds`;
  return `${waitsFor(object)}${who}${isTimed ? " (with a timeout)" : ""}`;
}

/** What a thread does, in a few words. */
export function stateText(thread: ThreadNow, snapshot: Snapshot): string {
  if (thread.ended !== undefined) return `ended after ${momentText(thread.ended - thread.began)}`;
  const wait = thread.wait === undefined ? "" : waitText(thread.wait, snapshot);
  if (thread.activity !== ACTIVITY.paused) return wait || (thread.activity === ACTIVITY.unknown ? "not known" : "runs");
  const where = thread.pausedAt === undefined ? "paused" : `paused at ${placeName(thread.pausedAt)}`;
  return wait === "" ? where : `${where}, ${wait}`;
}

/** `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
