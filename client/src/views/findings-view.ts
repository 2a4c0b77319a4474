import * as vscode from "vscode";
import { type FindingsParams, findingsRequest, type WorkspaceFindings } from "../../../server/src/protocol.js";
import type { Server } from "../server.js";
import { filtered, findingRows, type Grouping, groupings } from "./finding-rows.js";
import { type Shown, WorkspaceView } from "./workspace-view.js";

/** What the menus and the welcome text of the manifest ask about. */
const groupingContext = "heddle.findingsBy";
const filterContext = "heddle.findingsFiltered";

/** Where the last grouping is kept, with what else is kept of the workspace. */
const groupingKey = "findingsBy";

/** The view _Findings_: all that is found in the workspace, by rule, file or lock, as far as the filter lets it through. */
export function registerFindingsView(context: vscode.ExtensionContext, server: Server): vscode.Disposable {
  const kept = context.workspaceState.get<string>(groupingKey);
  let by: Grouping = groupings.find((each) => each === kept) ?? "rule";
  let filter = "";
  const view = new WorkspaceView<WorkspaceFindings>(
    "heddle.findings",
    server,
    (token) =>
      server.request<WorkspaceFindings>(findingsRequest, { withLocks: by === "lock" } satisfies FindingsParams, token),
    (answer) => shownFindings(answer, by, filter),
  );
  const tell = (): void => {
    void vscode.commands.executeCommand("setContext", groupingContext, by);
    void vscode.commands.executeCommand("setContext", filterContext, filter !== "");
  };
  const groupBy = async (next: Grouping): Promise<void> => {
    const asksMore = next === "lock" && by !== "lock";
    by = next;
    tell();
    if (asksMore) view.askAgain();
    else view.showAgain();
    await context.workspaceState.update(groupingKey, next);
  };
  const filterBy = (text: string): void => {
    if (text === filter) return;
    filter = text;
    tell();
    view.showAgain();
  };
  tell();
  return vscode.Disposable.from(
    view,
    vscode.commands.registerCommand("heddle.findingsByRule", () => groupBy("rule")),
    vscode.commands.registerCommand("heddle.findingsByFile", () => groupBy("file")),
    vscode.commands.registerCommand("heddle.findingsByLock", () => groupBy("lock")),
    vscode.commands.registerCommand("heddle.filterFindings", () => askForFilter(filter, filterBy)),
    vscode.commands.registerCommand("heddle.clearFindingsFilter", () => filterBy("")),
  );
}

function shownFindings({ findings, total }: WorkspaceFindings, by: Grouping, filter: string): Shown {
  const passing = filtered(findings, filter);
  const count =
    passing.length === total
      ? String(total)
      : vscode.l10n.t("{0} of {1}", passing.length.toLocaleString("en-US"), total.toLocaleString("en-US"));
  return { rows: findingRows(passing, by), description: filter === "" ? count : `${count} · “${filter}”` };
}

/** The view follows while somebody types; with Escape it is again what it was. */
async function askForFilter(before: string, filterBy: (text: string) => void): Promise<void> {
  const input = vscode.window.createInputBox();
  input.title = vscode.l10n.t("Filter Findings");
  input.placeholder = vscode.l10n.t("Words of the rule, the message, the file or the lock");
  input.value = before;
  await new Promise<void>((resolve) => {
    let isAccepted = false;
    input.onDidChangeValue((text) => filterBy(text.trim()));
    input.onDidAccept(() => {
      isAccepted = true;
      input.hide();
    });
    input.onDidHide(() => {
      if (!isAccepted) filterBy(before);
      resolve();
    });
    input.show();
  });
  input.dispose();
}
