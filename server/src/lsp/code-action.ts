import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type Diagnostic,
  LSPErrorCodes,
  MessageType,
  type Range,
  ResponseError,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Finding, Fix } from "../finding.js";
import { diagnosticSource } from "../protocol.js";
import { diagnosticOf } from "./diagnostic.js";
import { located, rangeOf } from "./located-finding.js";
import type { Session } from "./session.js";

/** What leads from a code action back to its fix, on a text that may have changed meanwhile. */
interface Origin {
  readonly uri: string;
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly fix: number;
}

/**
 * `textDocument/codeAction` and `codeAction/resolve`: the fixes of the findings in a range. A fix is dear, since its
 * result is analysed before it is offered; the light bulb asks at every move of the cursor, so the edit is made only
 * when the user picks it.
 */
export function answerCodeActions(session: Session): void {
  const { connection, client, log } = session;
  connection.onCodeAction(log.guard("looking for fixes", [], (params) => actionsFor(params, session)));

  connection.onCodeActionResolve((action) => {
    const origin = originOf(action.data);
    if (origin === undefined || action.edit !== undefined) return action;
    const found = findFix(origin, session);
    if (found === undefined) return new ResponseError(LSPErrorCodes.ContentModified, "The text has changed since.");
    const edit = log.guard("making a fix", undefined, () => editOf(found.fix, found.snapshot, session))();
    if (edit !== undefined) return { ...action, edit };
    log.show(MessageType.Info, `"${action.title}" is not possible here: it would make another defect.`);
    return action;
  });

  function actionsFor(params: CodeActionParams, { workspace }: Session): CodeAction[] {
    const { only } = params.context;
    if (only !== undefined && !only.some(includesQuickFix)) return [];
    const open = workspace.documentOf(params.textDocument.uri);
    if (open === undefined) return [];
    // The light bulb asks everywhere, and where nothing is found no program is needed to say so.
    if (!workspace.lookAt(open.file).findings.some(({ range }) => intersect(range, params.range))) return [];
    const snapshot = workspace.snapshotOf(open.file);
    return snapshot
      .findings(open.file)
      .filter((finding) => intersect(rangeOf(finding.site, snapshot), params.range))
      .flatMap((finding) => {
        const diagnostic =
          params.context.diagnostics.find((shown) => isOf(shown, finding)) ??
          diagnosticOf(located(finding, snapshot), client, workspace);
        return finding.fixes.flatMap((fix, index) => {
          const { ruleId, fingerprint } = finding;
          const data: Origin = { uri: params.textDocument.uri, ruleId, fingerprint, fix: index };
          const edit = client.resolvesEdits ? undefined : editOf(fix, snapshot, session);
          if (edit === undefined && !client.resolvesEdits) return [];
          return {
            title: fix.title,
            kind: CodeActionKind.QuickFix,
            diagnostics: [diagnostic],
            isPreferred: index === 0,
            ...(edit === undefined ? { data } : { edit }),
          };
        });
      });
  }
}

/** Kinds are a tree: who asks for everything, or for quick fixes, is meant. */
function includesQuickFix(kind: string): boolean {
  return kind === "" || kind === CodeActionKind.QuickFix;
}

function isOf(shown: Diagnostic, finding: Finding): boolean {
  const data: unknown = shown.data;
  const fingerprint = typeof data === "object" && data !== null && "fingerprint" in data ? data.fingerprint : undefined;
  return shown.source === diagnosticSource && shown.code === finding.ruleId && fingerprint === finding.fingerprint;
}

function originOf(data: unknown): Origin | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { uri, ruleId, fingerprint, fix } = data as Readonly<Record<keyof Origin, unknown>>;
  return typeof uri === "string" &&
    typeof ruleId === "string" &&
    typeof fingerprint === "string" &&
    typeof fix === "number"
    ? { uri, ruleId, fingerprint, fix }
    : undefined;
}

function findFix(origin: Origin, { workspace }: Session): { fix: Fix; snapshot: Snapshot } | undefined {
  const open = workspace.documentOf(origin.uri);
  if (open === undefined) return undefined;
  const snapshot = workspace.snapshotOf(open.file);
  const fix = snapshot
    .findings(open.file)
    .find(({ ruleId, fingerprint }) => ruleId === origin.ruleId && fingerprint === origin.fingerprint)
    ?.fixes.at(origin.fix);
  return fix === undefined ? undefined : { fix, snapshot };
}

function editOf(fix: Fix, snapshot: Snapshot, { client, workspace }: Session): WorkspaceEdit | undefined {
  const edits = fix.edits();
  if (edits === undefined) return undefined;
  const byFile = new Map<string, TextEdit[]>();
  for (const { site, newText } of edits) {
    byFile.set(site.file, [...(byFile.get(site.file) ?? []), { range: rangeOf(site, snapshot), newText }]);
  }
  const uriOf = (file: string) => workspace.uriOf(file);
  if (!client.takesDocumentChanges) {
    return { changes: Object.fromEntries([...byFile].map(([file, changes]) => [uriOf(file), changes])) };
  }
  return {
    documentChanges: [...byFile].map(([file, changes]) => ({
      textDocument: { uri: uriOf(file), version: workspace.versionOf(file) },
      edits: changes,
    })),
  };
}

function intersect(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range["start"], b: Range["start"]): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
