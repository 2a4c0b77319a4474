import type { Connection } from "vscode-languageserver/node";
import type { Client } from "./client.js";
import type { Diagnostics } from "./diagnostics.js";
import type { Log } from "./log.js";
import type { Margin } from "./margin.js";
import type { Overviews } from "./overviews.js";
import type { Workspace } from "./workspace.js";

/** What the requests share. Each request is a file of its own that registers its handlers. */
export interface Session {
  readonly connection: Connection;
  readonly client: Client;
  readonly log: Log;
  readonly workspace: Workspace;
  readonly diagnostics: Diagnostics;
  readonly margin: Margin;
  readonly overviews: Overviews;
  /** Run in order when the editor is ready: a connection has room for one handler of `initialized` only. */
  readonly whenInitialized: (() => void)[];
}
