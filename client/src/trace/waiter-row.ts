import * as vscode from "vscode";
import { placeName } from "../../shared/names.js";
import type { Named, Snapshot } from "../../shared/snapshot.js";
import { momentText, threadText } from "./phrases.js";
import type { Row } from "./snapshot-view.js";
import { described } from "./threads-view.js";

/** Below a lock or queue: a thread that waits for it, where, and since when. `id` is that of the row above. */
export function waiterRow(id: string, object: Named, waiter: number, snapshot: Snapshot): Row {
  const thread = snapshot.threads.find((each) => each.id === waiter);
  const waits = thread === undefined ? [] : [thread.wait, ...thread.asyncWaits];
  const wait = waits.find((each) => each?.object.id === object.id);
  const place = wait?.place;
  return {
    id: `${id} waiter ${waiter}`,
    label: `${threadText(waiter, snapshot)} waits`,
    description: described(
      place === undefined ? "" : `at ${placeName(place)}`,
      wait === undefined ? "" : `since ${momentText(wait.since)}`,
    ),
    icon: new vscode.ThemeIcon("watch"),
    place,
    rows: [],
  };
}
