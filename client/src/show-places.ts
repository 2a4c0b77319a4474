import * as vscode from "vscode";
import { type LockUsers, showPlacesCommand } from "../../server/src/protocol.js";
import { locationOf, peek } from "./lock-users.js";

/** The command behind the code lenses of the language server. It is not in the palette: it needs places. */
export function registerShowPlaces(): vscode.Disposable {
  return vscode.commands.registerCommand(
    showPlacesCommand,
    async (uri: string, { line, character }: { line: number; character: number }, places: LockUsers["places"]) => {
      await peek(vscode.Uri.parse(uri), new vscode.Position(line, character), places.map(locationOf));
    },
  );
}
