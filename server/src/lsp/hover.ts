import { type Hover, MarkupKind } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { PointExplanation, Statement } from "../knowledge/explaining.js";
import type { Site } from "../source/site.js";
import { rangeOf } from "./located-finding.js";
import type { Session } from "./session.js";

/**
 * `textDocument/hover`: what the engine knows of what happens under the pointer: by whom it is run, which locks are held,
 * how other threads stand to it, what a call waits for.
 */
export function answerHovers({ connection, client, log, workspace }: Session): void {
  connection.onHover(
    log.guard("saying what is known of a place", null, ({ textDocument, position }): Hover | null => {
      const open = workspace.documentOf(textDocument.uri);
      if (open === undefined) return null;
      const snapshot = workspace.snapshotOf(open.file);
      const known = snapshot.knowledge.explainPoint(open.file, snapshot.offset(open.file, position));
      if (!known) return null;
      const text = client.rendersMarkdown ? new Markdown(snapshot, workspace) : new PlainText(snapshot);
      return {
        contents: {
          kind: client.rendersMarkdown ? MarkupKind.Markdown : MarkupKind.PlainText,
          value: lines(known, text).join("\n"),
        },
        ...(known.happens.site ? { range: rangeOf(known.happens.site, snapshot) } : {}),
      };
    }),
  );
}

interface Text {
  /** A line of a list, as deep as `depth` lists. */
  item(statement: Statement, depth: number): string;
  heading(text: string): string;
}

function lines({ happens, reached, held, waits }: PointExplanation, text: Text): readonly string[] {
  const list = (heading: string, statements: readonly Statement[]): readonly string[] =>
    statements.length === 0 ? [] : [text.heading(heading), ...items(statements, 0)];
  const items = (statements: readonly Statement[], depth: number): readonly string[] =>
    statements.flatMap((each) => [text.item(each, depth), ...items(each.details, depth + 1)]);
  const none: Statement = { message: "no lock", site: undefined, details: [] };
  return [
    ...list("Here", [{ ...happens, site: undefined }]),
    ...list("May wait for", waits),
    ...list("Holds", held.length > 0 ? held : [none]),
    ...list("Run by", reached),
  ];
}

class Markdown implements Text {
  readonly #snapshot: Snapshot;
  readonly #workspace: Session["workspace"];

  constructor(snapshot: Snapshot, workspace: Session["workspace"]) {
    this.#snapshot = snapshot;
    this.#workspace = workspace;
  }

  heading(text: string): string {
    return `**${text}**\n`;
  }

  item({ message, site }: Statement, depth: number): string {
    return `${"  ".repeat(depth)}- ${marked(message)}${site ? ` ${this.#link(site)}` : ""}`;
  }

  #link({ file, start }: Site): string {
    const { line, character } = this.#snapshot.position(file, start);
    const name = escaped(file.slice(file.lastIndexOf("/") + 1));
    return `[${name}:${line + 1}](${this.#workspace.uriOf(file)}#L${line + 1},${character + 1})`;
  }
}

class PlainText implements Text {
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  heading(text: string): string {
    return `${text}:`;
  }

  item({ message, site }: Statement, depth: number): string {
    const at = site ? ` (${site.file}:${this.#snapshot.position(site.file, site.start).line + 1})` : "";
    return `${"  ".repeat(depth + 1)}${message}${at}`;
  }
}

/** Names stand in quotes; in Markdown they are code, and nothing in them is markup. */
function marked(message: string): string {
  return message
    .split(/("[^"\n]*")/)
    .map((part) => (/^"[^"`]+"$/.test(part) ? `\`${part.slice(1, -1)}\`` : escaped(part)))
    .join("");
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~&$]/g, "\\$&");
}
