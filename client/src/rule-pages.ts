import { existsSync, readdirSync } from "node:fs";
import * as vscode from "vscode";

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

  /** The code of a diagnostic that is about a rule, with a link to the rule's page. */
  codeOf(rule: string): NonNullable<vscode.Diagnostic["code"]> {
    const base = ownBase();
    if (base !== "") return { value: rule, target: vscode.Uri.parse(`${base.replace(/\/$/, "")}/${rule}.md`) };
    const query = encodeURIComponent(JSON.stringify([rule]));
    return this.#rules.has(rule) ? { value: rule, target: vscode.Uri.parse(`command:${command}?${query}`) } : rule;
  }

  /** The same with links to pages. */
  linked(diagnostics: vscode.Diagnostic[]): vscode.Diagnostic[] {
    if (ownBase() !== "") return diagnostics;
    for (const diagnostic of diagnostics) {
      const code = diagnostic.code;
      if (typeof code !== "object" || !this.#rules.has(String(code.value))) continue;
      diagnostic.code = this.codeOf(String(code.value));
    }
    return diagnostics;
  }
}

/** Whoever set a base of their own has pages of their own there. Empty: ours. */
function ownBase(): string {
  return vscode.workspace.getConfiguration("heddle").get<string>("docsBase", "");
}

function rulesWithPage(folder: vscode.Uri): string[] {
  // Missing where the server was not built yet; that it cannot start then says what is wrong.
  if (!existsSync(folder.fsPath)) return [];
  return readdirSync(folder.fsPath)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -".md".length));
}
