import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type Location,
  SymbolKind,
} from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { LockUser } from "../knowledge/lock-users.js";
import { type LockUsersParams, lockUsersRequest } from "../protocol.js";
import { rangeOf } from "./located-finding.js";
import { lockAtPosition } from "./lock-at-position.js";
import type { Session } from "./session.js";

/** What leads from an item back to what the engine knows it by. */
type Origin = { readonly uri: string } & ({ readonly lock: string } | { readonly id: string });

/**
 * `textDocument/prepareCallHierarchy` at a lock that is taken or given back: the functions that take it, and who calls
 * those. Editors in which one tool alone may answer ask for the places by a request of their own.
 */
export function answerCallHierarchies(session: Session): void {
  const { connection, log, workspace } = session;

  connection.languages.callHierarchy.onPrepare(
    log.guard("looking for a lock", null, ({ textDocument, position }): CallHierarchyItem[] | null => {
      const found = lockAtPosition(session, textDocument.uri, position);
      if (!found) return null;
      const { lock, snapshot } = found;
      const range = rangeOf(lock.site, snapshot);
      const data: Origin = { uri: textDocument.uri, lock: lock.key };
      const { uri } = textDocument;
      return [{ name: lock.text, kind: SymbolKind.Object, detail: "lock", uri, range, selectionRange: range, data }];
    }),
  );

  connection.languages.callHierarchy.onIncomingCalls(
    log.guard("looking for who takes a lock", null, ({ item }): CallHierarchyIncomingCall[] | null => {
      const origin = originOf(item.data);
      const open = origin && workspace.documentOf(origin.uri);
      if (!origin || !open) return null;
      const snapshot = workspace.snapshotOf(open.file);
      const { knowledge } = snapshot;
      const users = "lock" in origin ? knowledge.acquirersOf(origin.lock) : knowledge.callersOf(origin.id);
      return users.map((user) => ({
        from: itemOf(user, origin.uri, snapshot, session),
        fromRanges: user.places.map((site) => rangeOf(site, snapshot)),
      }));
    }),
  );

  connection.languages.callHierarchy.onOutgoingCalls(() => []);

  connection.onRequest(
    lockUsersRequest,
    log.guard("looking for who takes a lock", null, ({ textDocument, position, who }: LockUsersParams) => {
      const found = lockAtPosition(session, textDocument.uri, position);
      if (!found) return null;
      const { lock, snapshot } = found;
      const { knowledge } = snapshot;
      const users = who === "acquirers" ? knowledge.acquirersOf(lock.key) : knowledge.holdersAgainst(lock);
      const places: Location[] = users.flatMap((user) =>
        user.places.map((site) => ({ uri: workspace.uriOf(site.file), range: rangeOf(site, snapshot) })),
      );
      return { lock: lock.text, places };
    }),
  );
}

function itemOf(user: LockUser, uri: string, snapshot: Snapshot, { workspace }: Session): CallHierarchyItem {
  const range = rangeOf(user.site, snapshot);
  const data: Origin = { uri, id: user.id };
  return {
    name: user.name,
    kind: SymbolKind.Function,
    uri: workspace.uriOf(user.site.file),
    range,
    selectionRange: { start: range.start, end: range.start },
    data,
  };
}

function originOf(data: unknown): Origin | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { uri, lock, id } = data as Readonly<Record<string, unknown>>;
  if (typeof uri !== "string") return undefined;
  if (typeof lock === "string") return { uri, lock };
  return typeof id === "string" ? { uri, id } : undefined;
}
