import { posix } from "node:path";
import process from "node:process";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Snapshot } from "../analysis.js";
import { type Configuration, nearestConfiguration, noConfiguration, readConfiguration } from "../configuration.js";
import type { Finding, Level } from "../finding.js";
import type { ProjectStatus } from "../protocol.js";
import type { ResultCache } from "../result-cache.js";
import { findProjects, looseProject, type Project, ProjectError } from "../source/project.js";
import { findSourceFiles } from "../source/source-files.js";
import { readText } from "../source/text.js";
import { nearestConfig } from "../source/tsconfig.js";
import { Home, type KeptResult, type Look } from "./home.js";
import type { LocatedFinding } from "./located-finding.js";
import type { Notes } from "./notes.js";
import { defaultSettings, type Settings } from "./settings.js";
import { fileOfUri, isUntitled, uriOfFile } from "./uri.js";

/** A document in the editor whose text the engine uses instead of the file's. */
export interface OpenDocument {
  readonly file: string;
  readonly document: TextDocument;
}

/** Projects nobody has a file open in are kept up to this many: going back and forth between two must be quick. */
const idleHomesKept = 3;

/** What is open in the editor, and the project each file belongs to. Knows nothing of the connection. */
export class Workspace {
  readonly #open = new Map<string, OpenDocument>();
  readonly #uris = new Map<string, string>();
  /** By the path of the tsconfig, or the folder without one; the least recently used first. */
  readonly #homes = new Map<string, Home>();
  readonly #problems = new Set<string>();
  readonly #report: (problem: string) => void;
  /** How often anything changed, the files and configurations on disk changed, and by project its open files did. */
  #revision = 0;
  #diskRevision = 0;
  readonly #editRevisions = new Map<string, number>();
  #folders: readonly string[] = [];
  #listed: ReadonlyMap<string, readonly string[]> | undefined;
  #settings: Settings = defaultSettings;
  /** What was found before the server started; undefined where that is not wanted. */
  cache: ResultCache<KeptResult> | undefined;

  /** `report` is told once about each project that cannot be understood as it stands. */
  constructor(report: (problem: string) => void) {
    this.#report = report;
  }

  get settings(): Settings {
    return this.#settings;
  }

  set settings(settings: Settings) {
    this.#settings = settings;
    this.#configureAll();
  }

  setFolders(uris: readonly string[]): void {
    this.#folders = uris
      .map((uri) => fileOfUri(uri, "", ""))
      .filter((folder) => folder !== undefined)
      .map((folder) => (folder.length > 1 ? folder.replace(/\/$/, "") : folder));
    this.#listed = undefined;
  }

  get openFiles(): readonly string[] {
    return [...this.#uris.keys()];
  }

  documentOf(uri: string): OpenDocument | undefined {
    return this.#open.get(uri);
  }

  /** The URI the editor knows a file by. */
  uriOf(file: string): string {
    return this.#uris.get(file) ?? uriOfFile(file);
  }

  versionOf(file: string): number | null {
    const uri = this.#uris.get(file);
    return (uri === undefined ? undefined : this.#open.get(uri)?.document.version) ?? null;
  }

  /** Returns the file, or undefined when the document is nothing to analyse. */
  open(document: TextDocument): string | undefined {
    const folder = this.#folders[0] ?? process.cwd().replaceAll("\\", "/");
    const file = fileOfUri(document.uri, document.languageId, folder);
    if (file === undefined) return undefined;
    this.#open.set(document.uri, { file, document });
    this.#uris.set(file, document.uri);
    this.#changed(file, document.getText());
    return file;
  }

  /** The text of an open document is another now. */
  edited(uri: string): string | undefined {
    const open = this.#open.get(uri);
    if (open !== undefined) this.#changed(open.file, open.document.getText());
    return open?.file;
  }

  close(uri: string): string | undefined {
    const open = this.#open.get(uri);
    if (open === undefined) return undefined;
    this.#open.delete(uri);
    this.#uris.delete(open.file);
    this.#changed(open.file, undefined);
    if (isUntitled(open.file)) this.#homes.delete(open.file);
    return open.file;
  }

  /** A file changed on disk. What is open in the editor counts more than the disk. */
  changedOnDisk(uri: string): void {
    const file = fileOfUri(uri, "", "");
    if (file !== undefined && !this.#uris.has(file)) this.#changed(file, undefined);
    this.#changedBeneath();
  }

  /** A `package.json` came, went or changed on disk. It is a file of no project, and may say for any what imports mean. */
  manifestChanged(uri: string): void {
    const file = fileOfUri(uri, "", "");
    if (file === undefined) return;
    for (const home of this.#homes.values()) home.manifestChanged(file);
    this.#changedBeneath();
  }

  /** Whether a file says, for a project that is looked at, what a library means. */
  isModelFile(uri: string): boolean {
    const file = fileOfUri(uri, "", "");
    return file !== undefined && [...this.#homes.values()].some((home) => home.isModelFile(file));
  }

  /** Files came or went, or a configuration changed: every project is looked up again, and kept where it can be. */
  lookAgain(): void {
    this.#problems.clear();
    this.#listed = undefined;
    for (const [key, home] of this.#homes) {
      if (isUntitled(key)) continue;
      const project = this.#find(key, home.project);
      if (!home.adopt(project, (file) => this.#uris.has(file))) this.#homes.delete(key);
    }
    this.#configureAll();
  }

  /** What is found in a file, by the last server where nothing has changed. Blocks while a project is analysed for the first time. */
  lookAt(file: string): Look {
    return this.#homeOf(file).lookAt(file);
  }

  /** The same for a file that need not be open. In what belongs to no project of the workspace, nothing is found. */
  lookAtClosed(file: string): readonly LocatedFinding[] {
    if (this.#uris.has(file)) return this.lookAt(file).findings;
    if (this.#folderOf(file) === undefined || file.includes("/node_modules/")) return [];
    const home = this.#homeAt(this.#keyOf(file));
    return home.has(file) ? home.lookAt(file).findings : [];
  }

  /** The source files below the folders of the workspace, by the project that each belongs to. Blocks: it lists folders. */
  filesByProject(): ReadonlyMap<string, readonly string[]> {
    this.#listed ??= this.#list();
    return this.#listed;
  }

  /** The same, as far as the projects are in memory: what an edit of an open file can change. */
  get projectsInMemory(): readonly string[] {
    return [...this.#homes.keys()];
  }

  get projectsOfOpenFiles(): readonly string[] {
    return [...new Set(this.openFiles.map((file) => this.#keyOf(file)))];
  }

  /** Another number after every change of whatever findings rest on. */
  get revision(): number {
    return this.#revision;
  }

  /** The same of one project. */
  revisionOf(project: string): string {
    return `${this.#diskRevision} ${this.#editRevisions.get(project) ?? 0}`;
  }

  /** How they are; nothing is analysed for it. */
  get projects(): readonly ProjectStatus[] {
    return [...this.#homes].map(([name, { project, milliseconds }]) => ({
      name,
      files: project.files.length,
      milliseconds,
    }));
  }

  /** What is found in the files of a project, those without findings left out. Blocks as above. */
  lookAtProject(key: string): ReadonlyMap<string, readonly LocatedFinding[]> {
    return this.#homeAt(key).lookAtAll();
  }

  /** The program of a project. Blocks as above. */
  snapshotOfProject(key: string): Snapshot {
    return this.#homeAt(key).snapshot();
  }

  /** The project that a file belongs to. */
  projectOf(file: string): string {
    return this.#keyOf(file);
  }

  /** The text of a file as the editor has it, else as the disk does; undefined where there is none. Blocks. */
  textOf(file: string): string | undefined {
    const uri = this.#uris.get(file);
    if (uri !== undefined) return this.#open.get(uri)?.document.getText();
    try {
      return readText(file);
    } catch {
      return undefined;
    }
  }

  /** What is set for a rule in a file, left out of the analysis or not; undefined where nothing is. Blocks. */
  levelOf(file: string, ruleId: string): Level | undefined {
    const key = this.#keyOf(file);
    const folder = key.endsWith("/tsconfig.json") ? posix.dirname(key) : key;
    return this.#settings.severities.get(ruleId) ?? this.#configurationIn(folder).severities.get(ruleId);
  }

  /** What is shown of a file besides its findings. Blocks as above. */
  notesOf(file: string): Notes {
    return this.#homeOf(file).notesOf(file);
  }

  /** Keeps what is found for the next server. */
  keep(): void {
    for (const home of this.#homes.values()) home.keep();
  }

  /** The program of a file, for what is not kept. Blocks as above. */
  snapshotOf(file: string): Snapshot {
    return this.#homeOf(file).snapshot();
  }

  /** Whether the program of a file has been read, so that asking it anything is cheap. */
  isRead(file: string): boolean {
    return this.#homeOf(file).isRead;
  }

  /** The programs that these files are part of, as far as they belong to projects of the workspace. Blocks as above. */
  snapshotsOf(files: readonly string[]): readonly Snapshot[] {
    const isOurs = (file: string): boolean => this.#folderOf(file) !== undefined && !file.includes("/node_modules/");
    const homes = new Set(files.flatMap((file) => (this.#uris.has(file) || isOurs(file) ? [this.#homeOf(file)] : [])));
    return [...homes].flatMap((home) => (files.some((file) => home.has(file)) ? [home.snapshot()] : []));
  }

  /** The texts after all fixes that `find` picks in the project of a file. Blocks as above, and longer. */
  fixAll(file: string, find: (snapshot: Snapshot) => readonly Finding[]): ReadonlyMap<string, string> {
    return this.#homeOf(file).fixAll(find);
  }

  /** How many files a first look at the project of a file will read; 0 when it was looked at before, if by the last server. */
  firstLookAt(file: string): number {
    const home = this.#homeOf(file);
    return home.isLookedAt() ? 0 : home.project.files.length;
  }

  /** Whether two files are analysed together, so that an edit of one may change what is found in the other. */
  areTogether(a: string, b: string): boolean {
    return this.#homeOf(b).has(a);
  }

  #changed(file: string, text: string | undefined): void {
    for (const [key, home] of this.#homes) {
      if (!home.has(file)) continue;
      home.change(file, text);
      this.#edited(key);
    }
    this.#edited(this.#keyOf(file));
  }

  #edited(key: string): void {
    this.#revision += 1;
    this.#editRevisions.set(key, this.#revision);
  }

  #changedBeneath(): void {
    this.#revision += 1;
    this.#diskRevision = this.#revision;
  }

  #homeOf(file: string): Home {
    const home = this.#homeAt(this.#keyOf(file));
    // An open file belongs to its project even if the configuration leaves it out: the user looks at it.
    const uri = this.#uris.get(file);
    if (!home.has(file)) home.change(file, uri === undefined ? undefined : this.#open.get(uri)?.document.getText());
    return home;
  }

  #homeAt(key: string): Home {
    let home = this.#homes.get(key);
    if (home === undefined) {
      const project = this.#find(key);
      home = new Home(project, this.#configurationOf(key, project), this.#settings.severities, this.cache);
      for (const [open, uri] of this.#uris) {
        if (home.has(open)) home.change(open, this.#open.get(uri)?.document.getText());
      }
    }
    this.#homes.delete(key);
    this.#homes.set(key, home);
    this.#forgetIdle();
    return home;
  }

  #configureAll(): void {
    this.#changedBeneath();
    for (const [key, home] of this.#homes) {
      const configuration = this.#configurationOf(key, home.project);
      if (!home.configure(configuration, this.#settings.severities)) this.#homes.delete(key);
    }
  }

  /** Of what has no place yet, the folder it would be saved in decides. */
  #configurationOf(key: string, project: Project): Configuration {
    return this.#configurationIn(isUntitled(key) ? posix.dirname(posix.dirname(key)) : project.directory);
  }

  #configurationIn(folder: string): Configuration {
    const file = nearestConfiguration(folder);
    if (file === undefined) return noConfiguration;
    const { configuration, problems } = readConfiguration(file);
    for (const problem of problems) this.#tell(problem);
    return configuration;
  }

  #keyOf(file: string): string {
    if (isUntitled(file)) return file;
    const folder = posix.dirname(file);
    return nearestConfig(folder) ?? this.#folderOf(file) ?? folder;
  }

  #list(): ReadonlyMap<string, readonly string[]> {
    const byProject = new Map<string, string[]>();
    const keys = new Map<string, string>();
    const files = new Set(this.#folders.flatMap((folder) => findSourceFiles(folder, [])));
    for (const file of files) {
      const folder = posix.dirname(file);
      const key = keys.get(folder) ?? this.#keyOf(file);
      keys.set(folder, key);
      const its = byProject.get(key);
      if (its) its.push(file);
      else byProject.set(key, [file]);
    }
    return byProject;
  }

  #folderOf(file: string): string | undefined {
    return this.#folders
      .filter((folder) => file.startsWith(`${folder}/`))
      .sort((a, b) => b.length - a.length)
      .at(0);
  }

  #find(key: string, before?: Project): Project {
    if (isUntitled(key)) return looseProject(posix.dirname(posix.dirname(key)));
    const isConfig = key.endsWith("/tsconfig.json");
    // Outside every folder of the workspace only what is open is read: the folder may be the user's whole home.
    if (!isConfig && !this.#folders.includes(key)) return looseProject(key);
    try {
      const [project] = isConfig ? findProjects([], { project: key }) : findProjects([key]);
      for (const problem of project?.problems ?? []) this.#tell(problem);
      return project ?? looseProject(key);
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      // A folder that has no source files on disk yet is nothing to complain about in an editor.
      if (isConfig) this.#tell(error.message.replace(/; .*$/, "; until it is repaired, only open files are analysed"));
      return before ?? looseProject(isConfig ? posix.dirname(key) : key);
    }
  }

  #tell(problem: string): void {
    if (this.#problems.has(problem)) return;
    this.#problems.add(problem);
    this.#report(problem);
  }

  #forgetIdle(): void {
    if (this.#homes.size <= idleHomesKept) return;
    // A project that only knows an open file is idle as well: when a configuration came or went, the file is another's.
    const inUse = new Set(this.projectsOfOpenFiles);
    const idle = [...this.#homes.keys()].filter((key) => !inUse.has(key));
    for (const key of idle.slice(0, Math.max(0, idle.length - idleHomesKept))) this.#homes.delete(key);
  }
}
