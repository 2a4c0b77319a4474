import { basename } from "node:path";
import * as vscode from "vscode";
import { exportFolder } from "./export-trace.js";

/** Asks where a graph of the panel is to be kept as a picture, and writes it there. */
export async function saveGraph(trace: string, name: string, svg: string): Promise<void> {
  const title = basename(trace).replace(/\.heddletrace$/, "");
  const target = await vscode.window.showSaveDialog({
    title: "Save Graph",
    filters: { SVG: ["svg"] },
    defaultUri: vscode.Uri.joinPath(exportFolder(trace), `${title}-${name}.svg`),
  });
  if (target === undefined) return;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(svg));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`Heddle: ${basename(target.path)} cannot be written: ${reason}`);
  }
}
