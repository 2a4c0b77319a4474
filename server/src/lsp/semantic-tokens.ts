import type { Range, SemanticTokens, SemanticTokensLegend } from "vscode-languageserver/node";
import { SemanticTokensBuilder } from "vscode-languageserver/node";
import type { Session } from "./session.js";

const types = ["variable", "property"] as const;
/** `shared`: several threads use it. `guarded`: wherever that matters one and the same lock is held. */
const modifiers = ["declaration", "shared", "guarded"] as const;

export const semanticTokensLegend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

/** `textDocument/semanticTokens`: the names of what several threads use, and nothing else: the rest is other servers' business. */
export function answerSemanticTokens({ connection, log, workspace, diagnostics, margin }: Session): void {
  const none: SemanticTokens = { data: [] };
  const tokensIn = log.guard("telling shared names", none, (file: string, within: Range | undefined) => {
    const builder = new SemanticTokensBuilder();
    for (const { range, isProperty, isDeclaration, isGuarded } of margin.notesOf(file).shared) {
      const { start, end } = range;
      if (within && (end.line < within.start.line || start.line > within.end.line)) continue;
      const type = isProperty ? 1 : 0;
      const bits = Number(isDeclaration) | 2 | (isGuarded ? 4 : 0);
      builder.push(start.line, start.character, end.character - start.character, type, bits);
    }
    return builder.build();
  });
  const answer = async (uri: string, within: Range | undefined): Promise<SemanticTokens> => {
    const open = workspace.documentOf(uri);
    if (open === undefined) return none;
    if (!(await diagnostics.firstLook(open.file))) return none;
    return tokensIn(open.file, within);
  };
  connection.languages.semanticTokens.on(({ textDocument }) => answer(textDocument.uri, undefined));
  connection.languages.semanticTokens.onRange(({ textDocument, range }) => answer(textDocument.uri, range));
}
