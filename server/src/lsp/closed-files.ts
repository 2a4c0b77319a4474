import { setImmediate as turn } from "node:timers/promises";
import type { Connection } from "vscode-languageserver/node";
import type { Client } from "./client.js";
import { diagnosticOf } from "./diagnostic.js";
import type { Log } from "./log.js";
import type { Workspace } from "./workspace.js";

/** A first look at fewer files is over before a progress message could be read. */
const filesWorthProgress = 200;

/** What the editor was told of a closed file. */
interface Shown {
  /** The project that it belonged to then. */
  readonly project: string;
  readonly uri: string;
  readonly text: string;
}

/**
 * The findings of files that nobody has open, where the user wants those of the whole workspace. They wait until what is
 * open has been looked at: nobody types in them.
 */
export class ClosedFiles {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #log: Log;
  readonly #workspace: Workspace;
  /** What each closed file shows now. */
  readonly #shown = new Map<string, Shown>();
  /** Projects that were looked at. */
  readonly #known = new Set<string>();
  /** Projects whose findings may be others than those shown. */
  readonly #stale = new Set<string>();
  #isAllStale = true;
  #isPublishing = false;

  constructor(connection: Connection, client: Client, log: Log, workspace: Workspace) {
    this.#connection = connection;
    this.#client = client;
    this.#log = log;
    this.#workspace = workspace;
  }

  /** An open file is another now: only what is in memory was computed from it. */
  edited(): void {
    for (const key of this.#workspace.projectsInMemory) this.#stale.add(key);
  }

  /** Files on disk, or what is set, are others now. */
  allChanged(): void {
    this.#isAllStale = true;
  }

  /** What is said of an open file is about to be said with its version, and not here. */
  opened(file: string, uri: string): void {
    const before = this.#shown.get(file);
    this.#shown.delete(file);
    // The editor may spell its address in another way; one that knows both for the same is told the new findings next.
    if (before !== undefined && before.uri !== uri) this.#clear(before.uri);
  }

  /** Whether a file that is not open any more goes on showing what it showed, until it is looked at again here. */
  takesOver(uri: string, file: string): boolean {
    if (!this.#workspace.settings.showsWholeWorkspace) return false;
    const project = this.#workspace.projectOf(file);
    // No findings look like this, so that they are sent in any case.
    this.#shown.set(file, { project, uri, text: "" });
    this.#stale.add(project);
    return true;
  }

  /**
   * Looks at all that may be stale, a project at a time, and sends what differs. Between two projects it lets the editor
   * have its turn, and leaves the rest for the next time where `isUrgent` says that something is to do first.
   */
  async publish(isUrgent: () => boolean): Promise<void> {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    try {
      await this.#publish(isUrgent);
    } finally {
      this.#isPublishing = false;
    }
  }

  async #publish(isUrgent: () => boolean): Promise<void> {
    const isWanted = this.#workspace.settings.showsWholeWorkspace;
    const projects = isWanted ? this.#workspace.filesByProject() : new Map<string, readonly string[]>();
    if (this.#isAllStale) {
      const shown = [...this.#shown.values()].map(({ project }) => project);
      for (const key of [...projects.keys(), ...shown]) this.#stale.add(key);
    }
    this.#isAllStale = false;
    const stale = [...this.#stale];
    const progress = await this.#announce(stale, projects);
    for (const [index, key] of stale.entries()) {
      if (isUrgent()) break;
      progress?.report((index / stale.length) * 100, key);
      await turn();
      // Who cancels does not want the rest before something changes.
      if (progress?.token.isCancellationRequested) for (const each of stale) this.#stale.delete(each);
      if (!this.#stale.delete(key)) continue;
      this.#log.guard("analysing a project", undefined, () => this.#show(key, projects.get(key) ?? []))();
    }
    progress?.done();
  }

  async #announce(stale: readonly string[], projects: ReadonlyMap<string, readonly string[]>) {
    const files = stale.reduce((sum, key) => sum + (this.#known.has(key) ? 0 : (projects.get(key)?.length ?? 0)), 0);
    if (files < filesWorthProgress || !this.#client.showsProgress) return undefined;
    const progress = await this.#connection.window.createWorkDoneProgress();
    progress.begin("Heddle", 0, `analysing ${files.toLocaleString("en")} files`, true);
    return progress;
  }

  #show(project: string, files: readonly string[]): void {
    const now = this.#diagnosticsOf(project, files);
    for (const [file, { uri, diagnostics }] of now) {
      const text = JSON.stringify(diagnostics);
      const before = this.#shown.get(file);
      this.#shown.set(file, { project, uri, text });
      // As above, the other way round.
      if (before !== undefined && before.uri !== uri) this.#clear(before.uri);
      if (before?.text !== text || before.uri !== uri) void this.#connection.sendDiagnostics({ uri, diagnostics });
    }
    // A file that belongs to another project by now is that one's.
    for (const [file, shown] of this.#shown) {
      if (shown.project !== project || now.has(file)) continue;
      this.#shown.delete(file);
      this.#clear(shown.uri);
    }
  }

  #clear(uri: string): void {
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  #diagnosticsOf(project: string, files: readonly string[]) {
    const now = new Map<string, { uri: string; diagnostics: ReturnType<typeof diagnosticOf>[] }>();
    if (files.length === 0) return now;
    this.#known.add(project);
    const open = new Set(this.#workspace.openFiles);
    const found = this.#workspace.lookAtProject(project);
    for (const file of files) {
      const findings = found.get(file);
      if (findings === undefined || open.has(file)) continue;
      const diagnostics = findings.map((finding) => diagnosticOf(finding, this.#client, this.#workspace));
      now.set(file, { uri: this.#workspace.uriOf(file), diagnostics });
    }
    // It may be forgotten before there is time to write down what was found in it.
    this.#workspace.keep();
    return now;
  }
}
