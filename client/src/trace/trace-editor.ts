import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Answer, Order } from "../../shared/messages.js";
import { compareTraces } from "./compare-traces.js";
import type { JudgedRuns } from "./judged-runs.js";
import { openPlace } from "./open-place.js";
import { panelDocument } from "./panel-document.js";
import { panelMessage } from "./panel-message.js";
import { saveGraph } from "./save-graph.js";
import type { Timeline } from "./timeline.js";
import type { Timelines, TimelineUse } from "./timelines.js";
import { traceTitle } from "./trace-title.js";
import { traceViewType } from "./trace-view-type.js";

/** A trace file that is open. */
class TraceDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly use: TimelineUse;

  constructor(uri: vscode.Uri, timelines: Timelines) {
    this.uri = uri;
    this.use = timelines.use(uri.fsPath);
  }

  dispose(): void {
    this.use.dispose();
  }
}

/** The editor for `*.heddletrace`: the trace panel. It only reads, so nothing is ever to be saved. */
export class TraceEditors implements vscode.CustomReadonlyEditorProvider<TraceDocument> {
  readonly #extension: vscode.Uri;
  readonly #timelines: Timelines;
  readonly #judged: JudgedRuns;
  /** By file: there is one panel for each. */
  readonly #panels = new Map<string, vscode.Webview>();
  /** By file, the thread that a debugger stopped last, for panels that are not there yet. */
  readonly #selected = new Map<string, number>();
  /** By file, what it was compared with last. */
  readonly #compared = new Map<string, Answer>();

  constructor(extension: vscode.Uri, timelines: Timelines, judged: JudgedRuns) {
    this.#extension = extension;
    this.#timelines = timelines;
    this.#judged = judged;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(traceViewType, this, {
      supportsMultipleEditorsPerDocument: false,
    });
  }

  /** Opens a trace, or shows where it is open. `column` is for those that are not. */
  async show(file: string, column: vscode.ViewColumn, preserveFocus: boolean): Promise<void> {
    const uri = vscode.Uri.file(file);
    const options: vscode.TextDocumentShowOptions = { viewColumn: columnOf(uri) ?? column, preserveFocus };
    await vscode.commands.executeCommand("vscode.openWith", uri, traceViewType, options);
  }

  /** Selects a thread in the panel of a trace, at once or as soon as there is one. */
  select(file: string, thread: number): void {
    this.#selected.set(file, thread);
    void this.#panels.get(file)?.postMessage({ type: "select", thread } satisfies Order);
  }

  /** Opens another trace beside one, and tells in the panel of the one what differs. */
  async compare(file: string, other: string): Promise<void> {
    await this.show(file, vscode.ViewColumn.Active, false);
    await this.show(other, vscode.ViewColumn.Beside, true);
    // Whatever was said of the focus, the one that was opened last has it.
    await this.show(file, vscode.ViewColumn.Active, false);
    const script = vscode.Uri.joinPath(this.#extension, "dist", "timeline.cjs").fsPath;
    const answer: Answer = { type: "comparison", comparison: await compareTraces(script, file, other) };
    this.#compared.set(file, answer);
    const shown: Order = { type: "compared" };
    for (const message of [answer, shown]) void this.#panels.get(file)?.postMessage(message);
  }

  /** A panel that comes later need not select the thread any more. */
  deselect(file: string, thread: number): void {
    if (this.#selected.get(file) === thread) this.#selected.delete(file);
  }

  openCustomDocument(uri: vscode.Uri): TraceDocument {
    if (uri.scheme !== "file") throw new Error("Heddle reads traces from the disk only: save this one there first.");
    return new TraceDocument(uri, this.#timelines);
  }

  resolveCustomEditor({ uri, use }: TraceDocument, panel: vscode.WebviewPanel): void {
    const { timeline } = use;
    const { webview } = panel;
    const dist = vscode.Uri.joinPath(this.#extension, "dist");
    this.#panels.set(uri.fsPath, webview);
    const subscriptions = [
      // A hidden page is gone, and is told all there is when it comes back and is ready.
      timeline.onDidAnswer((answer) => {
        // Findings are told once it is known which of them somebody wants to hear of.
        if (panel.visible && answer.type !== "findings") void webview.postMessage(answer);
      }),
      this.#judged.onDidChange((changed) => {
        if (changed !== timeline || !panel.visible) return;
        for (const part of this.#findingsOf(timeline)) void webview.postMessage(part);
      }),
      webview.onDidReceiveMessage((said: unknown) => {
        const message = panelMessage(said);
        if (message === undefined) return;
        if (message.type === "open") void openPlace(message.place);
        else if (message.type === "compare") void vscode.commands.executeCommand("heddle.compareTraces", uri);
        else if (message.type === "export") void vscode.commands.executeCommand("heddle.exportTrace", uri);
        else if (message.type === "saveGraph") void saveGraph(uri.fsPath, message.name, message.svg);
        else if (message.type !== "ready") timeline.tell(message);
        else {
          const source: Order = { type: "source", title: traceTitle(uri.fsPath) };
          const compared = this.#compared.get(uri.fsPath);
          const findings = this.#findingsOf(timeline);
          const known = [source, ...timeline.soFar, ...findings, ...(compared === undefined ? [] : [compared])];
          for (const part of known) void webview.postMessage(part);
          const selected = this.#selected.get(uri.fsPath);
          if (selected !== undefined) this.select(uri.fsPath, selected);
        }
      }),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.#timelines.lookAt(uri.fsPath);
      }),
    ];
    panel.onDidDispose(() => {
      vscode.Disposable.from(...subscriptions).dispose();
      if (this.#panels.get(uri.fsPath) !== webview) return;
      this.#panels.delete(uri.fsPath);
      this.#compared.delete(uri.fsPath);
    });
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    webview.html = panelDocument({
      cspSource: webview.cspSource,
      nonce: randomBytes(24).toString("hex"),
      title: "Heddle trace",
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, "panel.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, "panel.css")).toString(),
    });
  }

  #findingsOf(timeline: Timeline): readonly Answer[] {
    const { found } = this.#judged.of(timeline);
    return found === undefined ? [] : [{ type: "findings", found }];
  }
}

/** Where the trace is open already. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  const isIt = ({ input }: vscode.Tab): boolean =>
    input instanceof vscode.TabInputCustom && input.uri.toString() === uri.toString();
  return vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(isIt))?.viewColumn;
}
