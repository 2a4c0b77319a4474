import { existsSync, readdirSync } from "node:fs";
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

const command = "heddle.openRulePage";

/**
 * The rules' documentation as packaged with the server. LSP knows an address for a diagnostic's page and no more, which
 * VS Code would hand to a browser or show as plain text; here the link opens the page rendered, beside the code.
 */
export class RulePages {
  readonly #folder: vscode.Uri;
  readonly #rules: ReadonlySet<string>;

  constructor(extension: vscode.Uri) {
    this.#folder = vscode.Uri.joinPath(extension, "server", "dist", "rules");
    this.#rules = new Set(rulesWithPage(this.#folder));
  }

  readonly middleware: Middleware = {
    handleDiagnostics: (uri, diagnostics, next) => {
      next(uri, this.#linked(diagnostics));
    },
  };

  /** The command behind the links. It is not in the palette: it needs a rule. */
  registerOpen(): vscode.Disposable {
    return vscode.commands.registerCommand(command, async (rule: unknown) => {
      // Any extension, and any trusted Markdown, may run commands: only a page that exists is opened.
      if (typeof rule !== "string" || !this.#rules.has(rule)) return;
      await vscode.commands.executeCommand(
        "markdown.showPreviewToSide",
        vscode.Uri.joinPath(this.#folder, `${rule}.md`),
      );
    });
  }

  #linked(diagnostics: vscode.Diagnostic[]): vscode.Diagnostic[] {
    // Whoever set a base of their own has pages of their own there.
    if (vscode.workspace.getConfiguration("heddle").get<string>("docsBase", "") !== "") return diagnostics;
    for (const diagnostic of diagnostics) {
      const code = diagnostic.code;
      if (typeof code !== "object" || !this.#rules.has(String(code.value))) continue;
      const query = encodeURIComponent(JSON.stringify([code.value]));
      diagnostic.code = { value: code.value, target: vscode.Uri.parse(`command:${command}?${query}`) };
    }
    return diagnostics;
  }
}

function rulesWithPage(folder: vscode.Uri): string[] {
  // Missing where the server was not built yet; that it cannot start then says what is wrong.
  if (!existsSync(folder.fsPath)) return [];
  return readdirSync(folder.fsPath)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -".md".length));
}
