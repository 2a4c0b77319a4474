import * as vscode from "vscode";
import { ACTIVITY } from "../../shared/frame.js";
import { nameOf, placeName } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { Hold, Snapshot, ThreadNow, Wait } from "../../shared/snapshot.js";
import { ownFrames } from "./own-frames.js";
import { listText, momentText, stateText, threadText, waitText } from "./phrases.js";
import type { Row } from "./snapshot-view.js";
import type { Stacks, ThreadStack } from "./thread-stacks.js";

/** Every thread: what it does, and below it what it waits for and holds, and its stack where that is known. */
export function threadRows(snapshot: Snapshot, stacks: Stacks): readonly Row[] {
  const lasting = snapshot.deadlocks.filter(({ until }) => until === undefined);
  const stuck = new Set(lasting.flatMap(({ parties }) => parties.map(({ thread }) => thread)));
  return snapshot.threads.map((thread) => {
    const { id, wait, asyncWaits, holds } = thread;
    const waits = wait === undefined ? asyncWaits : [wait, ...asyncWaits];
    return {
      id: `thread ${id}`,
      label: threadText(id, snapshot),
      description: stateText(thread, snapshot),
      icon: iconOf(thread, stuck.has(id)),
      place: thread.pausedAt ?? wait?.place,
      rows: [
        ...waits.flatMap((each, index) => waitRows(`thread ${id} wait ${index}`, each, snapshot)),
        ...holds.map((hold) => holdRow(`thread ${id} hold ${hold.object.id}`, hold, snapshot)),
        ...stackRows(thread, stacks.get(id)),
      ],
    };
  });
}

function waitRows(id: string, wait: Wait, snapshot: Snapshot): readonly Row[] {
  const { object, place, since, holder, holderPlace, heldSince } = wait;
  const own: Row = {
    id,
    label: waitText(wait, snapshot),
    description: described(place === undefined ? "" : `at ${placeName(place)}`, `since ${momentText(since)}`),
    icon: new vscode.ThemeIcon("watch"),
    place,
    rows: [],
  };
  if (holder === 0 || holderPlace === undefined) return [own];
  const other: Row = {
    id: `${id} holder`,
    label: `${threadText(holder, snapshot)} took ${nameOf(object)}`,
    description: described(
      `at ${placeName(holderPlace)}`,
      heldSince === undefined ? "" : `held since ${momentText(heldSince)}`,
    ),
    icon: new vscode.ThemeIcon("arrow-right"),
    place: holderPlace,
    rows: [],
  };
  return [own, other];
}

function holdRow(id: string, { object, place, since, waiters }: Hold, snapshot: Snapshot): Row {
  const others = listText(waiters.map((waiter) => threadText(waiter, snapshot)));
  return {
    id,
    label: `holds ${nameOf(object)}`,
    description: described(
      place === undefined ? "" : `taken at ${placeName(place)}`,
      `held since ${momentText(since)}`,
      others === "" ? "" : `${others} ${waiters.length === 1 ? "waits" : "wait"}`,
    ),
    icon: new vscode.ThemeIcon("lock"),
    place,
    rows: [],
  };
}

/** The calls that it is in, the innermost first. */
function stackRows({ id, wait }: ThreadNow, stack: ThreadStack | undefined): readonly Row[] {
  return ownFrames(stack?.frames ?? [], wait).map(({ name, place }, depth) => ({
    id: `thread ${id} frame ${depth}`,
    label: `in ${shown(name) || "no function"}`,
    description: `at ${placeName(place)}`,
    icon: new vscode.ThemeIcon("debug-stackframe"),
    place,
    rows: [],
  }));
}

/** What there is to say, in one line. */
export function described(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}

function iconOf({ ended, activity }: ThreadNow, isStuck: boolean): vscode.ThemeIcon {
  if (isStuck) return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  if (ended !== undefined) return new vscode.ThemeIcon("circle-slash");
  switch (activity) {
    case ACTIVITY.waitsForLock:
      return new vscode.ThemeIcon("lock", new vscode.ThemeColor("list.warningForeground"));
    case ACTIVITY.waits:
      return new vscode.ThemeIcon("watch");
    case ACTIVITY.paused:
      return new vscode.ThemeIcon("debug-pause");
    case ACTIVITY.unknown:
      return new vscode.ThemeIcon("question");
    default:
      return new vscode.ThemeIcon("play");
  }
}
