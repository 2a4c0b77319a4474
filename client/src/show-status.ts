import * as vscode from "vscode";
import { type ServerStatus, statusRequest } from "../../server/src/protocol.js";
import type { Server, ServerState } from "./server.js";

const scheme = "heddle-status";
const address = vscode.Uri.parse(`${scheme}:Heddle Status`);

/**
 * The command _Heddle: Show Status_: how the server is, as a text that can be read aloud, searched and copied into a report.
 * It is written anew whenever the command runs.
 */
export function registerShowStatus(server: Server): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let text = "";
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => text,
    }),
    vscode.commands.registerCommand("heddle.showStatus", async () => {
      text = statusText(server.state, await server.request<ServerStatus | null>(statusRequest, {}));
      changed.fire(address);
      // No preview: that would take the place of a file that is only looked at, and with it its findings.
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(address), { preview: false });
    }),
  );
}

const states: Record<ServerState["kind"], string> = {
  waiting: "The language server starts when there is TypeScript or JavaScript to look at.",
  starting: "The language server is starting.",
  ready: "The language server is ready.",
  stopped: "The language server is stopped.",
  failed: "The language server has failed.",
};

function statusText(state: ServerState, status: ServerStatus | null | undefined): string {
  const lines = [state.kind === "failed" ? `${states.failed} ${state.reason}` : states[state.kind], ""];
  if (status) {
    const { version, processId, megabytes, openFiles, projects, lastError } = status;
    lines.push(
      `Version: ${version}`,
      `Process: ${processId}, ${megabytes} MB of memory`,
      `Open files: ${openFiles}`,
      "",
      projects.length === 0 ? "No project is in memory." : "Projects in memory:",
      ...projects.map(({ name, files, milliseconds }) => {
        const time =
          milliseconds === undefined
            ? "as the last server found it"
            : `last looked at in ${Math.round(milliseconds)} ms`;
        return `- ${name}: ${files} files, ${time}`;
      }),
      "",
      lastError === undefined ? "Nothing has failed." : `Last error: ${lastError}`,
    );
  } else if (state.kind === "ready") {
    lines.push("It gave no answer. The log may say why.");
  }
  return [...lines, "", 'The command "Heddle: Show Log" says what happened before.', ""].join("\n");
}
