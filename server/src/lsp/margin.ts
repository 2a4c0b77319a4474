import {
  CodeLensRefreshRequest,
  type Connection,
  InlayHintRefreshRequest,
  SemanticTokensRefreshRequest,
} from "vscode-languageserver/node";
import type { Client } from "./client.js";
import type { Log } from "./log.js";
import { type Notes, plainNotes } from "./notes.js";
import type { Workspace } from "./workspace.js";

/**
 * The hints and lenses that an editor shows. It asks for them anew when it edits their file; that an edit elsewhere has
 * changed them it has to be told.
 */
export class Margin {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #log: Log;
  readonly #workspace: Workspace;
  /** Of each file what was answered last, as text. */
  readonly #shown = new Map<string, string>();

  constructor(connection: Connection, client: Client, log: Log, workspace: Workspace) {
    this.#connection = connection;
    this.#client = client;
    this.#log = log;
    this.#workspace = workspace;
  }

  /** The notes of an open file, for an answer. */
  notesOf(file: string): Notes {
    const notes = this.#workspace.notesOf(file);
    this.#shown.set(file, textOf(notes));
    return notes;
  }

  /** Tells the editor if it shows what is not so any more. */
  compare(): void {
    const open = new Set(this.#workspace.openFiles);
    for (const file of this.#shown.keys()) if (!open.has(file)) this.#shown.delete(file);
    const compare = this.#log.guard("comparing hints", false, ([file, text]: [string, string]) => {
      return textOf(this.#workspace.notesOf(file)) !== text;
    });
    if ([...this.#shown].some(compare)) this.refresh();
  }

  /** The editor asks for all of them again. */
  refresh(): void {
    this.#shown.clear();
    if (this.#client.refreshesHints) void this.#connection.sendRequest(InlayHintRefreshRequest.type);
    if (this.#client.refreshesTokens) void this.#connection.sendRequest(SemanticTokensRefreshRequest.type);
    if (this.#client.refreshesLenses) void this.#connection.sendRequest(CodeLensRefreshRequest.type);
  }
}

function textOf(notes: Notes): string {
  return JSON.stringify(plainNotes(notes));
}
