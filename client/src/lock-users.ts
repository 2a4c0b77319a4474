import * as vscode from "vscode";
import { type LockUsers, type LockUsersParams, lockUsersRequest } from "../../server/src/protocol.js";
import { documents, type Server } from "./server.js";

const commands = {
  "heddle.whoAcquires": "acquirers",
  "heddle.whoCanHold": "holders",
} as const satisfies Record<string, LockUsersParams["who"]>;

/**
 * _Who Acquires This Lock_ and _Who Can Hold It Here_, for the lock that is taken or given back at the cursor. They are
 * commands and no call hierarchy: of that VS Code asks a single tool, which is TypeScript's.
 */
export function registerLockUsers(server: Server): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([command, who]) =>
      vscode.commands.registerCommand(command, () => showUsers(server, who)),
    ),
  );
}

async function showUsers(server: Server, who: LockUsersParams["who"]): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || vscode.languages.match(documents, editor.document) === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("Put the cursor on a lock in a TypeScript or JavaScript file first."),
    );
    return;
  }
  const { document, selection } = editor;
  const params: LockUsersParams = { textDocument: { uri: document.uri.toString() }, position: selection.active, who };
  const found = await server.request<LockUsers | null>(lockUsersRequest, params);
  if (found === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("Heddle's language server is not ready. Its status item says why."),
    );
  } else if (found === null) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("No lock is taken or given back here. Put the cursor on such a call."),
    );
  } else if (found.places.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No other thread that Heddle knows of takes "{0}".', found.lock),
    );
  } else {
    await peek(document.uri, selection.active, found.places.map(locationOf));
  }
}

/** Shows places in a box beside one. */
export async function peek(
  uri: vscode.Uri,
  position: vscode.Position,
  places: readonly vscode.Location[],
): Promise<void> {
  await vscode.commands.executeCommand("editor.action.peekLocations", uri, position, places, "peek");
}

export function locationOf({ uri, range: { start, end } }: LockUsers["places"][number]): vscode.Location {
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  return new vscode.Location(vscode.Uri.parse(uri), range);
}
