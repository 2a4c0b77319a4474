import { setImmediate as turn } from "node:timers/promises";
import type { Connection } from "vscode-languageserver/node";
import type { Client } from "./client.js";
import { diagnosticOf } from "./diagnostic.js";
import type { Log } from "./log.js";
import type { Workspace } from "./workspace.js";

/** A first look at fewer files is over before a progress message could be read. */
const filesWorthProgress = 200;

/**
 * The findings of files that nobody has open, where the user wants those of the whole workspace. They wait until what is
 * open has been looked at: nobody types in them.
 */
export class ClosedFiles {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #log: Log;
  readonly #workspace: Workspace;
  /** What each closed file shows now, by project and URI. */
  readonly #shown = new Map<string, Map<string, string>>();
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

  /** What is said of an open file is said with its version, and not here. */
  opened(uri: string): void {
    for (const shown of this.#shown.values()) shown.delete(uri);
  }

  /** Whether a file that is not open any more goes on showing what it showed, until it is looked at again here. */
  takesOver(uri: string, file: string): boolean {
    if (!this.#workspace.settings.showsWholeWorkspace) return false;
    const key = this.#workspace.projectOf(file);
    const shown = this.#shown.get(key) ?? new Map<string, string>();
    // No findings look like this, so that they are sent in any case.
    this.#shown.set(key, shown.set(uri, ""));
    this.#stale.add(key);
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
    if (this.#isAllStale) for (const key of [...projects.keys(), ...this.#shown.keys()]) this.#stale.add(key);
    this.#isAllStale = false;
    const stale = [...this.#stale];
    const progress = await this.#announce(stale, projects);
    for (const [index, key] of stale.entries()) {
      if (isUrgent()) break;
      progress?.report((index / stale.length) * 100, key);
      await turn();
      // Who cancels does not want the rest before something changes.
      if (progress?.token.isCancellationRequested) this.#stale.clear();
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

  #show(key: string, files: readonly string[]): void {
    const before = this.#shown.get(key);
    const now = this.#diagnosticsOf(key, files);
    for (const [uri, { text, diagnostics }] of now) {
      if (before?.get(uri) !== text) void this.#connection.sendDiagnostics({ uri, diagnostics });
    }
    for (const uri of before?.keys() ?? []) {
      if (!now.has(uri)) void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
    }
    this.#shown.set(key, new Map([...now].map(([uri, { text }]) => [uri, text])));
  }

  #diagnosticsOf(key: string, files: readonly string[]) {
    const now = new Map<string, { text: string; diagnostics: ReturnType<typeof diagnosticOf>[] }>();
    if (files.length === 0) return now;
    this.#known.add(key);
    const open = new Set(this.#workspace.openFiles);
    const found = this.#workspace.lookAtProject(key);
    for (const file of files) {
      const findings = found.get(file);
      if (findings === undefined || open.has(file)) continue;
      const diagnostics = findings.map((finding) => diagnosticOf(finding, this.#client, this.#workspace));
      now.set(this.#workspace.uriOf(file), { text: JSON.stringify(diagnostics), diagnostics });
    }
    // It may be forgotten before there is time to write down what was found in it.
    this.#workspace.keep();
    return now;
  }
}
