import { setImmediate as turn } from "node:timers/promises";
import type { Connection, Diagnostic } from "vscode-languageserver/node";
import { CancelledError } from "../analysis.js";
import type { Client } from "./client.js";
import type { ClosedFiles } from "./closed-files.js";
import { diagnosticOf } from "./diagnostic.js";
import type { Log } from "./log.js";
import type { Margin } from "./margin.js";
import type { Overviews } from "./overviews.js";
import type { Workspace } from "./workspace.js";

/**
 * Fast typing makes one analysis, not one per key: what comes so soon after an edit waits for so long. A key that is pressed
 * alone is looked at at once. Milliseconds.
 */
const pause = 30;
/** Who did nothing for so long is not typing, and may lose the time it takes to write down what was found. Milliseconds. */
const rest = 1000;
/** A first look at fewer files is over before a progress message could be read. */
const filesWorthProgress = 200;

/**
 * `textDocument/publishDiagnostics`: findings of open files, sent after each edit, first those of the edited file. They
 * are sent and not waited for to be pulled: an edit of one file changes what is found in others, and only the server
 * knows in which. An editor that wants to pull is told when to do so again.
 */
export class Diagnostics {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #log: Log;
  readonly #workspace: Workspace;
  readonly #margin: Margin;
  readonly #closedFiles: ClosedFiles;
  readonly #overviews: Overviews;
  /** What each document shows now, to send only what differs. */
  readonly #shown = new Map<string, string>();
  /** Files whose findings may be others than those shown, the most urgent last. */
  readonly #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #lastChange = Number.NEGATIVE_INFINITY;
  #keeping: NodeJS.Timeout | undefined;
  #isWorking = false;
  #isStarted = false;
  readonly #started = withResolvers();
  /** The editor was given what is not so any more. */
  #isPullStale = false;
  /** Who waits for the first look at a file. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(
    connection: Connection,
    client: Client,
    log: Log,
    workspace: Workspace,
    margin: Margin,
    closedFiles: ClosedFiles,
    overviews: Overviews,
  ) {
    this.#overviews = overviews;
    this.#closedFiles = closedFiles;
    this.#margin = margin;
    this.#connection = connection;
    this.#client = client;
    this.#log = log;
    this.#workspace = workspace;
  }

  /** Resolves when the settings are known, without which nothing is to be said. */
  get whenStarted(): Promise<void> {
    return this.#started.promise;
  }

  start(): void {
    this.#isStarted = true;
    this.#started.resolve();
    this.#schedule();
  }

  stop(): void {
    this.#isStarted = false;
    clearTimeout(this.#timer);
    this.#keep();
    for (const file of this.#waiting.keys()) this.#hasLookedAt(file);
  }

  /**
   * Resolves when an open file was looked at once: what an editor asks by itself waits for that, because a first look at a
   * project takes long and is announced. Tells whether the file is still open.
   */
  async firstLook(file: string): Promise<boolean> {
    if (this.#workspace.firstLookAt(file) === 0) return true;
    await new Promise<void>((resolve) => {
      this.#waiting.set(file, [...(this.#waiting.get(file) ?? []), resolve]);
      // Or nobody would ever look.
      if (!this.#stale.has(file)) this.#lookSoon(file);
    });
    return this.#workspace.openFiles.includes(file);
  }

  /** The text of an open file changed, or it was opened. */
  changed(file: string): void {
    this.#closedFiles.edited();
    // First those that are only affected: of a set, the last added is the most urgent.
    for (const other of this.#workspace.openFiles) {
      if (other !== file) this.#stale.add(other);
    }
    this.#stale.delete(file);
    this.#lookSoon(file);
  }

  #lookSoon(file: string): void {
    this.#stale.add(file);
    this.#schedule();
  }

  /** The editor asked for what is found in an open document, and was given this. */
  pulled(uri: string, diagnostics: readonly Diagnostic[]): void {
    // Who is sent them may ask as well, and is sent them all the same.
    if (!this.#client.pullsDiagnostics) return;
    const version = this.#workspace.documentOf(uri)?.document.version ?? null;
    this.#shown.set(uri, JSON.stringify([version, diagnostics]));
  }

  allChanged(): void {
    this.#closedFiles.allChanged();
    this.#openChanged();
  }

  closed(uri: string, file: string): void {
    this.#shown.delete(uri);
    // Nobody looks at it any more.
    this.#hasLookedAt(file);
    if (this.#client.pullsDiagnostics) return this.#openChanged();
    if (!this.#closedFiles.takesOver(uri, file)) void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
    this.#closedFiles.edited();
    this.#openChanged();
  }

  #openChanged(): void {
    for (const file of this.#workspace.openFiles) this.#stale.add(file);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#keeping);
    const now = performance.now();
    const isAlone = now - this.#lastChange > pause;
    this.#lastChange = now;
    if (this.#isStarted && !this.#isWorking) this.#timer = setTimeout(() => void this.#work(), isAlone ? 0 : pause);
  }

  /** One file at a time, and a turn of the event loop between: edits that arrive meanwhile go first. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let file = this.#mostUrgent(); file !== undefined && this.#isStarted; file = this.#mostUrgent()) {
      try {
        await this.#announceFirstLook(file);
        this.#publish(file);
      } catch (error) {
        // Cancelled means that a newer text is there, and with it the file is stale again.
        if (!(error instanceof CancelledError)) this.#log.failed("analysing a file", error);
      }
      this.#hasLookedAt(file);
      await turn();
    }
    this.#isWorking = false;
    if (this.#isPullStale && this.#client.refreshesDiagnostics) void this.#connection.languages.diagnostics.refresh();
    this.#isPullStale = false;
    clearTimeout(this.#keeping);
    if (this.#isStarted) this.#keeping = setTimeout(() => this.#rest(), rest);
  }

  #hasLookedAt(file: string): void {
    for (const resolve of this.#waiting.get(file) ?? []) resolve();
    this.#waiting.delete(file);
  }

  /** There is time: what was found is written down, what stands in open files is compared with what is so now, and the other files have their turn. */
  #rest(): void {
    this.#keep();
    this.#margin.compare();
    this.#overviews.compare();
    if (this.#client.pullsDiagnostics) return;
    const isUrgent = () => this.#isWorking || this.#stale.size > 0 || !this.#isStarted;
    this.#closedFiles.publish(isUrgent).catch((error: unknown) => this.#log.failed("showing the workspace", error));
  }

  #keep(): void {
    clearTimeout(this.#keeping);
    this.#log.guard("keeping what was found", undefined, () => this.#workspace.keep())();
  }

  #mostUrgent(): string | undefined {
    const open = new Set(this.#workspace.openFiles);
    const file = [...this.#stale].filter((candidate) => open.has(candidate)).at(-1);
    if (file === undefined) this.#stale.clear();
    else this.#stale.delete(file);
    return file;
  }

  #publish(file: string): void {
    const uri = this.#workspace.uriOf(file);
    const version = this.#workspace.versionOf(file);
    const { findings, problems } = this.#workspace.lookAt(file);
    const diagnostics = findings.map((finding) => diagnosticOf(finding, this.#client, this.#workspace));
    for (const problem of problems) this.#log.warn(problem);
    const text = JSON.stringify([version, diagnostics]);
    if (this.#shown.get(uri) === text) return;
    if (this.#client.pullsDiagnostics) {
      // After its own edit the editor asks by itself; what it must be told is that another one's edit changed more.
      if (this.#shown.get(uri)?.startsWith(`[${version},`)) this.#isPullStale = true;
      return;
    }
    this.#shown.set(uri, text);
    this.#closedFiles.opened(file, uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics, ...(version === null ? {} : { version }) });
  }

  /** The engine works without pause, so what takes long is announced before it begins. */
  async #announceFirstLook(file: string): Promise<void> {
    const files = this.#workspace.firstLookAt(file);
    if (files < filesWorthProgress || !this.#client.showsProgress) return;
    const progress = await this.#connection.window.createWorkDoneProgress();
    progress.begin("Heddle", undefined, `analysing ${files.toLocaleString("en")} files`);
    await turn();
    try {
      this.#workspace.lookAt(file);
    } finally {
      progress.done();
    }
  }
}

/** As `Promise.withResolvers`, which Node.js 20 has not. */
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
