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

    const coloured = await sharedNamesOf(shared);
    // What TypeScript says of them stays.
    ok(coloured.includes("variable num readonly shared"), coloured.join(" | "));

    const [item] = await vscode.commands.executeCommand<vscode.CallHierarchyItem[]>(
      "vscode.prepareCallHierarchy",
      shared.uri,
      placeOf(shared, "oneTogether()"),
    );
    equal(item?.name, "oneTogether");
  },
};

/** The names that are coloured as shared, with all that is said of them; they come when server and TypeScript are there. */
async function sharedNamesOf(document: vscode.TextDocument): Promise<readonly string[]> {
  const whole = document.lineAt(document.lineCount - 1).range.end;
  const range = new vscode.Range(new vscode.Position(0, 0), whole);
  const end = Date.now() + 120_000;
  for (;;) {
    const ask = <T>(command: string): Thenable<T | undefined> =>
      vscode.commands.executeCommand<T | undefined>(command, document.uri, range);
    const tokens = await ask<vscode.SemanticTokens>("vscode.provideDocumentRangeSemanticTokens");
    const legend = await ask<vscode.SemanticTokensLegend>("vscode.provideDocumentRangeSemanticTokensLegend");
    const names = tokens === undefined || legend === undefined ? [] : decoded(document, tokens, legend);
    const shared = names.filter((name) => name.includes(" shared"));
    // Functions are TypeScript's to tell.
    if (shared.length > 0 && names.some((name) => name.startsWith("function "))) return shared;
    ok(Date.now() < end, `There is: ${names.join(" | ")}`);
  }
}

function decoded(
  document: vscode.TextDocument,
  { data }: vscode.SemanticTokens,
  { tokenTypes, tokenModifiers }: vscode.SemanticTokensLegend,
): readonly string[] {
  let [line, start] = [0, 0];
  return Array.from({ length: data.length / 5 }, (_, i) => {
    const [lines = 0, characters = 0, length = 0, type = 0, bits = 0] = data.subarray(i * 5, i * 5 + 5);
    start = lines === 0 ? start + characters : characters;
    line += lines;
    const modifiers = tokenModifiers.filter((_, bit) => (bits >> bit) & 1);
    return [tokenTypes[type], document.lineAt(line).text.slice(start, start + length), ...modifiers].join(" ");
  });
}

function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().indexOf(text);
  ok(offset >= 0, text);
  return document.positionAt(offset + 2);
}

function markdownOf(content: vscode.MarkdownString | vscode.MarkedString): string {
  return typeof content === "string" ? content : content.value;
}
