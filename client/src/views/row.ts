import * as vscode from "vscode";
import type { Location } from "../../../server/src/protocol.js";
import { locationOf } from "../lock-users.js";

/** A line of a view about the workspace. */
export interface Row {
  /** The same for the same thing in the next answer, so that what is open and selected stays so. */
  readonly id: string;
  readonly label: string;
  /** Behind the label; may be empty. */
  readonly description: string;
  readonly icon: vscode.ThemeIcon | undefined;
  /** What a click, or Enter, opens. */
  readonly place?: Location | undefined;
  /** Read out before the label, where the icon alone tells something. */
  readonly spoken?: string;
  /** Whether it is open at first. */
  readonly isOpen?: boolean;
  /** Whether the label is a file of this name; it then has the file's icon. */
  readonly file?: vscode.Uri;
  readonly rows: readonly Row[];
}

export function treeItem({ id, label, description, icon, place, spoken, isOpen, file, rows }: Row): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, rows.length === 0 ? None : isOpen === true ? Expanded : Collapsed);
  const said = [spoken, label, description].filter((part) => part !== undefined && part !== "").join(", ");
  item.id = id;
  item.description = description;
  item.tooltip = [label, description].filter((part) => part !== "").join("\n");
  item.accessibilityInformation = { label: said };
  if (icon !== undefined) item.iconPath = icon;
  if (file !== undefined) {
    item.iconPath = vscode.ThemeIcon.File;
    item.resourceUri = file;
  }
  if (place !== undefined) {
    const { uri, range } = locationOf(place);
    item.command = {
      command: "vscode.open",
      title: vscode.l10n.t("Open the Line"),
      arguments: [uri, { selection: range } satisfies vscode.TextDocumentShowOptions],
    };
  }
  return item;
}

/** The last part of the path, and the line: `deadlock.ts:21`. */
export function placeText({ uri, range }: Location): string {
  const { path } = vscode.Uri.parse(uri);
  return `${path.slice(path.lastIndexOf("/") + 1)}:${range.start.line + 1}`;
}
