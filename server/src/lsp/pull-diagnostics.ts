import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import {
  type CancellationToken,
  type Diagnostic,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver/node";
import { diagnosticOf } from "./diagnostic.js";
import type { LocatedFinding } from "./located-finding.js";
import type { Session } from "./session.js";

/**
 * `textDocument/diagnostic` and `workspace/diagnostic`, for editors that said they want to ask for findings. A report has
 * an id made of what it says, so that a server that was started anew knows it again. The workspace's report covers what
 * the setting says is shown, and comes a project at a time where the editor takes parts.
 */
export function answerPulls(session: Session): void {
  const { connection, client, workspace, log, diagnostics } = session;
  const diagnosticsOf = (findings: readonly LocatedFinding[]): Diagnostic[] =>
    findings.map((finding) => diagnosticOf(finding, client, workspace));

  connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }) => {
    await diagnostics.whenStarted;
    const open = workspace.documentOf(uri);
    const look = log.guard("looking for findings", [], () =>
      open === undefined ? [] : workspace.lookAt(open.file).findings,
    );
    const items = diagnosticsOf(look());
    const resultId = resultIdOf(items);
    diagnostics.pulled(uri, items);
    return resultId === previousResultId
      ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
      : { kind: DocumentDiagnosticReportKind.Full, resultId, items };
  });

  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token, progress, parts) => {
    await diagnostics.whenStarted;
    const previous = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
    const projects = workspace.settings.showsWholeWorkspace ? workspace.filesByProject() : new Map<string, string[]>();
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    const give = (reports: WorkspaceDocumentDiagnosticReport[]): void => {
      if (parts === undefined) items.push(...reports);
      else parts.report({ items: reports });
    };
    progress.begin("Heddle", 0, undefined, true);
    let done = 0;
    for (const [key, files] of projects) {
      progress.report((100 * done++) / projects.size, key);
      await turn();
      refuseCancelled(token);
      const look = log.guard("analysing a project", new Map<string, readonly LocatedFinding[]>(), () =>
        workspace.lookAtProject(key),
      );
      const found = look();
      give(files.flatMap((file) => reportOf(file, diagnosticsOf(found.get(file) ?? []), previous)));
    }
    // What is left has gone, or is not to be shown any more.
    give([...previous].map(([uri]) => ({ uri, version: null, kind: DocumentDiagnosticReportKind.Full, items: [] })));
    progress.done();
    return { items };
  });

  function reportOf(
    file: string,
    items: Diagnostic[],
    previous: Map<string, string>,
  ): WorkspaceDocumentDiagnosticReport[] {
    const uri = workspace.uriOf(file);
    const before = previous.get(uri);
    previous.delete(uri);
    if (items.length === 0 && before === undefined) return [];
    const version = workspace.versionOf(file);
    const resultId = resultIdOf(items);
    if (resultId === before) return [{ uri, version, kind: DocumentDiagnosticReportKind.Unchanged, resultId }];
    return [{ uri, version, kind: DocumentDiagnosticReportKind.Full, resultId, items }];
  }
}

function refuseCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested)
    throw new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
}

function resultIdOf(items: readonly Diagnostic[]): string {
  return createHash("sha256").update(JSON.stringify(items)).digest("base64url").slice(0, 22);
}
