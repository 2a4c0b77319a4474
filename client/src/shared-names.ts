import * as vscode from "vscode";
import type { SemanticTokens } from "vscode-languageclient/node";
import { documents, type Server } from "./server.js";
import { type NamedToken, withModifiers } from "./token-modifiers.js";

/** What VS Code and TypeScript have; a kind that is not among them stays uncoloured where we have something to say. */
const legend = new vscode.SemanticTokensLegend(
  [
    ...["namespace", "class", "enum", "interface", "struct", "typeParameter", "type", "parameter", "variable"],
    ...["property", "enumMember", "decorator", "event", "function", "method", "macro", "label", "comment", "string"],
    ...["keyword", "number", "regexp", "operator", "member"],
  ],
  [
    ...["declaration", "definition", "readonly", "static", "deprecated", "abstract", "async", "modification"],
    ...["documentation", "defaultLibrary", "local", "shared", "guarded"],
  ],
);

/** What the server has, as its own legend says. */
const ownLegend = { types: ["variable", "property"], modifiers: ["declaration", "shared", "guarded"] } as const;

/** How long the colours of others wait for ours, in milliseconds. What comes later is shown when it comes. */
const patience = 100;
/** Milliseconds: findings come in bursts. */
const pause = 300;

interface Known {
  readonly version: number;
  readonly tokens: Promise<readonly NamedToken[] | undefined>;
}

/**
 * Colours of what several threads use. VS Code takes one tool's word for the names of a file, and that is TypeScript's: so
 * TypeScript is asked, and what it says is handed on with our modifiers.
 */
export class SharedNames implements vscode.Disposable, vscode.DocumentRangeSemanticTokensProvider {
  readonly #server: Server;
  readonly #known = new Map<string, Known>();
  readonly #others = new OthersTokens();
  /** Those that somebody waited for in vain: they are shown when they come. */
  readonly #late = new WeakSet<Promise<unknown>>();
  readonly #subscriptions: vscode.Disposable;
  #registration: vscode.Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Server, onDidChangeFindings: vscode.Event<void>) {
    this.#server = server;
    this.#subscriptions = vscode.Disposable.from(
      server.onDidChangeState(() => this.#lookAgain()),
      onDidChangeFindings(() => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#compare(), pause);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#known.delete(uri.toString())),
    );
    this.#register();
  }

  async provideDocumentRangeSemanticTokens(
    document: vscode.TextDocument,
    range: vscode.Range,
  ): Promise<vscode.SemanticTokens | undefined> {
    // Our own question, below: it is for the others.
    if (isMarked(document, range)) return undefined;
    const tokens = await this.#soon(this.#tokensOf(document));
    const ours = tokens.filter(({ line }) => line >= range.start.line && line <= range.end.line);
    // Without anything to add, what the others tell VS Code itself is all there is.
    return ours.length === 0 ? undefined : encoded(withModifiers(await this.#others.tokensIn(document, range), ours));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#others.dispose();
    this.#registration?.dispose();
    this.#subscriptions.dispose();
  }

  async #soon(tokens: Known["tokens"]): Promise<readonly NamedToken[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), patience);
    });
    const found = await Promise.race([tokens, late]);
    clearTimeout(timer);
    if (found !== "late") return found ?? [];
    if (!this.#late.has(tokens)) {
      this.#late.add(tokens);
      void tokens.then((now) => {
        if (now !== undefined && now.length > 0) this.#register();
      });
    }
    return [];
  }

  /** Anew: VS Code asks for colours again when a provider comes, and has no other way to be told. */
  #register(): void {
    this.#registration?.dispose();
    this.#registration = vscode.languages.registerDocumentRangeSemanticTokensProvider(documents, this, legend);
  }

  #lookAgain(): void {
    this.#known.clear();
    if (this.#server.state.kind === "ready") this.#register();
  }

  /** An edit elsewhere may have changed what is shared in a file that nobody edits. */
  async #compare(): Promise<void> {
    let isOld = false;
    for (const { document } of vscode.window.visibleTextEditors) {
      const known = this.#known.get(document.uri.toString());
      if (known?.version !== document.version) continue;
      this.#known.delete(document.uri.toString());
      const [before, now] = await Promise.all([known.tokens, this.#tokensOf(document)]);
      isOld ||= JSON.stringify(before ?? []) !== JSON.stringify(now ?? []);
    }
    if (isOld) this.#register();
  }

  #tokensOf(document: vscode.TextDocument): Promise<readonly NamedToken[] | undefined> {
    const key = document.uri.toString();
    const known = this.#known.get(key);
    if (known?.version === document.version) return known.tokens;
    const tokens = this.#server
      .request<SemanticTokens | null>("textDocument/semanticTokens/full", { textDocument: { uri: key } })
      .then((found) => (found ? decoded(found.data, ownLegend.types, ownLegend.modifiers) : undefined));
    if (this.#server.state.kind === "ready") this.#known.set(key, { version: document.version, tokens });
    return tokens;
  }
}

/** What is asked of the others goes beyond the end of its last line, which nobody else does. */
function isMarked(document: vscode.TextDocument, { end }: vscode.Range): boolean {
  return end.character > document.lineAt(Math.min(end.line, document.lineCount - 1)).text.length;
}

/** What TypeScript's extension, or whoever VS Code listens to, says of the names in a part of a document. */
class OthersTokens implements vscode.Disposable {
  /** By language: to ask for a legend is to ask for the tokens once more. */
  readonly #legends = new Map<string, vscode.SemanticTokensLegend>();
  readonly #subscription = vscode.extensions.onDidChange(() => this.#legends.clear());

  async tokensIn(document: vscode.TextDocument, range: vscode.Range): Promise<readonly NamedToken[]> {
    const { text } = document.lineAt(Math.min(range.end.line, document.lineCount - 1));
    const marked = new vscode.Range(range.start, new vscode.Position(range.end.line, text.length + 1));
    const ask = <T>(command: string): Thenable<T | undefined> =>
      vscode.commands.executeCommand<T | undefined>(command, document.uri, marked);
    try {
      const tokens = await ask<vscode.SemanticTokens>("vscode.provideDocumentRangeSemanticTokens");
      if (tokens === undefined) return [];
      const known = this.#legends.get(document.languageId);
      const its = known ?? (await ask<vscode.SemanticTokensLegend>("vscode.provideDocumentRangeSemanticTokensLegend"));
      if (its === undefined) return [];
      this.#legends.set(document.languageId, its);
      return decoded(tokens.data, its.tokenTypes, its.tokenModifiers);
    } catch {
      // They failed, and are asked again with the next change: until then there are ours.
      return [];
    }
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}

function decoded(data: ArrayLike<number>, types: readonly string[], modifiers: readonly string[]): NamedToken[] {
  const tokens: NamedToken[] = [];
  let [line, start] = [0, 0];
  for (let at = 0; at + 4 < data.length; at += 5) {
    const [lines = 0, characters = 0, length = 0, type = 0, bits = 0] = Array.from(
      { length: 5 },
      (_, i) => data[at + i],
    );
    start = lines === 0 ? start + characters : characters;
    line += lines;
    const its = modifiers.filter((_, bit) => (bits >> bit) & 1);
    tokens.push({ line, start, length, type: types[type] ?? "", modifiers: its });
  }
  return tokens;
}

function encoded(tokens: readonly NamedToken[]): vscode.SemanticTokens {
  const builder = new vscode.SemanticTokensBuilder(legend);
  for (const { line, start, length, type, modifiers } of tokens) {
    if (!legend.tokenTypes.includes(type)) continue;
    const range = new vscode.Range(line, start, line, start + length);
    builder.push(
      range,
      type,
      modifiers.filter((each) => legend.tokenModifiers.includes(each)),
    );
  }
  return builder.build();
}
