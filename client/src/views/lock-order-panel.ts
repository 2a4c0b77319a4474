import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { type LockOrder, type LockOrderParams, lockOrderRequest } from "../../../server/src/protocol.js";
import type { ShownLockOrder } from "../../shared/messages.js";
import { shown } from "../../shared/shown.js";
import type { Server } from "../server.js";
import { openPlace } from "../trace/open-place.js";
import { panelDocument } from "../trace/panel-document.js";
import { panelMessage } from "../trace/panel-message.js";
import { saveGraph } from "../trace/save-graph.js";
import type { Timeline } from "../trace/timeline.js";
import type { Timelines } from "../trace/timelines.js";
import { traceTitle } from "../trace/trace-title.js";

/** Milliseconds: edits and runs change it in bursts. */
const pause = 300;

/** The panel that shows which locks of the workspace are taken while which are held; there is at most one. */
export class LockOrderPanel implements vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #server: Server;
  readonly #timelines: Timelines;
  readonly #subscriptions: vscode.Disposable;
  #panel: vscode.WebviewPanel | undefined;
  #asking: vscode.CancellationTokenSource | undefined;
  #answers: vscode.Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor(extension: vscode.Uri, server: Server, timelines: Timelines) {
    this.#extension = extension;
    this.#server = server;
    this.#timelines = timelines;
    this.#subscriptions = vscode.Disposable.from(
      vscode.commands.registerCommand("heddle.showLockOrder", () => this.#open()),
      server.onDidChangeWorkspace(() => this.#showSoon()),
      server.onDidChangeState(() => this.#showSoon()),
      timelines.onDidChangeCurrent((current) => this.#follow(current)),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#asking?.cancel();
    this.#answers?.dispose();
    this.#subscriptions.dispose();
    this.#panel?.dispose();
  }

  #open(): void {
    if (this.#panel !== undefined) return this.#panel.reveal();
    const dist = vscode.Uri.joinPath(this.#extension, "dist");
    const panel = vscode.window.createWebviewPanel(
      "heddle.lockOrder",
      vscode.l10n.t("Lock Order"),
      vscode.ViewColumn.Active,
      { enableScripts: true, localResourceRoots: [dist] },
    );
    this.#panel = panel;
    this.#isReady = false;
    const { webview } = panel;
    const subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((said: unknown) => this.#hear(said)),
      panel.onDidChangeViewState(() => {
        // A hidden page is gone. It is told all there is when it comes back and is ready.
        if (!panel.visible) this.#isReady = false;
      }),
    );
    panel.onDidDispose(() => {
      subscriptions.dispose();
      this.#asking?.cancel();
      this.#panel = undefined;
    });
    webview.html = panelDocument({
      cspSource: webview.cspSource,
      nonce: randomBytes(24).toString("hex"),
      title: "Heddle lock order",
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, "lock-order.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, "panel.css")).toString(),
    });
    this.#follow(this.#timelines.current);
  }

  #hear(said: unknown): void {
    const message = panelMessage(said);
    if (message?.type === "open") void openPlace(message.place);
    else if (message?.type === "saveGraph") void saveGraph(this.#folder, message.name, message.svg);
    else if (message?.type === "ready") {
      this.#isReady = true;
      void this.#show();
    }
  }

  /** What a saved picture is named after, and where it is offered to be kept. */
  get #folder(): string {
    const folder = vscode.workspace.workspaceFolders?.[0];
    const name = vscode.workspace.name ?? "workspace";
    return folder === undefined ? name : vscode.Uri.joinPath(folder.uri, name).fsPath;
  }

  #follow(current: Timeline | undefined): void {
    this.#answers?.dispose();
    this.#answers = current?.onDidAnswer(({ type }) => {
      if (type === "findings") this.#showSoon();
    });
    this.#showSoon();
  }

  #showSoon(): void {
    if (this.#panel === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(), pause);
  }

  async #show(): Promise<void> {
    if (!this.#isReady) return;
    this.#asking?.cancel();
    const asking = new vscode.CancellationTokenSource();
    this.#asking = asking;
    const { current } = this.#timelines;
    const seen = current?.found?.lockOrder;
    const params: LockOrderParams = { seen };
    const order = await this.#server.request<LockOrder>(lockOrderRequest, params, asking.token);
    if (asking.token.isCancellationRequested) return;
    this.#tell({ type: "lockOrder", order, note: this.#note(order, seen === undefined ? undefined : current) });
  }

  #tell(message: ShownLockOrder): void {
    void this.#panel?.webview.postMessage(message);
  }

  #note(order: LockOrder | undefined, run: Timeline | undefined): string {
    if (order === undefined) {
      return this.#server.state.kind === "ready"
        ? vscode.l10n.t("The language server gave no answer. The log may say why.")
        : vscode.l10n.t("Heddle's language server is not ready. Its status item says why.");
    }
    return run === undefined
      ? vscode.l10n.t(
          "What the source of the workspace says. Run and trace a program to see what its threads really do.",
        )
      : vscode.l10n.t("What the source of the workspace says, and what was seen in {0}.", shown(traceTitle(run.file)));
  }
}
