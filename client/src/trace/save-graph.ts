import { basename } from "node:path";
import * as vscode from "vscode";
import { exportFolder } from "./export-trace.js";
import { traceTitle } from "./trace-title.js";

/** Asks where a graph of a panel is to be kept as a picture, and writes it there: beside the trace, or what else it is named after. */
export async function saveGraph(of: string, name: string, svg: string): Promise<void> {
  const title = traceTitle(of);
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Save Graph"),
    filters: { SVG: ["svg"] },
    defaultUri: vscode.Uri.joinPath(exportFolder(of), `${title}-${name}.svg`),
  });
  if (target === undefined) return;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(svg));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      vscode.l10n.t("Heddle: {0} cannot be written: {1}", basename(target.path), reason),
    );
  }
}
