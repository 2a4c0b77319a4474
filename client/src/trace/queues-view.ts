import * as vscode from "vscode";
import { howMany } from "../../shared/how-many.js";
import { nameOf } from "../../shared/names.js";
import type { Snapshot } from "../../shared/snapshot.js";
import { listText, threadText } from "./phrases.js";
import type { Row } from "./snapshot-view.js";
import { described } from "./threads-view.js";
import { waiterRow } from "./waiter-row.js";

/** Every queue with what is in it, every pool with how busy it is, and who waits at either. */
export function queueRows(snapshot: Snapshot): readonly Row[] {
  return snapshot.counters.map((counter) => {
    const { object, most, waiters } = counter;
    const id = `queue ${object.id}`;
    const names = listText(waiters.map((waiter) => threadText(waiter, snapshot)));
    return {
      id,
      label: nameOf(object),
      description: described(
        howMany(counter),
        `at most ${most.toLocaleString("en-US")}`,
        names === "" ? "" : `${names} ${waiters.length === 1 ? "waits" : "wait"}`,
      ),
      icon: new vscode.ThemeIcon(object.kind === "pool" ? "server-process" : "list-ordered"),
      place: undefined,
      rows: waiters.map((waiter) => waiterRow(id, object, waiter, snapshot)),
    };
  });
}
