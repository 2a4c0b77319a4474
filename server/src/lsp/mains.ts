import type { Range } from "vscode-languageserver/node";
import { type MainsParams, mainsRequest } from "../protocol.js";
import type { Session } from "./session.js";

/** `heddle/mains`: where the editor may offer to run a document. */
export function answerMains({ connection, log, workspace }: Session): void {
  connection.onRequest(
    mainsRequest,
    log.guard("looking for programs", [], ({ uri }: MainsParams): Range[] => {
      const open = workspace.documentOf(uri);
      if (open === undefined) return [];
      return [...workspace.notesOf(open.file).mains];
    }),
  );
}
