import type { CodeLens, Location } from "vscode-languageserver/node";
import { showPlacesCommand } from "../protocol.js";
import type { GuardedObject } from "./notes.js";
import type { Session } from "./session.js";
import type { OpenDocument } from "./workspace.js";

/** `textDocument/codeLens`: above what several threads use, the lock that guards it, and at how many of its places. */
export function answerCodeLenses(session: Session): void {
  const { connection, log, workspace, diagnostics, margin } = session;
  const lensesOf = log.guard("saying what is guarded", [], ({ file, document: { uri } }: OpenDocument): CodeLens[] =>
    margin.notesOf(file).guards.map((guarded) => lensOf(guarded, uri, session)),
  );
  connection.onCodeLens(async ({ textDocument }) => {
    const open = workspace.documentOf(textDocument.uri);
    if (open === undefined || !workspace.settings.showsGuards) return [];
    if (!(await diagnostics.firstLook(open.file))) return [];
    return lensesOf(open);
  });
}

function lensOf(guarded: GuardedObject, uri: string, { client, workspace }: Session): CodeLens {
  const { range, sites } = guarded;
  const places: Location[] = sites.map((site) => ({ uri: workspace.uriOf(site.file), range: site.range }));
  const title = titleOf(guarded);
  // An empty command is a title that cannot be clicked.
  const command = client.showsPlaces
    ? { title, command: showPlacesCommand, arguments: [uri, range.start, places] }
    : { title, command: "" };
  return { range, command };
}

function titleOf({ lock, places, of, sites }: GuardedObject): string {
  const many = (count: number): string => `${count} ${count === 1 ? "place" : "places"}`;
  if (lock === undefined) return `used by several threads without a lock, at ${many(sites.length)}`;
  return places === of ? `guarded by ${lock}` : `guarded by ${lock} at ${places} of ${many(of)}`;
}
