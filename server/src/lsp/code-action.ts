import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  CodeActionTriggerKind,
  type Diagnostic,
  LSPErrorCodes,
  MessageType,
  type Range,
  ResponseError,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Edit, Finding, Fix } from "../finding.js";
import { diagnosticSource } from "../protocol.js";
import { diagnosticOf } from "./diagnostic.js";
import { fixAllAction, fixAllEdits, fixAllKind, fixAllOfRule, fixAllOriginOf } from "./fix-all-action.js";
import { located, rangeOf } from "./located-finding.js";
import { refactorActions, refactoringEdits, refactoringOriginOf } from "./refactor-action.js";
import type { Session } from "./session.js";
import { suppressAction, suppressionEdit, suppressionOriginOf } from "./suppress-action.js";
import { workspaceEdit } from "./workspace-edit.js";

/** What leads from a code action back to its fix, on a text that may have changed meanwhile. */
interface Origin {
  readonly uri: string;
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly fix: number;
}

/**
 * `textDocument/codeAction` and `codeAction/resolve`: the fixes of the findings in a range, and the refactorings there. A fix
 * is dear, since its result is analysed before it is offered; the light bulb asks at every move of the cursor, so the edit
 * is made only when the user picks it.
 */
export function answerCodeActions(session: Session): void {
  const { connection, log } = session;
  connection.onCodeAction(log.guard("looking for fixes", [], (params) => actionsFor(params, session)));

  connection.onCodeActionResolve((action) => {
    if (action.edit !== undefined) return action;
    const resolved = log.guard("making a fix", undefined, () => resolvedEdit(action.data, session))();
    if (resolved === "gone") return new ResponseError(LSPErrorCodes.ContentModified, "The text has changed since.");
    if (resolved !== undefined) return { ...action, edit: resolved };
    log.show(MessageType.Info, `"${action.title}" is not possible here: it would make a defect, or not compile.`);
    return action;
  });
}

function actionsFor(params: CodeActionParams, session: Session): CodeAction[] {
  const { context, range, textDocument } = params;
  const { only, triggerKind } = context;
  const isWanted = (kind: string): boolean => only === undefined || only.some((each) => includes(each, kind));
  const mayRefactor =
    only === undefined ||
    only.some((each) => includes(each, CodeActionKind.Refactor) || includes(CodeActionKind.Refactor, each));
  const open = session.workspace.documentOf(textDocument.uri);
  if (open === undefined) return [];
  const fixes = fixesFor(params, isWanted, session);
  // For a bulb that nobody asked for no program is read.
  const isUnasked = triggerKind === CodeActionTriggerKind.Automatic && !session.workspace.isRead(open.file);
  if (!mayRefactor || isUnasked) return fixes;
  return [...fixes, ...atOnce(refactorActions(textDocument.uri, range, isWanted, session), session)];
}

function fixesFor(params: CodeActionParams, isWanted: (kind: string) => boolean, session: Session): CodeAction[] {
  const { client, workspace } = session;
  const { uri } = params.textDocument;
  const { only } = params.context;
  const open = workspace.documentOf(uri);
  if (open === undefined || !(isWanted(CodeActionKind.QuickFix) || isWanted(fixAllKind))) return [];
  // The light bulb asks everywhere, and where nothing is found no program is needed to say so.
  const found = workspace.lookAt(open.file).findings;
  // What runs on save is asked for by its kind; in the list of fixes it would only be in the way.
  const all = only !== undefined && isWanted(fixAllKind) && found.length > 0 ? [fixAllAction(uri)] : [];
  if (!isWanted(CodeActionKind.QuickFix) || !found.some(({ range }) => intersect(range, params.range))) {
    return atOnce(all, session);
  }
  const snapshot = workspace.snapshotOf(open.file);
  const findings = snapshot.findings(open.file);
  const here = findings.filter((finding) => intersect(rangeOf(finding.site, snapshot), params.range));
  const fixes = here.flatMap((finding) => {
    const diagnostic =
      params.context.diagnostics.find((shown) => isOf(shown, finding)) ??
      diagnosticOf(located(finding, snapshot), client, workspace);
    const { ruleId, fingerprint } = finding;
    const own = finding.fixes.map((fix, index): CodeAction => {
      const data: Origin = { uri, ruleId, fingerprint, fix: index };
      return { title: fix.title, kind: CodeActionKind.QuickFix, isPreferred: index === 0, data };
    });
    return [...own, ...fixAllOfRule(uri, finding, findings), suppressAction(uri, finding, session)].map((action) => ({
      ...action,
      diagnostics: [diagnostic],
    }));
  });
  return [...atOnce(fixes, session), ...atOnce(all, session)];
}

/** For an editor that cannot ask for edits later, those that can be made, each with its edit. */
function atOnce(actions: readonly CodeAction[], session: Session): CodeAction[] {
  if (session.client.resolvesEdits) return [...actions];
  return actions.flatMap(({ data, ...action }) => {
    if (data === undefined) return [action];
    const edit = resolvedEdit(data, session);
    return edit === undefined || edit === "gone" ? [] : [{ ...action, edit }];
  });
}

/** The edit behind an action; undefined where none is possible, `gone` where its finding is no longer there. */
function resolvedEdit(data: unknown, session: Session): WorkspaceEdit | "gone" | undefined {
  const { workspace } = session;
  const all = fixAllOriginOf(data);
  if (all !== undefined) {
    const open = workspace.documentOf(all.uri);
    return open === undefined ? "gone" : workspaceEdit(fixAllEdits(all, open, session), session);
  }
  const refactoring = refactoringOriginOf(data);
  if (refactoring !== undefined) {
    const made = refactoringEdits(refactoring, session);
    return made === undefined || made === "gone" ? made : textEdits(made.edits, made.snapshot, session);
  }
  const suppression = suppressionOriginOf(data);
  if (suppression !== undefined) return suppressionEdit(suppression, session) ?? "gone";
  const origin = originOf(data);
  const found = origin && findFix(origin, session);
  return found ? editOf(found.fix, found.snapshot, session) : "gone";
}

/** Kinds are a tree: who asks for one means all below it, and the empty one is everything. */
function includes(asked: string, kind: string): boolean {
  return asked === "" || asked === kind || kind.startsWith(`${asked}.`);
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

function editOf(fix: Fix, snapshot: Snapshot, session: Session): WorkspaceEdit | undefined {
  const edits = fix.edits();
  return edits && textEdits(edits, snapshot, session);
}

function textEdits(edits: readonly Edit[], snapshot: Snapshot, session: Session): WorkspaceEdit {
  const byFile = new Map<string, TextEdit[]>();
  for (const { site, newText } of edits) {
    byFile.set(site.file, [...(byFile.get(site.file) ?? []), { range: rangeOf(site, snapshot), newText }]);
  }
  return workspaceEdit(byFile, session);
}

function intersect(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range["start"], b: Range["start"]): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
