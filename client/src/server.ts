import { existsSync } from "node:fs";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type LanguageClientOptions,
  State,
  TransportKind,
  type WorkspaceEdit,
} from "vscode-languageclient/node";
import { changedNotification, diagnosticSource, languageIds } from "../../server/src/protocol.js";
import type { Log } from "./log.js";
import { LoggedClient } from "./logged-client.js";
import type { StaticFindings } from "./static-findings.js";

export type ServerState =
  | { readonly kind: "waiting" | "stopped" | "starting" | "ready" }
  | { readonly kind: "failed"; readonly reason: string };

/** Where the server's features apply; also unsaved files, which have findings like any other. */
export const documents = languageIds.flatMap((language) => [
  { scheme: "file", language },
  { scheme: "untitled", language },
]);

/**
 * How long a server that crashed waits before it is started again, the first time, the second and so on: what it crashes of
 * may pass. One that crashes more often within the span below stays down. Milliseconds.
 */
const restartDelays = [0, 1_000, 5_000, 15_000];
const restartSpanMilliseconds = 3 * 60_000;

/**
 * The language server as the client sees it: one process, at most, and the state it is in.
 *
 * Starting and stopping take their turn, so that a setting toggled quickly never leaves two processes behind.
 */
export class Server implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.#changed.event;
  readonly #workspaceChanged = new vscode.EventEmitter<void>();
  /** What the server last told of the whole workspace may be another by now. */
  readonly onDidChangeWorkspace = this.#workspaceChanged.event;
  readonly #extension: vscode.Uri;
  readonly #log: Log;
  readonly #findings: StaticFindings;
  /** Until there is something to look at. */
  #state: ServerState = { kind: "waiting" };
  #client: LoggedClient | undefined;
  #crashes: number[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(extension: vscode.Uri, log: Log, findings: StaticFindings) {
    this.#extension = extension;
    this.#log = log;
    this.#findings = findings;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Resolves when the server is ready or has failed; `state` says which. Never rejects. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#launch());
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end();
      await this.#launch();
    });
  }

  /** Asks the server something beyond what editors ask. Undefined: it is not ready, could not answer, or was cancelled. */
  async request<Answer>(
    method: string,
    params: unknown,
    token?: vscode.CancellationToken,
  ): Promise<Answer | undefined> {
    if (this.#state.kind !== "ready") return undefined;
    try {
      // A token that is not there would be taken for a second parameter.
      const rest = token === undefined ? [] : [token];
      return await this.#client?.sendRequest<Answer>(method, params, ...rest);
    } catch (error) {
      if (token?.isCancellationRequested) return undefined;
      this.#log.channel.warn(`${method} was not answered.`, error);
      return undefined;
    }
  }

  /** An edit of the server's as VS Code applies it. */
  async workspaceEdit(edit: WorkspaceEdit): Promise<vscode.WorkspaceEdit | undefined> {
    return this.#client?.protocol2CodeConverter.asWorkspaceEdit(edit);
  }

  /** Resolves when the process has been asked to go, so that the extension host may wait for it. */
  async dispose(): Promise<void> {
    await this.stop();
    this.#changed.dispose();
    this.#workspaceChanged.dispose();
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(action);
    return this.#turn;
  }

  async #launch(): Promise<void> {
    if (this.#client !== undefined) return;
    this.#crashes = [];
    this.#become({ kind: "starting" });
    const module = vscode.Uri.joinPath(this.#extension, "server", "dist", "heddle.cjs").fsPath;
    if (!existsSync(module))
      return this.#fail(vscode.l10n.t("The language server is missing ({0}). Install Heddle again.", module));
    const process = { module, args: ["lsp"], transport: TransportKind.ipc };
    const client = new LoggedClient(
      diagnosticSource,
      "Heddle",
      { run: process, debug: { ...process, options: { execArgv: ["--nolazy", "--inspect=6009"] } } },
      this.#clientOptions(),
    );
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.#become({ kind: "ready" });
    });
    client.onNotification(changedNotification, () => this.#workspaceChanged.fire());
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      this.#client = undefined;
      this.#log.channel.error(error instanceof Error ? error : String(error));
      this.#fail(vscode.l10n.t("The language server did not start. The log says why."));
    }
  }

  async #end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#findings.forget();
    try {
      await client?.dispose();
    } catch (error) {
      // It is gone, or hangs and gets killed: either way the user is rid of it, and the log says how.
      this.#log.channel.warn("The language server did not stop in order.", error);
    }
    this.#become({ kind: "stopped" });
  }

  #clientOptions(): LanguageClientOptions {
    return {
      documentSelector: documents,
      initializationOptions: { showPlaces: true, callHierarchy: false, semanticTokens: false, askForReasons: true },
      outputChannel: this.#log.channel,
      middleware: this.#findings.middleware,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count) => ({
          action: count !== undefined && count <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
          handled: true,
        }),
        closed: async () => ({ action: await this.#afterCrash(), handled: true }),
      },
    };
  }

  async #afterCrash(): Promise<CloseAction> {
    // A server that never came up says so by rejecting `client.start()`, with the reason.
    if (this.#state.kind !== "ready") return CloseAction.DoNotRestart;
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((time) => now - time < restartSpanMilliseconds), now];
    const delay = restartDelays[this.#crashes.length - 1];
    if (delay === undefined) {
      this.#client = undefined;
      this.#fail(vscode.l10n.t("The language server crashed {0} times within three minutes.", this.#crashes.length));
      return CloseAction.DoNotRestart;
    }
    const when = delay === 0 ? "" : ` in ${delay / 1000} seconds`;
    this.#log.channel.warn(
      `The language server ended unexpectedly; starting it again${when} (${this.#crashes.length}).`,
    );
    this.#become({ kind: "starting" });
    const client = this.#client;
    await new Promise((resolve) => setTimeout(resolve, delay));
    // Whoever stopped or restarted it meanwhile has the last word.
    return this.#client === client ? CloseAction.Restart : CloseAction.DoNotRestart;
  }

  #fail(reason: string): void {
    this.#log.channel.error(reason);
    this.#become({ kind: "failed", reason });
  }

  #become(state: ServerState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}
