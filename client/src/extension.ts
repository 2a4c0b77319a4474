import type * as vscode from "vscode";
import { startWhileEnabled } from "./enablement.js";
import { announceFailures } from "./failure-message.js";
import { registerAddRuntime } from "./first-contact/add-runtime.js";
import { registerNewSample } from "./first-contact/new-sample.js";
import { registerLockUsers } from "./lock-users.js";
import { Log } from "./log.js";
import { registerRestart } from "./restart.js";
import { RulePages } from "./rule-pages.js";
import { Server } from "./server.js";
import { showServerStatus } from "./server-status.js";
import { SharedNames } from "./shared-names.js";
import { registerShowPlaces } from "./show-places.js";
import { registerShowStatus } from "./show-status.js";
import { StaticFindings } from "./static-findings.js";
import { registerSuppress } from "./suppress.js";
import { registerTrace } from "./trace/trace.js";
import { registerViews } from "./views/views.js";

export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  const pages = new RulePages(context.extensionUri);
  const findings = new StaticFindings(pages);
  const server = new Server(context.extensionUri, log, findings);
  context.subscriptions.push(
    log,
    pages.registerOpen(),
    server,
    findings,
    registerRestart(server),
    registerLockUsers(server),
    registerShowPlaces(),
    registerSuppress(server),
    showServerStatus(server),
    registerShowStatus(server),
    announceFailures(server),
    new SharedNames(server, findings.onDidChange),
    registerAddRuntime(context.extensionUri),
    registerNewSample(context.extensionUri),
    registerViews(context, server),
    registerTrace(context, log.channel, server, findings, pages),
    startWhileEnabled(server),
  );
}
