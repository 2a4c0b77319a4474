import * as vscode from "vscode";
import type { Server } from "../server.js";
import { type Row, treeItem } from "./row.js";

/** What a view shows: its rows, and a word beside its name. */
export interface Shown {
  readonly rows: readonly Row[];
  readonly description: string;
}

/**
 * A view of what the server knows of the whole workspace. The server is asked when somebody looks, and not before; what it was
 * asked is cancelled when nobody looks any more.
 */
export class WorkspaceView<Answer> implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #server: Server;
  readonly #ask: (token: vscode.CancellationToken) => Promise<Answer | undefined>;
  readonly #shown: (answer: Answer) => Shown;
  readonly #view: vscode.TreeView<Row>;
  readonly #subscriptions: vscode.Disposable;
  #answer: Answer | undefined;
  /** Whether the server said since that it would answer otherwise. */
  #isStale = true;
  #asking: { readonly cancel: vscode.CancellationTokenSource; readonly answered: Promise<void> } | undefined;

  /** `id` is that of the manifest. `ask` resolves to undefined where there is no answer; `shown` makes rows of one. */
  constructor(
    id: string,
    server: Server,
    ask: (token: vscode.CancellationToken) => Promise<Answer | undefined>,
    shown: (answer: Answer) => Shown,
  ) {
    this.#server = server;
    this.#ask = ask;
    this.#shown = shown;
    this.#view = vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll: true });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (!visible) this.#cancel();
        else if (this.#isStale) this.#changed.fire();
      }),
      server.onDidChangeWorkspace(() => this.askAgain()),
      server.onDidChangeState(({ kind }) => {
        if (kind !== "ready") this.#answer = undefined;
        this.askAgain();
      }),
    );
  }

  /** The server would answer otherwise by now, or is asked something else. */
  askAgain(): void {
    this.#cancel();
    this.#isStale = true;
    this.#changed.fire();
  }

  /** The answer is the same, and shown in another way. */
  showAgain(): void {
    this.#changed.fire();
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row !== undefined) return [...row.rows];
    if (this.#isStale && this.#server.state.kind === "ready") await this.#load();
    const shown = this.#answer === undefined ? { rows: [], description: "" } : this.#shown(this.#answer);
    this.#view.description = shown.description;
    return [...shown.rows];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    return treeItem(row);
  }

  dispose(): void {
    this.#cancel();
    this.#subscriptions.dispose();
  }

  async #load(): Promise<void> {
    if (this.#asking === undefined) {
      const cancel = new vscode.CancellationTokenSource();
      const answered = this.#ask(cancel.token).then((answer) => {
        if (cancel.token.isCancellationRequested) return;
        this.#asking = undefined;
        // Without an answer it is asked again when somebody next looks; what was shown stays.
        if (answer === undefined) return;
        this.#answer = answer;
        this.#isStale = false;
      });
      this.#asking = { cancel, answered };
    }
    await this.#asking.answered;
  }

  #cancel(): void {
    this.#asking?.cancel.cancel();
    this.#asking = undefined;
  }
}
