import { deepEqual, equal, match, ok } from "node:assert/strict";
import * as vscode from "vscode";
import { findingsOnce, open, type Scenario } from "./scenario.js";

export const cursor: Scenario = {
  name: "hovers, hints, lenses, highlights and refactorings know locks, and TypeScript's call hierarchy stays",
  async body() {
    const { document } = await open("deadlock.ts");
    await findingsOnce(document, (found) => found.length > 0);
    const inner = placeOf(document, "mutexB.acquire();");

    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      inner,
    );
    const text = hovers.flatMap(({ contents }) => contents.map(markdownOf)).join("\n");
    match(text, /takes `mutexB`/);
    match(text, /\*\*Holds\*\*\n\n- `mutexA`, taken here \[deadlock\.ts:\d+\]/);

    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      "vscode.executeInlayHintProvider",
      document.uri,
      whole,
    );
    const labels = hints.map(({ label }) => String(label)).filter((label) => label.startsWith("held to line"));
    equal(labels.length, 4, JSON.stringify(hints));

    const highlights = await vscode.commands.executeCommand<vscode.DocumentHighlight[]>(
      "vscode.executeDocumentHighlights",
      document.uri,
      inner,
    );
    deepEqual(highlights.map(({ range }) => document.getText(range)).sort(), [
      "mutexB.acquire()",
      "mutexB.acquire()",
      "mutexB.release()",
      "mutexB.release()",
    ]);

    const outer = placeOf(document, "mutexA.acquire();");
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      new vscode.Range(outer, outer),
      vscode.CodeActionKind.RefactorRewrite.append("heddle").value,
      1,
    );
    deepEqual(
      actions.map(({ title }) => title),
      ["Hold the lock with `using`"],
    );
    ok(actions[0]?.edit?.has(document.uri));

    const shared = (await open("lost-update.ts")).document;
    await findingsOnce(shared, (found) => found.length > 0);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      shared.uri,
    );
    const titles = lenses.map(({ command }) => command?.title ?? "");
    ok(
      titles.some((title) => title.startsWith("used by several threads without a lock")),
      titles.join(" | "),
    );

    const [item] = await vscode.commands.executeCommand<vscode.CallHierarchyItem[]>(
      "vscode.prepareCallHierarchy",
      shared.uri,
      placeOf(shared, "oneTogether()"),
    );
    equal(item?.name, "oneTogether");
  },
};

function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().indexOf(text);
  ok(offset >= 0, text);
  return document.positionAt(offset + 2);
}

function markdownOf(content: vscode.MarkdownString | vscode.MarkedString): string {
  return typeof content === "string" ? content : content.value;
}
