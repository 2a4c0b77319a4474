import { statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { Snapshot } from "../analysis.js";
import type { Explanation, Statement } from "../knowledge/explaining.js";
import { findProjects } from "../source/project.js";
import type { Site } from "../source/site.js";
import { type Command, oneOf, UsageError } from "./arguments.js";
import { configuredAnalysis } from "./configured-analysis.js";
import { type Place, shownPath } from "./report.js";

const formats = ["text", "json"] as const;

/** `heddle explain`: what the engine knows about a line. */
export const explain: Command = {
  name: "explain",
  operands: "file:line",
  summary: "tells what is known about a line, and why something is found there or nothing is",
  options: {
    project: { value: "tsconfig.json", text: "analyse the files of this project" },
    format: { value: formats.join("|"), text: "how to print it (default: text)" },
  },
  details: `The first line is 1. A column behind it is let pass: heddle explain src/a.ts:12:3

For each access of shared memory it says which locks guard it elsewhere, and how every access by another
thread stands to it: at the same time, under a common lock, or never at the same time, and why.

Exit codes: 0, or 2 for bad usage, a project that cannot be read, or an internal error.`,
  async run(args) {
    const [place, ...more] = args.operands;
    if (place === undefined || more.length > 0)
      throw new UsageError("explain needs one place: heddle explain file:line");
    const format = oneOf("format", args.value("format") ?? "text", formats);
    const { path, line } = readPlace(place);
    const project = args.value("project");
    const file = resolve(path).replaceAll("\\", "/");
    const found = findProjects([path], project === undefined ? {} : { project }).find(({ files }) =>
      files.includes(file),
    );
    if (!found && statSync(path).isDirectory()) throw new UsageError(`${path} is a folder; name a file`);
    if (!found) throw new UsageError(`${path} does not belong to the project; name a file that does`);
    const snapshot = configuredAnalysis(found, [path], new Map()).snapshot();
    const lines = snapshot.text(file)?.split(/\r\n|[\r\n]/).length ?? 0;
    if (line > lines) throw new UsageError(`${path} has ${lines} lines; name one of them`);
    const explanation = snapshot.explain(file, line - 1);
    for (const problem of snapshot.problems) process.stderr.write(`heddle: ${problem.split("\n", 1)[0]}\n`);
    const printer = new Printer(snapshot);
    process.stdout.write(
      format === "json" ? printer.json(file, line, explanation) : printer.text(file, line, explanation),
    );
    return 0;
  },
};

/** The last number is the line, unless two are there. Throws `UsageError`. */
function readPlace(written: string): { readonly path: string; readonly line: number } {
  const { path, line } = /^(?<path>.+?):(?<line>\d+)(?::\d+)?$/.exec(written)?.groups ?? {};
  if (path === undefined || line === undefined) throw new UsageError(`${written} names no line; write file:line`);
  if (Number(line) < 1) throw new UsageError(`${written}: the first line is 1`);
  return { path, line: Number(line) };
}

class Printer {
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  text(file: string, line: number, { functions, reached, held, happens, findings }: Explanation): string {
    const names = functions.map((name) => `"${name}"`).join(", ");
    const found = findings.map(({ severity, ruleId, message, site }) => ({
      message: `${severity} ${ruleId}: ${message.replace(/\.$/, "")}`,
      site,
      details: [],
    }));
    const parts: readonly (readonly [heading: string, statements: readonly Statement[], none: string])[] = [
      ["run by", reached, "no thread that Heddle knows of, besides the one that loads the file"],
      ["holds", held, "no lock"],
      ["does", happens, "nothing that matters to threads, locks or tasks"],
      ["found", found, "nothing"],
    ];
    return [
      `${shownPath(file)}:${line}${names === "" ? "" : `, in ${names}`}`,
      ...parts.flatMap(([heading, statements, none]) => ["", heading, ...this.#lines(statements, none)]),
      "",
    ].join("\n");
  }

  #lines(statements: readonly Statement[], none: string, indentation = "  "): readonly string[] {
    if (statements.length === 0) return [`${indentation}${none}`];
    return statements.flatMap(({ message, site, details }) => [
      `${indentation}${message}${site ? `  ${this.#shown(site)}` : ""}`,
      ...(details.length > 0 ? this.#lines(details, "", `${indentation}  `) : []),
    ]);
  }

  #shown(site: Site): string {
    const { line, character } = this.#snapshot.position(site.file, site.start);
    return `${shownPath(site.file)}:${line + 1}:${character + 1}`;
  }

  /** The places 0-based, as in the findings of `heddle check --format json`. */
  json(file: string, line: number, { functions, reached, held, happens, findings }: Explanation): string {
    const statements = (list: readonly Statement[]): object[] =>
      list.map(({ message, site, details }) => ({
        message,
        ...(site ? this.#place(site) : {}),
        ...(details.length > 0 ? { details: statements(details) } : {}),
      }));
    const explanation = {
      version: 1,
      file: shownPath(file),
      line: line - 1,
      functions,
      reached: statements(reached),
      held: statements(held),
      happens: statements(happens),
      findings: findings.map(({ ruleId, severity, message, site }) => ({
        ruleId,
        severity,
        message,
        ...this.#place(site),
      })),
    };
    return `${JSON.stringify(explanation, undefined, 2)}\n`;
  }

  #place({ file, start, end }: Site): Place {
    const position = (offset: number) => this.#snapshot.position(file, offset);
    return { file: shownPath(file), range: { start: position(start), end: position(end) } };
  }
}
