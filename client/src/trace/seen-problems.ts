import * as vscode from "vscode";
import { diagnosticSource } from "../../../server/src/protocol.js";
import type { Place } from "../../shared/messages.js";
import type { RulePages } from "../rule-pages.js";
import { deadlockProblems } from "./deadlock-problems.js";
import { findingProblems } from "./finding-problems.js";
import type { Runs } from "./runs.js";
import type { SeenProblem } from "./seen-problem.js";
import type { Timeline } from "./timeline.js";
import type { Timelines } from "./timelines.js";
import { runName } from "./trace-folder.js";

/**
 * Puts deadlocks and findings of the traces that are read now into Problems: while the program runs or its trace is open.
 * A new run of the same script takes those of the runs before it away, for the code may be another by now.
 */
export class SeenProblems implements vscode.Disposable {
  readonly #pages: RulePages;
  readonly #timelines: Timelines;
  readonly #collection = vscode.languages.createDiagnosticCollection("heddle.trace");
  readonly #subscriptions: vscode.Disposable[];
  readonly #answers = new Map<Timeline, vscode.Disposable>();
  /** What each trace is a run of, as far as that is known. */
  readonly #scripts = new WeakMap<Timeline, string>();
  /** Traces whose script has run again. */
  readonly #outdated = new WeakSet<Timeline>();
  #shown = "";

  constructor(timelines: Timelines, runs: Runs, pages: RulePages) {
    this.#timelines = timelines;
    this.#pages = pages;
    this.#subscriptions = [
      this.#collection,
      timelines.onDidOpen((timeline) => this.#follow(timeline)),
      timelines.onDidClose((timeline) => this.#leave(timeline)),
      runs.onDidBegin(({ script, timeline }) => this.#begin(script, timeline)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("heddle")) this.#show();
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, ...this.#answers.values()).dispose();
  }

  #follow(timeline: Timeline): void {
    const subscription = timeline.onDidAnswer(({ type }) => {
      if (type === "snapshot" || type === "findings") this.#show();
    });
    this.#answers.set(timeline, subscription);
  }

  #leave(timeline: Timeline): void {
    this.#answers.get(timeline)?.dispose();
    this.#answers.delete(timeline);
    this.#show();
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
    const found = this.#timelines.all
      .filter((timeline) => !this.#outdated.has(timeline))
      .flatMap(({ snapshot, findings }) => [
        ...(snapshot === undefined ? [] : deadlockProblems(snapshot)),
        ...findingProblems(findings),
      ]);
    const wanted = found.filter(({ rule }) => rule === undefined || !isOff(rule));
    // Two runs may go wrong in the same way; the later one tells.
    const visible = [...new Map(wanted.map((problem) => [keyOf(problem), problem])).values()];
    // Snapshots come thirty times a second and problems hardly ever.
    const told = JSON.stringify(visible);
    if (told === this.#shown) return;
    this.#shown = told;
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const problem of visible) {
      const { file } = problem.place;
      byFile.set(file, [...(byFile.get(file) ?? []), this.#diagnosticOf(problem)]);
    }
    this.#collection.clear();
    for (const [file, diagnostics] of byFile) this.#collection.set(vscode.Uri.file(file), diagnostics);
  }

  #diagnosticOf({ place, message, rule, severity, related }: SeenProblem): vscode.Diagnostic {
    const diagnostic = new vscode.Diagnostic(rangeOf(place), message, severities[severity]);
    diagnostic.source = diagnosticSource;
    if (rule !== undefined) diagnostic.code = this.#pages.codeOf(rule);
    diagnostic.relatedInformation = related.map(
      ({ place: at, message: text }) =>
        new vscode.DiagnosticRelatedInformation(new vscode.Location(vscode.Uri.file(at.file), rangeOf(at)), text),
    );
    return diagnostic;
  }
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** What is wrong, and where: two runs tell other names and lengths of it. */
function keyOf({ place, rule, message, related }: SeenProblem): string {
  const places = [place, ...related.map((each) => each.place)].map(({ file, line, column }) => [file, line, column]);
  return JSON.stringify([rule ?? message, places]);
}

function isOff(rule: string): boolean {
  return vscode.workspace.getConfiguration("heddle").get<Record<string, string>>("rules", {})[rule] === "off";
}

/** From the place on: which word it is, the editor knows once the file is open, and the trace does not. */
function rangeOf({ line, column }: Place): vscode.Range {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  return new vscode.Range(at, at);
}
