import { type CompletionItem, CompletionItemKind, type TextEdit } from "vscode-languageserver/node";
import { TAGS } from "../source/annotations.js";
import type { Session } from "./session.js";

/** What each tag says. */
const meanings: Readonly<Record<(typeof TAGS)[number], string>> = {
  guardedBy: "is used only under the lock",
  requires: "whoever calls it holds the lock",
  requiresShared: "whoever calls it holds the lock, if only to read",
  benignRace: "may be used without a lock, for a reason",
  threadSafe: "takes care of itself",
  threadConfined: "runs on main, or on workers, alone",
};

/** `textDocument/completion`, inside JSDoc comments alone: the tags, and behind those about locks the locks in scope. */
export function answerCompletions({ connection, log, workspace }: Session): void {
  connection.onCompletion(
    log.guard("completing an annotation", null, ({ textDocument, position }): CompletionItem[] | null => {
      const open = workspace.documentOf(textDocument.uri);
      if (open === undefined) return null;
      const line = open.document.getText({ start: { line: position.line, character: 0 }, end: position });
      // Most questions come from code, and need no program to be answered.
      const [, tag, word] = /(?:\/\*\*|^\s*\*).*?@(\w*)(?:[ \t]+([\w$#.]*))?$/.exec(line) ?? [];
      if (tag === undefined) return null;
      const replace = (typed: string, newText: string): TextEdit => ({
        range: { start: { ...position, character: position.character - typed.length }, end: position },
        newText,
      });
      if (word === undefined) {
        return TAGS.map((name) => ({
          label: `@${name}`,
          detail: meanings[name],
          kind: CompletionItemKind.Keyword,
          filterText: `@${name}`,
          textEdit: replace(`@${tag}`, `@${name}`),
        }));
      }
      if (tag === "threadConfined")
        return ["main", "worker"].map((name) => ({ label: name, textEdit: replace(word, name) }));
      if (tag !== "guardedBy" && tag !== "requires" && tag !== "requiresShared") return null;
      const { file, document } = open;
      const locks = workspace.snapshotOf(file).knowledge.annotationWords(file, document.offsetAt(position));
      const items = locks.map(
        (name): CompletionItem => ({
          label: name,
          detail: "a lock",
          kind: CompletionItemKind.Variable,
          textEdit: replace(word, name),
        }),
      );
      const atomics = { label: "atomics", detail: "operations of Atomics alone", textEdit: replace(word, "atomics") };
      return tag === "guardedBy" ? [...items, atomics] : items;
    }),
  );
}
