import type { ClientCapabilities } from "vscode-languageserver/node";

/** What the editor can do, as it said in `initialize`. Until then: nothing. */
export class Client {
  #capabilities: ClientCapabilities = {};
  /** It has the command that shows places. */
  showsPlaces = false;
  /** It has the command that asks for the reason of a suppression. */
  asksForReasons = false;
  /** It lets several tools answer for a call hierarchy; VS Code asks one, and that is TypeScript's. */
  asksForCallHierarchy = true;
  /** It puts together what several tools say of the same names; VS Code takes one tool's word, and that is TypeScript's. */
  asksForSemanticTokens = true;
  /** It wants to ask for findings; most editors that can do so take those that are sent as well, and would show both. */
  asksForDiagnostics = false;

  set capabilities(capabilities: ClientCapabilities) {
    this.#capabilities = capabilities;
  }

  /** It answers `workspace/configuration`. */
  get hasConfiguration(): boolean {
    return this.#capabilities.workspace?.configuration ?? false;
  }

  get registersConfiguration(): boolean {
    return this.#capabilities.workspace?.didChangeConfiguration?.dynamicRegistration ?? false;
  }

  get registersWatchers(): boolean {
    return this.#capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
  }

  get hasFolders(): boolean {
    return this.#capabilities.workspace?.workspaceFolders ?? false;
  }

  get showsRelated(): boolean {
    return this.#capabilities.textDocument?.publishDiagnostics?.relatedInformation ?? false;
  }

  /** A code action may be sent without its edit, which is asked for when the user picks it. */
  get resolvesEdits(): boolean {
    return this.#capabilities.textDocument?.codeAction?.resolveSupport?.properties.includes("edit") ?? false;
  }

  /** Edits may name the version of the document they are for. */
  get takesDocumentChanges(): boolean {
    return this.#capabilities.workspace?.workspaceEdit?.documentChanges ?? false;
  }

  get rendersMarkdown(): boolean {
    return this.#capabilities.textDocument?.hover?.contentFormat?.includes("markdown") ?? false;
  }

  get refreshesHints(): boolean {
    return this.#capabilities.workspace?.inlayHint?.refreshSupport ?? false;
  }

  get refreshesLenses(): boolean {
    return this.#capabilities.workspace?.codeLens?.refreshSupport ?? false;
  }

  get refreshesTokens(): boolean {
    return this.#capabilities.workspace?.semanticTokens?.refreshSupport ?? false;
  }

  /** It asks for findings and is sent none. */
  get pullsDiagnostics(): boolean {
    return this.asksForDiagnostics && this.#capabilities.textDocument?.diagnostic !== undefined;
  }

  /** It asks for all findings again when it is told to. */
  get refreshesDiagnostics(): boolean {
    return this.#capabilities.workspace?.diagnostics?.refreshSupport ?? false;
  }

  get showsProgress(): boolean {
    return this.#capabilities.window?.workDoneProgress ?? false;
  }
}
