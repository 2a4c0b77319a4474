import { existsSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  type CodeAction,
  DidChangeTextDocumentNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidSaveTextDocumentNotification,
  DocumentDiagnosticRequest,
  ErrorCodes,
  FileChangeType,
  LSPErrorCodes,
  type Range,
  ResponseError,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { statusRequest } from "../../server/src/protocol.js";
import type { Editor } from "../support/editor.js";
import type { Folder } from "../support/folder.js";
import type { Random } from "../support/random.js";
import { askAnything, type RequestKind } from "./random-requests.js";
import { pageCases, type Sources } from "./sources.js";

/** Requests that may be under way at once: an editor that asks at each key waits for none. */
const MOST_PENDING = 24;
/** Milliseconds: for a slow machine that does other things beside. */
const DEADLINE = 120_000;
/** Answers that say why there is none. */
const refusals: readonly number[] = [LSPErrorCodes.RequestCancelled, LSPErrorCodes.ContentModified];
/** What is typed, whole and half. */
const typed = [
  "{",
  "}",
  "(",
  "`",
  '"',
  "/*",
  "// heddle-ignore-next-line",
  "/** @guardedBy lock */\n",
  "/** @requires this.#lock */ ",
  "await ",
  "lock.acquire();\n",
  "\n",
  "=>",
  "💥",
];
const settings: readonly unknown[] = [
  null,
  { rules: { "unguarded-shared-mutation": "error" } },
  { rules: { "lock-order-inversion": "off" }, codeLens: { guards: false } },
  { diagnostics: { scope: "workspace" } },
  { rules: ["of", "the wrong type"], docsBase: 7, inlayHints: "many" },
];
/** Whole, broken, and gone. */
const configurations: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "tsconfig.json": [
    '{ "compilerOptions": { "strict": true, "lib": ["es2024"] } }',
    '{ "compilerOptions": {',
    undefined,
  ],
  "heddle.config.json": ['{ "rules": { "lock-order-inversion": "off" } }', '{ "rules": 7', undefined],
  "package.json": ['{ "name": "scatterbrained", "type": "module" }', "", undefined],
};

/** What is done, and what is asked. */
export type Kind =
  | "open"
  | "edit"
  | "close"
  | "save"
  | "file"
  | "configuration file"
  | "settings"
  | "folders"
  | "nonsense"
  | RequestKind;

/** A client that does one thing at a time and keeps no order. */
export class ScatterbrainedClient {
  readonly failures: string[] = [];
  readonly counts = { answers: 0, cancelled: 0, modified: 0, refused: 0 };
  readonly kinds = new Map<Kind, number>();
  readonly #editor: Editor;
  readonly #folder: Folder;
  readonly #other: Folder;
  readonly #sources: Sources;
  readonly #random: Random;
  readonly #texts: readonly string[];
  readonly #open = new Map<string, TextDocument>();
  readonly #pending = new Map<Promise<void>, Kind>();
  readonly #actions: CodeAction[] = [];
  #hasOther = false;
  #version = 1;

  /** `folder` is open and has the sources; `other` is opened and closed beside it. */
  constructor(editor: Editor, folder: Folder, other: Folder, sources: Sources, random: Random) {
    this.#editor = editor;
    this.#folder = folder;
    this.#other = other;
    this.#sources = sources;
    this.#random = random;
    this.#texts = [...Object.values(sources), ...pageCases()];
  }

  /** What is open now. */
  get documents(): readonly TextDocument[] {
    return [...this.#open.values()];
  }

  /** Sends one message, or a request and what cancels it. */
  async act(): Promise<void> {
    const kind = this.#random.below(100);
    if (this.#pending.size >= MOST_PENDING) await this.#answers(Promise.race(this.#pending.keys()));
    if (this.#open.size === 0 || kind < 8) await this.#openOne();
    else if (kind < 43) await this.#edit();
    else if (kind < 46) await this.#closeOne();
    else if (kind < 47) await this.#save();
    else if (kind < 51) await this.#changeFile();
    else if (kind < 52) await this.#changeConfigurationFile();
    else if (kind < 53) await this.#changeSettings();
    else if (kind < 54) await this.#changeFolders();
    else if (kind < 57) await this.#nonsense();
    else this.#ask();
  }

  /** Everything is opened, and most of what was typed half is made whole: where nothing can be read, nothing is found. */
  async mend(): Promise<void> {
    if (this.#hasOther) await this.#changeFolders();
    // While one is broken the last whole one counts, which a new server has never seen.
    for (const [name, [whole]] of Object.entries(configurations)) await this.#putFile(name, whole);
    for (const [name, text] of Object.entries(this.#sources)) {
      if (!this.#open.has(this.#uri(name))) await this.#opened(this.#uri(name), text, "typescript");
    }
    for (const { uri } of this.documents) {
      const text = this.#original(uri);
      if (text !== undefined && this.#random.below(5) > 0) await this.#editor.rewrite(uri, text);
    }
  }

  /** Bytes of JavaScript objects that the server holds while nothing is under way. */
  async held(): Promise<number> {
    await this.shown();
    return (await this.#editor.ask("held")) as number;
  }

  /** The diagnostics of what is open, by URI, when all is answered and the server has said them for what is so now. */
  async shown(): Promise<ReadonlyMap<string, string>> {
    await this.#answers(Promise.all(this.#pending.keys()));
    await this.#settingsAreTaken();
    // An edit of nothing in each document: what is said of these versions is said after everything before.
    for (const { uri } of this.documents) await this.#change(uri, []);
    const shown = new Map<string, string>();
    for (const { uri } of this.documents) shown.set(uri, JSON.stringify(await this.#diagnostics(uri)));
    return shown;
  }

  /** @throws Error with what was asked if the server does not answer. */
  async #answers(answers: Promise<unknown>): Promise<void> {
    const deadline = new AbortController();
    const late = setTimeout(DEADLINE, true, { signal: deadline.signal }).catch(() => false);
    const isLate = await Promise.race([answers.then(() => false), late]);
    deadline.abort();
    if (isLate) throw new Error(`No answer to: ${[...this.#pending.values()].join(", ")}`);
  }

  async #diagnostics(uri: string): Promise<unknown> {
    if (!this.#editor.initialized?.capabilities.diagnosticProvider) return this.#editor.diagnostics(uri);
    const report = await this.#editor.connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
    return "items" in report ? report.items : report;
  }

  /** With the first answer the server has asked for the settings, if it was to; with the second it has them. */
  async #settingsAreTaken(): Promise<void> {
    for (let round = 0; round < 2; round++) await this.#editor.connection.sendRequest(statusRequest);
  }

  async #openOne(): Promise<void> {
    this.#count("open");
    const name = this.#random.pick(Object.keys(this.#sources));
    const kind = this.#random.below(12);
    const text = this.#random.pick(this.#texts);
    if (kind === 0) await this.#opened(`untitled:Untitled-${this.#random.below(3)}`, text, "typescript");
    else if (kind === 1) await this.#opened(this.#uri("elsewhere/note.md"), "# A note\n", "markdown");
    else if (kind === 2) await this.#opened(this.#uri(`new-${this.#random.below(3)}.ts`), text, "typescript");
    else if (kind === 3) await this.#opened(this.#uri(`plain-${this.#random.below(3)}.mjs`), text, "javascript");
    else await this.#opened(this.#uri(name), this.#sources[name]!, "typescript");
  }

  async #opened(uri: string, text: string, languageId: string): Promise<void> {
    // Nothing is said of other languages; nobody may wait for it.
    if (languageId !== "markdown") this.#open.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.#editor.open(uri, text, languageId);
  }

  async #edit(): Promise<void> {
    this.#count("edit");
    const { uri } = this.#document();
    const text = this.#editor.text(uri);
    const whole = TextDocument.create(uri, "typescript", 0, text);
    const offset = this.#random.below(text.length + 1);
    const at = (start: number, length: number): Range => ({
      start: whole.positionAt(start),
      end: whole.positionAt(start + length),
    });
    const kind = this.#random.below(10);
    if (kind < 4) await this.#change(uri, [{ range: at(offset, 0), text: this.#random.pick(typed) }]);
    else if (kind < 5) await this.#change(uri, [{ range: at(offset, this.#random.below(60)), text: "" }]);
    else if (kind < 6) {
      // Beyond every line and column: the end is meant.
      const end = { line: whole.lineCount + 9, character: 9 };
      await this.#change(uri, [{ range: { start: end, end }, text: "\n// the end" }]);
    } else {
      await this.#change(uri, [
        { range: at(0, text.length), text: this.#original(uri) ?? this.#random.pick(this.#texts) },
      ]);
    }
  }

  /** What the file of a document was in the beginning. */
  #original(uri: string): string | undefined {
    return Object.entries(this.#sources).find(([name]) => this.#uri(name) === uri)?.[1];
  }

  /** Versions that were never there before, but not in order. */
  async #change(uri: string, changes: { range: Range; text: string }[]): Promise<void> {
    this.#version += 1;
    await this.#editor.change(uri, changes, this.#random.below(20) === 0 ? -this.#version : this.#version);
  }

  async #closeOne(): Promise<void> {
    this.#count("close");
    const { uri } = this.#document();
    this.#open.delete(uri);
    await this.#editor.close(uri);
  }

  /** The file has what the document has; the server is told of both. */
  async #save(): Promise<void> {
    this.#count("save");
    const name = this.#random.pick(Object.keys(this.#sources));
    const uri = this.#uri(name);
    if (!this.#open.has(uri)) return;
    this.#folder.write(name, this.#editor.text(uri));
    await this.#editor.connection.sendNotification(DidSaveTextDocumentNotification.type, { textDocument: { uri } });
    await this.#editor.changeOnDisk(this.#folder.file(name), FileChangeType.Changed);
  }

  /** A file is another one, is gone, also under an open document, or is there again. */
  async #changeFile(): Promise<void> {
    this.#count("file");
    const name = this.#random.pick(Object.keys(this.#sources));
    const text = this.#random.below(3) === 0 ? this.#random.pick(this.#texts) : this.#sources[name]!;
    await this.#putFile(name, this.#random.below(6) === 0 ? undefined : text);
  }

  async #changeConfigurationFile(): Promise<void> {
    this.#count("configuration file");
    const name = this.#random.pick(Object.keys(configurations));
    await this.#putFile(name, this.#random.pick(configurations[name]!));
  }

  /** `text` undefined: there is none. */
  async #putFile(name: string, text: string | undefined): Promise<void> {
    const file = this.#folder.file(name);
    const was = existsSync(file);
    if (text === undefined) rmSync(file, { force: true });
    else writeFileSync(file, text);
    if (text === undefined && !was) return;
    const type = text === undefined ? FileChangeType.Deleted : was ? FileChangeType.Changed : FileChangeType.Created;
    await this.#editor.changeOnDisk(file, type);
  }

  async #changeSettings(): Promise<void> {
    this.#count("settings");
    await this.#editor.changeSettings(this.#random.pick(settings));
  }

  async #changeFolders(): Promise<void> {
    this.#count("folders");
    const { path } = this.#other;
    const folder = { uri: pathToFileURL(path).href, name: "other" };
    const event = this.#hasOther ? { added: [], removed: [folder] } : { added: [folder], removed: [] };
    this.#hasOther = !this.#hasOther;
    await this.#editor.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, { event });
  }

  /** What no client has any reason to send. */
  async #nonsense(): Promise<void> {
    this.#count("nonsense");
    const { connection } = this.#editor;
    const kind = this.#random.below(4);
    if (kind === 0) {
      this.#track("nonsense", connection.sendRequest("heddle/noSuchMethod", { uri: 7 }), [ErrorCodes.MethodNotFound]);
    } else if (kind === 1) await connection.sendNotification("heddle/noSuchNotification", [1, 2, 3]);
    else if (kind === 2) await connection.sendNotification("$/cancelRequest", { id: this.#random.below(1e6) });
    else {
      const uri = this.#uri("not-open.ts");
      const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
      await connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: 1 },
        contentChanges: [{ range, text: "x" }],
      });
      await connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    }
  }

  #ask(): void {
    const uri = this.#random.below(12) === 0 ? this.#uri("nowhere.ts") : this.#interesting().uri;
    const text = this.#open.has(uri) ? this.#editor.text(uri) : "";
    const document = TextDocument.create(uri, "typescript", 0, text);
    const { kind, answer, mayFail, cancel } = askAnything(
      this.#editor.connection,
      this.#random,
      document,
      this.#editor.shown(uri),
      this.#actions,
    );
    this.#count(kind);
    this.#track(kind, answer, mayFail ? [...refusals, LSPErrorCodes.RequestFailed] : refusals);
    if (this.#random.below(4) === 0) cancel();
  }

  /** An answer that comes some time: a result, or one of the codes. */
  #track(kind: Kind, answer: Promise<unknown>, codes: readonly number[]): void {
    const tracked = answer
      .then(
        () => void this.counts.answers++,
        (error: unknown) => {
          if (!(error instanceof ResponseError) || !codes.includes(error.code)) this.failures.push(String(error));
          else if (error.code === LSPErrorCodes.RequestCancelled) this.counts.cancelled++;
          else if (error.code === LSPErrorCodes.ContentModified) this.counts.modified++;
          else this.counts.refused++;
        },
      )
      .finally(() => this.#pending.delete(tracked));
    this.#pending.set(tracked, kind);
  }

  #count(kind: Kind): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  /** Half of the time one in which something is found, if there is any. */
  #interesting(): TextDocument {
    const found = this.documents.filter(({ uri }) => this.#editor.shown(uri).length > 0);
    return found.length === 0 || this.#random.below(2) === 0 ? this.#document() : this.#random.pick(found);
  }

  #document(): TextDocument {
    return this.#random.pick(this.documents);
  }

  #uri(name: string): string {
    return pathToFileURL(this.#folder.file(name)).href;
  }
}
