import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
  CallHierarchyIncomingCallsRequest,
  CallHierarchyOutgoingCallsRequest,
  CallHierarchyPrepareRequest,
  CancellationTokenSource,
  CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  CodeActionTriggerKind,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentHighlightRequest,
  ErrorCodes,
  FileChangeType,
  HoverRequest,
  InlayHintRequest,
  LSPErrorCodes,
  type Position,
  PrepareRenameRequest,
  type Range,
  RenameRequest,
  ResponseError,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import {
  findingsRequest,
  lockOrderRequest,
  locksRequest,
  lockUsersRequest,
  mainsRequest,
  type ServerStatus,
  seenRequest,
  statusRequest,
  suppressRequest,
} from "../../server/src/protocol.js";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { Random } from "../support/random.js";
import { pageCases, type Sources, samples } from "./sources.js";

/** Requests that may be under way at once: an editor that asks at each key waits for none. */
const MOST_PENDING = 24;
/** Cases of the rules' pages that stand beside the samples as files: they are full of findings. */
const CASES = 20;
/** Between two looks at what the server holds in memory. */
const MESSAGES_PER_LOOK = 500;
/** What a server may hold in the end beyond the most it held in the first half: caches fill, and heaps are not flat to the byte. */
const GROWTH = 1.25;
/** Bytes of JavaScript objects below which a difference is noise. */
const NOISE = 8 * 2 ** 20;
/** Answers that say why there is none. */
const refusals: readonly number[] = [LSPErrorCodes.RequestCancelled, LSPErrorCodes.ContentModified];
/** A name that clashes is refused with a reason. */
const renameRefusals: readonly number[] = [...refusals, LSPErrorCodes.RequestFailed];
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
/** Answers with the bytes of JavaScript objects that are in use; with the channel alone the server does not stay alive. */
const probe = `process.on("message", () => { gc(); gc(); process.send(process.memoryUsage().heapUsed); }); process.channel.unref();`;

interface ProtocolSoak {
  readonly messages: number;
  readonly answers: number;
  readonly cancelled: number;
  /** Refused because the text was another by then. */
  readonly modified: number;
  /** Refused because there is no such method. */
  readonly unknown: number;
  /** Those that were shown in the end. */
  readonly findings: number;
  /** Bytes of JavaScript objects: the most that were held in the first half, and what is held in the end. */
  readonly before: number;
  readonly after: number;
}

/**
 * A server that gets messages in no sensible order: edits of half-typed texts, versions that go back, requests about
 * anything and anywhere, cancels, documents that come and go, files that change behind the editor, settings of any
 * type, methods that do not exist. Each request is answered, with a result or with one of the reasons that the protocol
 * knows; nothing fails in the server; what it shows in the end is what a new one shows; what it holds does not grow.
 * @throws AssertionError with the seed at what is not so.
 */
export async function soakProtocol(messages: number, seed: number): Promise<ProtocolSoak> {
  const random = new Random(seed);
  const cases = pageCases();
  const chosen = Array.from({ length: CASES }, (_, index) => [`case-${index}.ts`, random.pick(cases)] as const);
  const sources: Sources = { ...samples(), ...Object.fromEntries(chosen) };
  using folder = new Folder({ ...sources, "probe.cjs": probe, "elsewhere/note.md": "# A note\n" });
  const execArgv = ["--expose-gc", "--require", folder.file("probe.cjs")];
  await using editor = await Editor.start({ folders: [folder.path], cache: false, execArgv });
  const client = new Scatterbrain(editor, folder, sources, random);
  const held: number[] = [];
  for (let sent = 1; sent <= messages; sent++) {
    await client.act();
    if (sent % MESSAGES_PER_LOOK === 0) held.push(await client.held());
  }
  await client.mend();
  await client.answered();
  const shown = await client.shown();
  assert.deepEqual(editor.errors, [], `seed ${seed}`);
  assert.deepEqual(client.failures, [], `seed ${seed}`);
  await using fresh = await Editor.start({ folders: [folder.path], cache: false, settings: editor.settings });
  const again = new Map<string, string>();
  for (const { uri, languageId } of client.documents) {
    await fresh.open(uri, editor.text(uri), languageId);
  }
  for (const { uri } of client.documents) again.set(uri, JSON.stringify(await fresh.diagnostics(uri)));
  assert.deepEqual(shown, again, `seed ${seed}`);
  const half = Math.ceil(held.length / 2);
  const [before, after] = [Math.max(0, ...held.slice(0, half)), held.at(-1) ?? 0];
  assert.ok(after <= Math.max(before * GROWTH, before + NOISE), `seed ${seed}: ${held.join(", ")} bytes are held`);
  return {
    messages,
    ...client.counts,
    findings: [...shown.values()].flatMap((text) => JSON.parse(text)).length,
    before,
    after,
  };
}

/** A client that does one thing at a time and keeps no order. */
class Scatterbrain {
  readonly failures: string[] = [];
  readonly counts = { answers: 0, cancelled: 0, modified: 0, unknown: 0 };
  readonly #editor: Editor;
  readonly #folder: Folder;
  readonly #sources: Sources;
  readonly #random: Random;
  readonly #texts: readonly string[];
  readonly #open = new Map<string, TextDocument>();
  readonly #pending = new Set<Promise<void>>();
  #version = 1;

  constructor(editor: Editor, folder: Folder, sources: Sources, random: Random) {
    this.#editor = editor;
    this.#folder = folder;
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
    if (this.#pending.size >= MOST_PENDING) await Promise.race(this.#pending);
    if (this.#open.size === 0 || kind < 10) await this.#openOne();
    else if (kind < 47) await this.#edit();
    else if (kind < 50) await this.#closeOne();
    else if (kind < 54) await this.#changeOnDisk();
    else if (kind < 55) await this.#editor.changeSettings(this.#random.pick(settings));
    else if (kind < 58) await this.#nonsense();
    else if (kind < 60) await this.#editor.diagnostics(this.#document().uri);
    else this.#ask();
  }

  /** Most of what was typed half is made whole: where nothing can be read, nothing is found. */
  async mend(): Promise<void> {
    for (const { uri } of this.documents) {
      const text = this.#original(uri);
      if (text !== undefined && this.#random.below(5) > 0) await this.#editor.rewrite(uri, text);
    }
  }

  /** Resolves when all that was asked is answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Bytes of JavaScript objects that the server holds while nothing is under way. */
  async held(): Promise<number> {
    await this.answered();
    await this.shown();
    return (await this.#editor.ask("held")) as number;
  }

  /** The diagnostics of what is open, by URI, when the server has said them for what it is now. */
  async shown(): Promise<ReadonlyMap<string, string>> {
    // An edit of nothing in each document: what is said of these versions is said after everything before.
    for (const { uri } of this.documents) await this.#change(uri, []);
    const shown = new Map<string, string>();
    for (const { uri } of this.documents) shown.set(uri, JSON.stringify(await this.#editor.diagnostics(uri)));
    return shown;
  }

  async #openOne(): Promise<void> {
    const name = this.#random.pick(Object.keys(this.#sources));
    const kind = this.#random.below(12);
    if (kind === 0)
      await this.#opened(`untitled:Untitled-${this.#random.below(3)}`, this.#random.pick(this.#texts), "typescript");
    else if (kind === 1) await this.#opened(this.#uri("elsewhere/note.md"), "# A note\n", "markdown");
    else if (kind === 2)
      await this.#opened(this.#uri(`new-${this.#random.below(3)}.ts`), this.#random.pick(this.#texts), "typescript");
    else await this.#opened(this.#uri(name), this.#sources[name]!, "typescript");
  }

  async #opened(uri: string, text: string, languageId: string): Promise<void> {
    // Nothing is said of other languages; nobody may wait for it.
    if (languageId === "typescript") this.#open.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.#editor.open(uri, text, languageId);
  }

  async #edit(): Promise<void> {
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
    const { uri } = this.#document();
    this.#open.delete(uri);
    await this.#editor.close(uri);
  }

  async #changeOnDisk(): Promise<void> {
    const name = this.#random.pick(Object.keys(this.#sources));
    const text = this.#random.below(3) === 0 ? this.#random.pick(this.#texts) : this.#sources[name]!;
    writeFileSync(this.#folder.file(name), text);
    await this.#editor.changeOnDisk(this.#folder.file(name), FileChangeType.Changed);
  }

  /** What no client has any reason to send. */
  async #nonsense(): Promise<void> {
    const { connection } = this.#editor;
    const kind = this.#random.below(4);
    if (kind === 0) this.#track(connection.sendRequest("heddle/noSuchMethod", { uri: 7 }), [ErrorCodes.MethodNotFound]);
    else if (kind === 1) await connection.sendNotification("heddle/noSuchNotification", [1, 2, 3]);
    else if (kind === 2) await connection.sendNotification("$/cancelRequest", { id: this.#random.below(1e6) });
    else {
      const uri = this.#uri("not-open.ts");
      const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
      await connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version: 1 },
        contentChanges: [{ range, text: "x" }],
      });
      await connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    }
  }

  #ask(): void {
    const cancel = new CancellationTokenSource();
    const uri = this.#random.below(12) === 0 ? this.#uri("nowhere.ts") : this.#document().uri;
    const kind = this.#random.below(25);
    if (kind === 0) this.#track(this.#overview(cancel), refusals);
    else if (kind < 6) this.#track(this.#annotationAnswer(uri, cancel), renameRefusals);
    else this.#track(this.#answerTo(uri, cancel), refusals);
    if (this.#random.below(4) === 0) cancel.cancel();
  }

  /** What is asked about the whole workspace. */
  async #overview({ token }: CancellationTokenSource): Promise<unknown> {
    const { connection } = this.#editor;
    const kind = this.#random.below(4);
    if (kind === 0) return connection.sendRequest(locksRequest, {}, token);
    if (kind === 1) return connection.sendRequest(lockOrderRequest, {}, token);
    return connection.sendRequest(findingsRequest, { withLocks: kind === 2 }, token);
  }

  /** What is asked about annotations, half of it where one stands; and how the server is. */
  async #annotationAnswer(uri: string, { token }: CancellationTokenSource): Promise<unknown> {
    const { connection } = this.#editor;
    const kind = this.#random.below(5);
    if (kind === 0) {
      const status: ServerStatus = await connection.sendRequest(statusRequest, {}, token);
      assert.equal(status.lastError, undefined);
      return status;
    }
    const params = { textDocument: { uri }, position: this.#annotationIn(uri) };
    if (kind === 1) return connection.sendRequest(CompletionRequest.type, params, token);
    if (kind === 2) return connection.sendRequest(DefinitionRequest.type, params, token);
    if (kind === 3) return connection.sendRequest(PrepareRenameRequest.type, params, token);
    const newName = this.#random.pick(["latch", "#latch", "class", "", "lock", "💥"]);
    return connection.sendRequest(RenameRequest.type, { ...params, newName }, token);
  }

  #annotationIn(uri: string): Position {
    const text = this.#open.has(uri) ? this.#editor.text(uri) : "";
    const tags = [...text.matchAll(/@(?:guardedBy|requires)[ \t]+[\w#.]*/g)];
    if (tags.length === 0 || this.#random.below(2) === 0) {
      return { line: this.#random.below(60), character: this.#random.below(60) };
    }
    const tag = this.#random.pick(tags);
    const offset = tag.index + 1 + this.#random.below(tag[0].length);
    return TextDocument.create(uri, "typescript", 0, text).positionAt(offset);
  }

  async #answerTo(uri: string, { token }: CancellationTokenSource): Promise<unknown> {
    const { connection } = this.#editor;
    const textDocument = { uri };
    const position: Position = { line: this.#random.below(60), character: this.#random.below(60) };
    const range: Range = { start: position, end: { line: position.line + this.#random.below(30), character: 0 } };
    const kind = this.#random.below(10);
    if (kind === 0) return connection.sendRequest(HoverRequest.type, { textDocument, position }, token);
    if (kind === 1) return connection.sendRequest(DocumentHighlightRequest.type, { textDocument, position }, token);
    if (kind === 2) return connection.sendRequest(InlayHintRequest.type, { textDocument, range }, token);
    if (kind === 3) return connection.sendRequest(CodeLensRequest.type, { textDocument }, token);
    if (kind === 4) return connection.sendRequest(mainsRequest, { uri }, token);
    if (kind === 5) {
      const who = this.#random.pick(["acquirers", "holders"]);
      return connection.sendRequest(lockUsersRequest, { textDocument, position, who }, token);
    }
    if (kind === 6) {
      const places = [{ file: this.#folder.file("deadlock.ts"), line: 1 + this.#random.below(40), column: 1 }];
      const findings = [{ id: "lock-order-inversion", places }];
      return connection.sendRequest(seenRequest, { findings, files: [this.#folder.file("deadlock.ts")] }, token);
    }
    if (kind === 7) {
      const what = { uri, ruleId: "unguarded-shared-mutation", fingerprint: "gone", reason: "It is meant." };
      return connection.sendRequest(suppressRequest, what, token);
    }
    if (kind === 8) {
      const [item] =
        (await connection.sendRequest(CallHierarchyPrepareRequest.type, { textDocument, position }, token)) ?? [];
      if (!item) return null;
      await connection.sendRequest(CallHierarchyOutgoingCallsRequest.type, { item }, token);
      return connection.sendRequest(CallHierarchyIncomingCallsRequest.type, { item }, token);
    }
    // Asked for, the refactorings are among them; each kind alone is what a menu of it asks for.
    const triggerKind = this.#random.pick([CodeActionTriggerKind.Automatic, CodeActionTriggerKind.Invoked]);
    const only = this.#random.pick([undefined, ["refactor"], ["refactor.extract"], ["refactor.rewrite.heddle"]]);
    const context = { diagnostics: [], triggerKind, ...(only ? { only } : {}) };
    const actions =
      (await connection.sendRequest(CodeActionRequest.type, { textDocument, range, context }, token)) ?? [];
    const resolvable = actions.filter(
      (action): action is CodeAction => CodeAction.is(action) && action.data !== undefined,
    );
    if (resolvable.length === 0) return actions;
    return connection.sendRequest(CodeActionResolveRequest.type, this.#random.pick(resolvable), token);
  }

  /** An answer that comes some time: a result, or one of the codes. */
  #track(answer: Promise<unknown>, codes: readonly number[]): void {
    const tracked = answer
      .then(
        () => void this.counts.answers++,
        (error: unknown) => {
          if (!(error instanceof ResponseError) || !codes.includes(error.code)) this.failures.push(String(error));
          else if (error.code === LSPErrorCodes.RequestCancelled) this.counts.cancelled++;
          else if (error.code === LSPErrorCodes.ContentModified) this.counts.modified++;
          else this.counts.unknown++;
        },
      )
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  #document(): TextDocument {
    return this.#random.pick(this.documents);
  }

  #uri(name: string): string {
    return pathToFileURL(this.#folder.file(name)).href;
  }
}
