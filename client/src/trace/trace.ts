import * as vscode from "vscode";
import type { RulePages } from "../rule-pages.js";
import type { Server } from "../server.js";
import type { StaticFindings } from "../static-findings.js";
import { LockOrderPanel } from "../views/lock-order-panel.js";
import { registerDebugAndTrace, registerDebugType } from "./debug-and-trace.js";
import { DebuggedThreads } from "./debugged-threads.js";
import { JudgedRuns } from "./judged-runs.js";
import type { Launching } from "./launching.js";
import { lockRows } from "./locks-view.js";
import { registerMainLens } from "./main-lens.js";
import { registerOpenPlace } from "./open-place.js";
import { queueRows } from "./queues-view.js";
import { registerRunAndTrace } from "./run-and-trace.js";
import { Runs } from "./runs.js";
import { SeenProblems } from "./seen-problems.js";
import { registerShowTrace } from "./show-trace.js";
import { SnapshotView } from "./snapshot-view.js";
import { showTraceStatus } from "./status-item.js";
import { ThreadMarks } from "./thread-marks.js";
import { ThreadStacks } from "./thread-stacks.js";
import { threadRows } from "./threads-view.js";
import { Timelines } from "./timelines.js";
import { TraceEditors } from "./trace-editor.js";
import { TraceFolder } from "./trace-folder.js";

/** Whether any trace is read: then the views of threads, locks and queues are there. */
const traceContext = "heddle.hasTrace";

/** Run and trace: everything of it that lives in the extension host. */
export function registerTrace(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  server: Server,
  findings: StaticFindings,
  pages: RulePages,
): vscode.Disposable {
  const timelines = new Timelines(context.extensionUri);
  const runs = new Runs(timelines);
  const stacks = new ThreadStacks(log);
  const judged = new JudgedRuns(server, timelines, findings);
  const editors = new TraceEditors(context.extensionUri, timelines, judged);
  // With what else VS Code stores for this workspace, or for the user without one.
  const storage = context.storageUri ?? context.globalStorageUri;
  const folder = new TraceFolder(vscode.Uri.joinPath(storage, "traces").fsPath);
  const heddle = vscode.Uri.joinPath(context.extensionUri, "server", "dist", "heddle.cjs").fsPath;
  const script = vscode.Uri.joinPath(context.extensionUri, "dist", "timeline.cjs").fsPath;
  const launching: Launching = { heddle, folder, timelines, runs, editors };
  return vscode.Disposable.from(
    editors.register(),
    registerRunAndTrace(launching),
    registerDebugAndTrace(),
    registerDebugType(launching),
    registerShowTrace(script, folder, runs, timelines, editors),
    registerOpenPlace(),
    registerMainLens(server),
    new DebuggedThreads(timelines, editors, stacks),
    new ThreadMarks(context.extensionUri, stacks),
    new SnapshotView("heddle.threads", timelines, stacks, threadRows),
    new SnapshotView("heddle.locks", timelines, stacks, lockRows),
    new SnapshotView("heddle.queues", timelines, stacks, queueRows),
    new SeenProblems(timelines, runs, judged, findings, pages),
    new LockOrderPanel(context.extensionUri, server, timelines),
    showTraceStatus(runs),
    timelines.onDidChangeCurrent((current) => {
      void vscode.commands.executeCommand("setContext", traceContext, current !== undefined);
    }),
    judged,
    stacks,
    runs,
    timelines,
  );
}
