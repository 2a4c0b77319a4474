import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import type { Place } from "../../shared/snapshot.js";
import { isPlace } from "./panel-message.js";
import { traceViewType } from "./trace-view-type.js";

export const openPlaceCommand = "heddle.openTracePlace";

/** The command behind the rows of the views. It is not in the palette: it needs a place. */
export function registerOpenPlace(): vscode.Disposable {
  return vscode.commands.registerCommand(openPlaceCommand, async (place: unknown) => {
    // Any extension, and any trusted Markdown, may run commands.
    if (isPlace(place)) await openPlace(place);
  });
}

/** Shows a line of the source, with the cursor at it, and says so where it is not to be found. */
export async function openPlace({ file, line, column }: Place): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  try {
    if (!isAbsolute(file)) throw new Error(vscode.l10n.t("its folder is not known"));
    const uri = vscode.Uri.file(file);
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), viewColumn: columnFor(uri) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const said = vscode.l10n.t("Heddle: {0}, which the trace names, cannot be opened: {1}", file, reason);
    // VS Code makes links of messages, also to commands, and the trace may be anybody's.
    void vscode.window.showErrorMessage(said.replaceAll("](", "] ("));
  }
}

/** Where the file is shown already, else where the trace is not. */
function columnFor(uri: vscode.Uri): vscode.ViewColumn {
  const groups = vscode.window.tabGroups.all;
  const shows = ({ tabs }: vscode.TabGroup): boolean =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
  const isTrace = ({ activeTab }: vscode.TabGroup): boolean =>
    activeTab?.input instanceof vscode.TabInputCustom && activeTab.input.viewType === traceViewType;
  const group = groups.find(shows) ?? groups.find((each) => !isTrace(each));
  return group?.viewColumn ?? vscode.ViewColumn.Beside;
}
