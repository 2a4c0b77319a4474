import * as vscode from "vscode";
import type { Place } from "../../shared/snapshot.js";

/** An edit that made lines more or fewer: what begins there or behind it has moved. */
interface Edit {
  /** Counted from 0. */
  readonly line: number;
  readonly character: number;
  readonly more: number;
}

/** Where places of a run are by now: people edit the lines that a trace names. Knows of what was edited since it was made. */
export class MovedLines implements vscode.Disposable {
  /** By file. */
  readonly #edits = new Map<string, Edit[]>();
  readonly #subscription = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (document.uri.scheme !== "file") return;
    const edits = contentChanges.flatMap(({ range: { start, end }, text }): readonly Edit[] => {
      const more = (text.match(/\n/g)?.length ?? 0) - (end.line - start.line);
      return more === 0 ? [] : [{ line: end.line, character: end.character, more }];
    });
    if (edits.length === 0) return;
    const { fsPath } = document.uri;
    this.#edits.set(fsPath, [...(this.#edits.get(fsPath) ?? []), ...edits]);
  });

  now(place: Place): Place {
    const { file, column } = place;
    let { line } = place;
    for (const edit of this.#edits.get(file) ?? []) {
      const isBehind = line - 1 > edit.line || (line - 1 === edit.line && column - 1 >= edit.character);
      if (isBehind) line = Math.max(1, line + edit.more);
    }
    return { file, line, column };
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
