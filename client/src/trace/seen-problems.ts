import * as vscode from "vscode";
import { diagnosticSource } from "../../../server/src/protocol.js";
import type { Place } from "../../shared/snapshot.js";
import type { RulePages } from "../rule-pages.js";
import { type Note, noteKey, type StaticFindings } from "../static-findings.js";
import type { JudgedProblem, JudgedRuns } from "./judged-runs.js";
import type { Runs } from "./runs.js";
import type { SeenProblem } from "./seen-problem.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";
import { runName } from "./trace-folder.js";

/**
 * Puts deadlocks and findings of the traces that are read now into Problems: while the program runs or its trace is open.
 * What the analysis shows of the same is told once, with both. A new run of the same script takes those of the runs before
 * it away, for the code may be another by now.
 */
export class SeenProblems implements vscode.Disposable {
  readonly #pages: RulePages;
  readonly #timelines: Timelines;
  readonly #judged: JudgedRuns;
  readonly #static: StaticFindings;
  readonly #collection = vscode.languages.createDiagnosticCollection("heddle.trace");
  readonly #subscriptions: vscode.Disposable;
  /** What each trace is a run of, as far as that is known. */
  readonly #scripts = new WeakMap<Timeline, string>();
  /** Traces whose script has run again. */
  readonly #outdated = new WeakSet<Timeline>();
  #shown = "";

  constructor(timelines: Timelines, runs: Runs, judged: JudgedRuns, findings: StaticFindings, pages: RulePages) {
    this.#timelines = timelines;
    this.#judged = judged;
    this.#static = findings;
    this.#pages = pages;
    this.#subscriptions = vscode.Disposable.from(
      this.#collection,
      judged.onDidChange(() => this.#show()),
      findings.onDidChange(() => this.#show()),
      runs.onDidBegin(({ script, timeline }) => this.#begin(script, timeline)),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #begin(script: string, timeline: Timeline): void {
    for (const other of this.#timelines.all) {
      if (other !== timeline && this.#isOf(script, other, timeline)) this.#outdated.add(other);
    }
    this.#scripts.set(timeline, script);
    this.#show();
  }

  /** Of a run before the window was loaded, only the name of its trace tells what it was a run of. */
  #isOf(script: string, other: Timeline, timeline: Timeline): boolean {
    const known = this.#scripts.get(other);
    return known === undefined ? runName(other.file) === runName(timeline.file) : known === script;
  }

  #show(): void {
    const judged = this.#timelines.all
      .filter((timeline) => !this.#outdated.has(timeline))
      .flatMap((timeline) => this.#judged.of(timeline).problems);
    // Two runs may go wrong in the same way; the later one tells.
    const once = [...new Map(judged.map((each) => [keyOf(each.problem), each])).values()];
    const beside = once.filter(({ verdict: { known } }) => known !== undefined && this.#isShown(known));
    const alone = once.filter((each) => !beside.includes(each));
    // What the server shows may have come anew without a note.
    const told = JSON.stringify([alone, beside]);
    if (told === this.#shown) return;
    this.#shown = told;
    this.#static.note(notesOf(beside));
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const each of alone) {
      const { file } = each.problem.place;
      byFile.set(file, [...(byFile.get(file) ?? []), this.#diagnosticOf(each)]);
    }
    this.#collection.clear();
    for (const [file, diagnostics] of byFile) this.#collection.set(vscode.Uri.file(file), diagnostics);
  }

  #isShown({ fingerprint, places: [main] }: NonNullable<JudgedProblem["verdict"]["known"]>): boolean {
    return main !== undefined && this.#static.shows(main.file, fingerprint);
  }

  #diagnosticOf({ problem, verdict }: JudgedProblem): vscode.Diagnostic {
    const { place, message, id, severity, related } = problem;
    const level = verdict.level === undefined || verdict.level === "off" ? severity : verdict.level;
    // A deadlock is worse than what may become one.
    const worst = severity === "error" ? severity : level;
    const more = verdict.known === undefined ? "" : "\nThe analysis of the source finds it too.";
    const diagnostic = new vscode.Diagnostic(rangeOf(place), message + more, severities[worst]);
    diagnostic.source = diagnosticSource;
    diagnostic.code = this.#pages.codeOf(id);
    diagnostic.relatedInformation = related.map(({ place: at, message: text }) => relatedTo(at, text));
    return diagnostic;
  }
}

/** What to add to the findings of the analysis, each of which may have been seen in several ways. */
function notesOf(beside: readonly JudgedProblem[]): ReadonlyMap<string, Note> {
  const notes = new Map<string, Note>();
  for (const { problem, verdict } of beside) {
    const [main] = verdict.known?.places ?? [];
    if (verdict.known === undefined || main === undefined) continue;
    const key = noteKey(main.file, verdict.known.fingerprint);
    // Each party of a deadlock tells of it: one is enough.
    if (notes.has(key)) continue;
    const { place, note, related } = problem;
    notes.set(key, {
      message: note,
      related: [{ place, message: "seen in the run" }, ...related].map((each) => relatedTo(each.place, each.message)),
    });
  }
  return notes;
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** What is wrong, and where: two runs tell other names and lengths of it. */
function keyOf({ place, id, related }: SeenProblem): string {
  const places = [place, ...related.map((each) => each.place)].map(({ file, line, column }) => [file, line, column]);
  return JSON.stringify([id, places]);
}

function relatedTo(place: Place, message: string): vscode.DiagnosticRelatedInformation {
  const location = new vscode.Location(vscode.Uri.file(place.file), rangeOf(place));
  return new vscode.DiagnosticRelatedInformation(location, message);
}

/** From the place on: which word it is, the editor knows once the file is open, and the trace does not. */
function rangeOf({ line, column }: Place): vscode.Range {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  return new vscode.Range(at, at);
}
