import process from "node:process";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { cancelsWaitingRequests } from "./lsp/cancellation.js";
import { startSession } from "./lsp/start-session.js";

/**
 * Serves one editor over the transport the command line names (`--stdio` or `--node-ipc`), until the editor says
 * `exit` or is gone: the connection then ends the process.
 */
export function serve(): void {
  // The end of standard input is watched by the connection, the end of a parent's channel is not.
  process.on("disconnect", () => process.exit(1));
  startSession(createConnection(ProposedFeatures.all, { connectionStrategy: cancelsWaitingRequests }));
}
