import { type CodeAction, CodeActionKind, type TextEdit, type WorkspaceEdit } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Finding } from "../finding.js";
import { type SuppressParams, suppressCommand, suppressRequest } from "../protocol.js";
import { newSuppression } from "../source/new-suppression.js";
import { rangeOf } from "./located-finding.js";
import type { Session } from "./session.js";
import { workspaceEdit } from "./workspace-edit.js";

/**
 * An action that says in a comment why a finding is none. An editor that asks for the reason gets a command; in others the
 * comment has none yet, and suppresses nothing until the user has written it.
 */
export function suppressAction(uri: string, { ruleId, fingerprint }: Finding, { client }: Session): CodeAction {
  const title = `Suppress ${ruleId} here, with a reason`;
  const params: SuppressParams = { uri, ruleId, fingerprint, reason: "" };
  return {
    title,
    kind: CodeActionKind.QuickFix,
    ...(client.asksForReasons
      ? { command: { title, command: suppressCommand, arguments: [params] } }
      : { data: params }),
  };
}

export function suppressionOriginOf(data: unknown): SuppressParams | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { uri, ruleId, fingerprint, reason } = data as Readonly<Record<string, unknown>>;
  return typeof uri === "string" &&
    typeof ruleId === "string" &&
    typeof fingerprint === "string" &&
    typeof reason === "string"
    ? { uri, ruleId, fingerprint, reason }
    : undefined;
}

/** `heddle/suppress`: the edit, for a reason that the user was asked for. */
export function answerSuppress(session: Session): void {
  session.connection.onRequest(
    suppressRequest,
    session.log.guard("suppressing a finding", null, (params: SuppressParams): WorkspaceEdit | null => {
      const origin = suppressionOriginOf(params);
      return (origin && suppressionEdit(origin, session)) ?? null;
    }),
  );
}

/** Undefined where the finding is gone, or no comment can stand above it. */
export function suppressionEdit(origin: SuppressParams, session: Session): WorkspaceEdit | undefined {
  const { workspace } = session;
  const open = workspace.documentOf(origin.uri);
  if (open === undefined) return undefined;
  const snapshot = workspace.snapshotOf(open.file);
  const finding = snapshot
    .findings(open.file)
    .find(({ ruleId, fingerprint }) => ruleId === origin.ruleId && fingerprint === origin.fingerprint);
  const edit = finding && commentFor(finding, snapshot, origin.reason);
  return edit && workspaceEdit(new Map([[open.file, [edit]]]), session);
}

function commentFor({ site, ruleId }: Finding, snapshot: Snapshot, reason: string): TextEdit | undefined {
  // A comment of one line; what is pasted may have more.
  const said = reason.replace(/\s+/g, " ").replaceAll("*/", "* /").trim();
  const edit = newSuppression(snapshot.text(site.file) ?? "", site, ruleId, said);
  return edit && { range: rangeOf(edit.site, snapshot), newText: edit.newText };
}
