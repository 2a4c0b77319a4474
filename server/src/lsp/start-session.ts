import process from "node:process";
import type { Connection } from "vscode-languageserver/node";
import { answerAnnotatedLocks } from "./annotated-lock.js";
import { answerCompletions } from "./annotation-completion.js";
import { answerCallHierarchies } from "./call-hierarchy.js";
import { Client } from "./client.js";
import { ClosedFiles } from "./closed-files.js";
import { answerCodeActions } from "./code-action.js";
import { answerCodeLenses } from "./code-lens.js";
import { Diagnostics } from "./diagnostics.js";
import { answerHighlights } from "./highlights.js";
import { answerHovers } from "./hover.js";
import { answerInitialize } from "./initialize.js";
import { answerInlayHints } from "./inlay-hints.js";
import { Log } from "./log.js";
import { answerMains } from "./mains.js";
import { Margin } from "./margin.js";
import { Overviews } from "./overviews.js";
import { answerPulls } from "./pull-diagnostics.js";
import { answerSeen } from "./seen.js";
import { answerSemanticTokens } from "./semantic-tokens.js";
import type { Session } from "./session.js";
import { followSettings } from "./settings-changes.js";
import { answerStatus } from "./status.js";
import { answerSuppress } from "./suppress-action.js";
import { followDocuments } from "./text-sync.js";
import { followFiles } from "./watched-files.js";
import { Workspace } from "./workspace.js";
import { answerWorkspaceFindings } from "./workspace-findings.js";
import { answerWorkspaceLocks } from "./workspace-locks.js";

/** Answers one editor from now on. */
export function startSession(connection: Connection): void {
  const client = new Client();
  const log = new Log(connection);
  const workspace = new Workspace((problem) => log.tell(problem));
  const margin = new Margin(connection, client, log, workspace);
  const closedFiles = new ClosedFiles(connection, client, log, workspace);
  const overviews = new Overviews(connection, log, workspace);
  const diagnostics = new Diagnostics(connection, client, log, workspace, margin, closedFiles, overviews);
  const session: Session = { connection, client, log, workspace, margin, overviews, diagnostics, whenInitialized: [] };
  answerInitialize(session);
  followSettings(session);
  followDocuments(session);
  followFiles(session);
  answerCodeActions(session);
  answerSuppress(session);
  answerHovers(session);
  answerHighlights(session);
  answerCompletions(session);
  answerAnnotatedLocks(session);
  answerInlayHints(session);
  answerCodeLenses(session);
  answerSemanticTokens(session);
  answerCallHierarchies(session);
  answerMains(session);
  answerSeen(session);
  answerStatus(session);
  answerWorkspaceFindings(session);
  answerWorkspaceLocks(session);
  answerPulls(session);
  connection.onInitialized(() => {
    for (const start of session.whenInitialized) start();
  });
  // An editor may refuse any of our requests. Nobody waits for their answers, and Node would end the process.
  process.on("unhandledRejection", (error) => log.failed("a request to the editor", error));
  connection.onShutdown(() => diagnostics.stop());
  connection.listen();
}
