import * as vscode from "vscode";
import { nameOf, placeName } from "../../shared/names.js";
import type { LockNow, Snapshot } from "../../shared/snapshot.js";
import { listText, momentText, threadText } from "./phrases.js";
import type { Row } from "./snapshot-view.js";
import { described } from "./threads-view.js";
import { waiterRow } from "./waiter-row.js";

/** Every lock that was waited for or is held: its owner, since when, and who waits. */
export function lockRows(snapshot: Snapshot): readonly Row[] {
  return snapshot.locks.map((lock) => {
    const { object, owner, others, waiters } = lock;
    const names = listText(waiters.map((waiter) => threadText(waiter, snapshot)));
    return {
      id: `lock ${object.id}`,
      label: nameOf(object),
      description: described(
        owner === 0
          ? "free"
          : `held by ${threadText(owner, snapshot)}${others.length === 0 ? "" : ` and ${others.length} more`}`,
        names === "" ? "" : `${names} ${waiters.length === 1 ? "waits" : "wait"}`,
      ),
      icon:
        owner === 0
          ? new vscode.ThemeIcon("unlock")
          : new vscode.ThemeIcon("lock", names === "" ? undefined : new vscode.ThemeColor("list.warningForeground")),
      place: lock.place,
      rows: [
        ...holderRows(lock, snapshot),
        ...waiters.map((waiter) => waiterRow(`lock ${object.id}`, object, waiter, snapshot)),
      ],
    };
  });
}

function holderRows({ object, owner, since, place, others }: LockNow, snapshot: Snapshot): readonly Row[] {
  if (owner === 0) return [];
  return [{ thread: owner, since, place }, ...others].map((holder) => ({
    id: `lock ${object.id} holder ${holder.thread}`,
    label: `${threadText(holder.thread, snapshot)} holds it`,
    description: described(
      holder.place === undefined ? "" : `taken at ${placeName(holder.place)}`,
      holder.since === undefined ? "" : `held since ${momentText(holder.since)}`,
    ),
    icon: new vscode.ThemeIcon("lock"),
    place: holder.place,
    rows: [],
  }));
}
