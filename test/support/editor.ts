import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import {
  type ClientCapabilities,
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  CodeLensRefreshRequest,
  ConfigurationRequest,
  createProtocolConnection,
  type Diagnostic,
  DiagnosticRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  type FileChangeType,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  InlayHintRefreshRequest,
  LogMessageNotification,
  MessageType,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  type Range,
  RegistrationRequest,
  ShowMessageNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  WorkDoneProgressCreateRequest,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { cacheHome, heddleBinary } from "./heddle.js";

/** Long enough for a slow machine under load; a test that waits this long has failed. Milliseconds. */
const deadline = 60_000;

/** What VS Code can do, as far as the server asks. */
export const everything: ClientCapabilities = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true },
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    diagnostics: { refreshSupport: true },
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, versionSupport: true, codeDescriptionSupport: true },
    hover: { contentFormat: ["markdown"] },
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true },
    codeAction: { dataSupport: true, resolveSupport: { properties: ["edit"] } },
  },
  window: { workDoneProgress: true },
};

interface Options {
  readonly folders?: readonly string[];
  readonly capabilities?: ClientCapabilities;
  readonly settings?: unknown;
  /** Where the server keeps what it finds; otherwise where the command does that tests run. `false`: nowhere. */
  readonly cache?: string | false;
  /** Other options of the server, as an editor's user sets them. */
  readonly initializationOptions?: Readonly<Record<string, unknown>>;
  /** Arguments of Node.js before the server's. With them the server has a channel to the test. */
  readonly execArgv?: readonly string[];
}

/** An editor for tests, around a real server process over its standard input and output. */
export class Editor {
  readonly connection: ProtocolConnection;
  readonly registrations: string[] = [];
  readonly messages: string[] = [];
  readonly logged: string[] = [];
  /** What the server logged as mistakes of its own. */
  readonly errors: string[] = [];
  settings: unknown;
  initialized: InitializeResult | undefined;
  readonly #process: ChildProcess;
  readonly #documents = new Map<string, TextDocument>();
  readonly #published = new Map<string, PublishDiagnosticsParams>();
  readonly #waiting = new Set<() => void>();
  #refreshes = 0;
  #stalePulls = 0;

  private constructor(process: ChildProcess, settings: unknown) {
    this.#process = process;
    this.settings = settings;
    this.connection = createProtocolConnection(
      new StreamMessageReader(process.stdout!),
      new StreamMessageWriter(process.stdin!),
    );
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#published.set(params.uri, params);
      this.#wake();
    });
    this.connection.onNotification(ShowMessageNotification.type, ({ message }) => {
      this.messages.push(message);
      this.#wake();
    });
    this.connection.onNotification(LogMessageNotification.type, ({ type, message }) => {
      this.logged.push(message);
      if (type === MessageType.Error) this.errors.push(message);
      this.#wake();
    });
    this.connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
      this.registrations.push(...registrations.map(({ method }) => method));
      this.#wake();
    });
    this.connection.onRequest(ConfigurationRequest.type, ({ items }) => items.map(() => this.settings));
    this.connection.onRequest(WorkDoneProgressCreateRequest.type, () => {});
    this.connection.onRequest(InlayHintRefreshRequest.type, () => {
      this.#refreshes++;
      this.#wake();
    });
    this.connection.onRequest(CodeLensRefreshRequest.type, () => {});
    this.connection.onRequest(DiagnosticRefreshRequest.type, () => {
      this.#stalePulls++;
      this.#wake();
    });
    this.connection.listen();
  }

  static async start(options: Options = {}): Promise<Editor> {
    const {
      folders = [],
      capabilities = everything,
      settings = null,
      cache,
      execArgv = [],
      initializationOptions,
    } = options;
    const server = spawn(process.execPath, [...execArgv, heddleBinary, "lsp", "--stdio"], {
      env: { ...process.env, XDG_CACHE_HOME: cacheHome },
      stdio: ["pipe", "pipe", "inherit", ...(execArgv.length > 0 ? ["ipc" as const] : [])],
    });
    const editor = new Editor(server, settings);
    editor.initialized = await editor.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities,
      initializationOptions: { ...initializationOptions, ...(cache === false ? { cache } : { cacheFolder: cache }) },
      workspaceFolders: folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: folder })),
    });
    await editor.connection.sendNotification(InitializedNotification.type, {});
    return editor;
  }

  /** Ends the server as editors do; resolves to its exit code. */
  async end(): Promise<number | null> {
    const ended = once(this.#process, "exit");
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    const [code] = (await ended) as [number | null];
    this.connection.dispose();
    return code;
  }

  /** Ends the server as a power cut does, whatever it is doing. Resolves to what it ended by. */
  async kill(): Promise<NodeJS.Signals | number | null> {
    if (!this.#hasEnded) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await ended;
    }
    this.connection.dispose();
    this.#wake();
    return this.#process.signalCode ?? this.#process.exitCode;
  }

  /** Asks what `execArgv` put beside the server; resolves to its answer. */
  async ask(question: string): Promise<unknown> {
    const answered = once(this.#process, "message");
    this.#process.send(question);
    const [answer] = await answered;
    return answer;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.end();
  }

  /** Opens a document by its path or URI; it may or may not be on disk. Resolves to its URI. */
  async open(place: string, text: string, languageId = "typescript"): Promise<string> {
    const uri = /^(?:untitled|file):/.test(place) ? place : pathToFileURL(place).href;
    this.#documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: 1, text },
    });
    return uri;
  }

  /** Replaces the first occurrence of a text, as one incremental change. */
  async replace(uri: string, before: string, after: string): Promise<void> {
    const document = this.#document(uri);
    const start = document.getText().indexOf(before);
    if (start === -1) throw new Error(`${uri} has no ${JSON.stringify(before)}`);
    const range = { start: document.positionAt(start), end: document.positionAt(start + before.length) };
    await this.change(uri, [{ range, text: after }]);
  }

  async change(uri: string, contentChanges: { range: Range; text: string }[], version?: number): Promise<void> {
    const document = this.#document(uri);
    TextDocument.update(document, contentChanges, version ?? document.version + 1);
    const textDocument = { uri, version: document.version };
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, { textDocument, contentChanges });
  }

  /** Makes a document's text another one. */
  async rewrite(uri: string, text: string): Promise<void> {
    const document = this.#document(uri);
    const range = { start: document.positionAt(0), end: document.positionAt(document.getText().length) };
    await this.change(uri, [{ range, text }]);
  }

  async close(uri: string): Promise<void> {
    this.#documents.delete(uri);
    this.#published.delete(uri);
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  async changeSettings(settings: unknown): Promise<void> {
    this.settings = settings;
    await this.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  }

  async changeOnDisk(file: string, type: FileChangeType): Promise<void> {
    const uri = pathToFileURL(file).href;
    await this.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes: [{ uri, type }] });
  }

  text(uri: string): string {
    return this.#document(uri).getText();
  }

  /** The diagnostics of what the document is now, or, if `wanted` is given, the first that fulfil it. */
  async diagnostics(
    uri: string,
    wanted: (diagnostics: readonly Diagnostic[]) => boolean = () => true,
  ): Promise<readonly Diagnostic[]> {
    const version = this.#documents.get(uri)?.version;
    const find = () => {
      const published = this.#published.get(uri);
      const isCurrent = published !== undefined && published.version === version;
      return isCurrent && wanted(published.diagnostics) ? published.diagnostics : undefined;
    };
    return this.#until(find, () => `diagnostics of ${uri}; last: ${JSON.stringify(this.#published.get(uri))}`);
  }

  /**
   * Resolves when the server says, after what `act` does, that hints are others than those it gave, and they are right: it
   * may say so for something that happened before.
   */
  async hintsAreStale(act: () => Promise<void>, areRight: () => Promise<boolean>): Promise<void> {
    let before = this.#refreshes;
    await act();
    do {
      await this.#until(
        () => (this.#refreshes > before ? true : undefined),
        () => "hints to be refreshed",
      );
      before = this.#refreshes;
    } while (!(await areRight()));
  }

  /** Resolves when the server next says, after what `act` does, that diagnostics are others than those it gave. */
  async pullsAreStale(act: () => Promise<void>): Promise<void> {
    const before = this.#stalePulls;
    await act();
    await this.#until(
      () => (this.#stalePulls > before ? true : undefined),
      () => "diagnostics to be asked for again",
    );
  }

  /** The documents of which the server said anything by itself. */
  get published(): readonly string[] {
    return [...this.#published.keys()];
  }

  /** What is shown in a document now, which may be about an older text of it. */
  shown(uri: string): readonly Diagnostic[] {
    return this.#published.get(uri)?.diagnostics ?? [];
  }

  message(pattern: RegExp): Promise<string> {
    return this.#until(
      () => this.messages.find((message) => pattern.test(message)),
      () => `the message ${pattern}; there are: ${this.messages.join(" | ")}`,
    );
  }

  log(pattern: RegExp): Promise<string> {
    return this.#until(
      () => this.logged.find((message) => pattern.test(message)),
      () => `the log entry ${pattern}; there are: ${this.logged.join(" | ")}`,
    );
  }

  registration(method: string): Promise<string> {
    return this.#until(
      () => this.registrations.find((registered) => registered === method),
      () => `the registration of ${method}; there are: ${this.registrations.join()}`,
    );
  }

  async codeActions(uri: string, range: Range, only?: string[]): Promise<CodeAction[]> {
    const diagnostics = this.#published.get(uri)?.diagnostics ?? [];
    const actions = await this.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range,
      context: only === undefined ? { diagnostics } : { diagnostics, only },
    });
    return (actions ?? []) as CodeAction[];
  }

  resolve(action: CodeAction): Promise<CodeAction> {
    return this.connection.sendRequest(CodeActionResolveRequest.type, action);
  }

  /** Applies the part of an edit that is about one open document, as one change. */
  async apply({ edit }: CodeAction, uri: string): Promise<void> {
    const inChanges = edit?.changes?.[uri] ?? [];
    const inDocuments = (edit?.documentChanges ?? []).flatMap((change) =>
      "edits" in change && change.textDocument.uri === uri ? change.edits : [],
    );
    const edits = [...inChanges, ...inDocuments].map((change) => {
      if (!("newText" in change)) throw new Error("An edit is a snippet.");
      return change;
    });
    await this.rewrite(uri, TextDocument.applyEdits(this.#document(uri), edits));
  }

  #document(uri: string): TextDocument {
    const document = this.#documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open.`);
    return document;
  }

  async #until<Value>(find: () => Value | undefined, describe: () => string): Promise<Value> {
    const end = Date.now() + deadline;
    for (;;) {
      const value = find();
      if (value !== undefined) return value;
      if (this.#hasEnded) throw new Error(`The server ended while a test waited for ${describe()}`);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`Waited too long for ${describe()}`)),
          Math.max(0, end - Date.now()),
        );
        const woken = () => {
          clearTimeout(timer);
          this.#waiting.delete(woken);
          resolve();
        };
        this.#waiting.add(woken);
      });
    }
  }

  #wake(): void {
    for (const woken of [...this.#waiting]) woken();
  }
}
