import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { RulePages } from "./rule-pages.js";

/** What is to be said beside a finding of the language server. */
export interface Note {
  readonly message: string;
  readonly related: readonly vscode.DiagnosticRelatedInformation[];
}

interface Shown {
  readonly uri: vscode.Uri;
  /** As the server sent them. */
  readonly diagnostics: readonly vscode.Diagnostic[];
  readonly show: (uri: vscode.Uri, diagnostics: vscode.Diagnostic[]) => void;
}

/**
 * The findings of the language server on their way into the editor: their rules lead to our pages, and what was seen of
 * them in a run is added, so that nobody is told of one defect twice.
 */
export class StaticFindings implements vscode.Disposable {
  readonly #pages: RulePages;
  /** By the file's address. */
  readonly #shown = new Map<string, Shown>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** Other findings came, or went. */
  readonly onDidChange = this.#changed.event;
  /** By `keyOf`. */
  #notes: ReadonlyMap<string, Note> = new Map();

  constructor(pages: RulePages) {
    this.#pages = pages;
  }

  readonly middleware: Middleware = {
    handleDiagnostics: (uri, diagnostics, next) => {
      const linked = this.#pages.linked(diagnostics);
      if (linked.length === 0) this.#shown.delete(uri.toString());
      else this.#shown.set(uri.toString(), { uri, diagnostics: linked, show: next });
      next(uri, this.#noted(uri, linked));
      this.#changed.fire();
    },
  };

  /** Whether the editor shows a finding now. */
  shows(file: string, fingerprint: string): boolean {
    const shown = this.#shown.get(vscode.Uri.file(file).toString());
    return shown?.diagnostics.some((each) => fingerprintOf(each) === fingerprint) === true;
  }

  /** Adds these notes to what is shown and will be, and takes all others away. Their keys come from `noteKey`. */
  note(notes: ReadonlyMap<string, Note>): void {
    this.#notes = notes;
    for (const { uri, diagnostics, show } of this.#shown.values()) show(uri, this.#noted(uri, diagnostics));
  }

  /** The server that sent them is gone, and takes them along. */
  forget(): void {
    this.#shown.clear();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #noted(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): vscode.Diagnostic[] {
    return diagnostics.map((diagnostic) => {
      const note = this.#notes.get(noteKey(uri.fsPath, fingerprintOf(diagnostic) ?? ""));
      if (note === undefined) return diagnostic;
      // What the client puts into it, by which fixes are found, has to stay.
      const noted: vscode.Diagnostic = Object.assign(Object.create(Object.getPrototypeOf(diagnostic)), diagnostic);
      noted.message = `${diagnostic.message}\n${note.message}`;
      noted.relatedInformation = [...(diagnostic.relatedInformation ?? []), ...note.related];
      return noted;
    });
  }
}

/** By which a note finds its finding. */
export function noteKey(file: string, fingerprint: string): string {
  return `${fingerprint} ${vscode.Uri.file(file).toString()}`;
}

/** The client keeps what the server attached. */
function fingerprintOf(diagnostic: vscode.Diagnostic): string | undefined {
  const { data } = diagnostic as { readonly data?: unknown };
  if (typeof data !== "object" || data === null || !("fingerprint" in data)) return undefined;
  return typeof data.fingerprint === "string" ? data.fingerprint : undefined;
}
