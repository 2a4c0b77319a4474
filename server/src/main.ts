import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startSession } from "./lsp/start-session.js";

/**
 * Serves one editor over the transport the command line names (`--stdio` or `--node-ipc`), until the editor says
 * `exit` or is gone: the connection then ends the process.
 */
export function serve(): void {
  startSession(createConnection(ProposedFeatures.all));
}
