import type { Position } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { KnownLock } from "../knowledge/lock-users.js";
import type { Session } from "./session.js";

/** The lock that is taken or given back at a position of an open document, with the program that it is one of. */
export function lockAtPosition(
  { workspace }: Session,
  uri: string,
  position: Position,
): { readonly lock: KnownLock; readonly file: string; readonly snapshot: Snapshot } | undefined {
  const open = workspace.documentOf(uri);
  if (open === undefined) return undefined;
  const { file } = open;
  const snapshot = workspace.snapshotOf(file);
  const lock = snapshot.knowledge.lockAt(file, snapshot.offset(file, position));
  return lock && { lock, file, snapshot };
}
