import type { InlayHint, Range } from "vscode-languageserver/node";
import type { SectionNote } from "./notes.js";
import type { Session } from "./session.js";

/** A section that ends on the line it begins on, or the next one, is seen at a glance. Lines. */
const SEEN_AT_ONCE = 1;

/** `textDocument/inlayHint`: at the start of a critical section how far it goes, at its end of which lock it was. */
export function answerInlayHints({ connection, log, workspace, diagnostics, margin }: Session): void {
  const hintsIn = log.guard("hinting at critical sections", [], (file: string, { start, end }: Range): InlayHint[] => {
    const hints = margin.notesOf(file).sections.flatMap(hintsOf);
    return hints.filter(({ position: { line } }) => start.line <= line && line <= end.line);
  });
  connection.languages.inlayHint.on(async ({ textDocument, range }) => {
    const open = workspace.documentOf(textDocument.uri);
    if (open === undefined || !workspace.settings.showsSections) return [];
    if (!(await diagnostics.firstLook(open.file))) return [];
    return hintsIn(open.file, range);
  });
}

function hintsOf(section: SectionNote): readonly InlayHint[] {
  const { text, reads, taken, ends, namesEnd } = section;
  const last = ends.at(-1);
  const name = `"${text}"${reads ? " for reading" : ""}`;
  if (!last) return [hint(taken, "still held at the end", `${name} is given back elsewhere.`)];
  if (last.end.line - taken.end.line <= SEEN_AT_ONCE) return [];
  const to = `held to line ${last.end.line + 1}`;
  const from = `end of ${name} from line ${taken.start.line + 1}`;
  return [
    hint(taken, to, `The critical section of ${name} that begins here.`),
    ...(namesEnd ? [] : ends.map((end) => hint(end, from, `The critical section of ${name} ends here.`))),
  ];
}

function hint({ end }: Range, label: string, tooltip: string): InlayHint {
  return { position: end, label, tooltip, paddingLeft: true };
}
