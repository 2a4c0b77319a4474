import type * as vscode from "vscode";
import { locksRequest, type WorkspaceLocks } from "../../../server/src/protocol.js";
import type { Server } from "../server.js";
import { lockRows } from "./lock-rows.js";
import { WorkspaceView } from "./workspace-view.js";

/** The view _Locks_: what the source says of each lock. */
export function registerLocksView(server: Server): vscode.Disposable {
  return new WorkspaceView<WorkspaceLocks>(
    "heddle.staticLocks",
    server,
    (token) => server.request<WorkspaceLocks>(locksRequest, {}, token),
    ({ locks }) => ({ rows: lockRows(locks), description: String(locks.length) }),
  );
}
