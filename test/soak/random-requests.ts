import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  CallHierarchyIncomingCallsRequest,
  CallHierarchyOutgoingCallsRequest,
  CallHierarchyPrepareRequest,
  CancellationTokenSource,
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  CodeActionTriggerKind,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  type Diagnostic,
  DocumentDiagnosticRequest,
  DocumentHighlightRequest,
  HoverRequest,
  InlayHintRequest,
  type Position,
  PrepareRenameRequest,
  type ProtocolConnection,
  type Range,
  RenameRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  WorkspaceDiagnosticRequest,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
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
import type { Random } from "../support/random.js";

/** Where something is known: locks and what is done with them. */
const tellingNames = /\b(?:acquire|release|withLock|\w*[lL]ock|mutex\w*|total|shared)\b/g;
const annotations = /@(?:guardedBy|requires)[ \t]+[\w#.]*/g;
/** What a menu of one kind asks for; undefined: all kinds. */
const codeActionKinds: readonly (string[] | undefined)[] = [
  undefined,
  ["quickfix"],
  ["refactor"],
  ["refactor.extract"],
  ["refactor.rewrite.heddle"],
  ["source.fixAll.heddle"],
  ["source"],
];

/** Of those that were not picked yet. */
const MOST_ACTIONS = 8;

interface Asking {
  readonly connection: ProtocolConnection;
  readonly random: Random;
  readonly document: TextDocument;
  readonly cancelling: CancellationTokenSource;
  /** What the editor shows in the document. */
  readonly shown: readonly Diagnostic[];
  /** Actions without their edits, which may be of texts that are other ones by now. */
  readonly actions: CodeAction[];
}

/** By name, what may be asked, and how often in comparison. */
const requests = {
  hover: [
    2,
    ({ connection, cancelling, ...at }) => connection.sendRequest(HoverRequest.type, place(at), cancelling.token),
  ],
  highlights: [
    2,
    ({ connection, cancelling, ...at }) =>
      connection.sendRequest(DocumentHighlightRequest.type, place(at), cancelling.token),
  ],
  "inlay hints": [
    2,
    ({ connection, cancelling, ...at }) =>
      connection.sendRequest(InlayHintRequest.type, { ...textDocument(at), range: rangeIn(at) }, cancelling.token),
  ],
  "code lenses": [
    2,
    ({ connection, cancelling, ...at }) =>
      connection.sendRequest(CodeLensRequest.type, textDocument(at), cancelling.token),
  ],
  "semantic tokens": [2, semanticTokens],
  "code actions": [4, codeActions],
  "edits of code actions": [2, editsOfCodeActions],
  "call hierarchy": [3, callHierarchy],
  completion: [
    1,
    ({ connection, cancelling, ...at }) =>
      connection.sendRequest(CompletionRequest.type, place(at, annotations), cancelling.token),
  ],
  definition: [
    1,
    ({ connection, cancelling, ...at }) =>
      connection.sendRequest(DefinitionRequest.type, place(at, annotations), cancelling.token),
  ],
  rename: [3, rename],
  diagnostics: [3, diagnostics],
  "workspace diagnostics": [2, workspaceDiagnostics],
  findings: [
    1,
    ({ connection, random, cancelling }) =>
      connection.sendRequest(findingsRequest, { withLocks: random.below(2) === 0 }, cancelling.token),
  ],
  locks: [1, ({ connection, cancelling }) => connection.sendRequest(locksRequest, {}, cancelling.token)],
  "lock order": [1, ({ connection, cancelling }) => connection.sendRequest(lockOrderRequest, {}, cancelling.token)],
  "lock users": [
    2,
    ({ connection, cancelling, ...at }) => {
      const who = at.random.pick(["acquirers", "holders"]);
      return connection.sendRequest(lockUsersRequest, { ...place(at), who }, cancelling.token);
    },
  ],
  mains: [
    1,
    ({ connection, document, cancelling }) =>
      connection.sendRequest(mainsRequest, { uri: document.uri }, cancelling.token),
  ],
  seen: [2, seen],
  suppress: [
    1,
    ({ connection, document: { uri }, cancelling }) => {
      const what = { uri, ruleId: "unguarded-shared-mutation", fingerprint: "gone", reason: "It is meant." };
      return connection.sendRequest(suppressRequest, what, cancelling.token);
    },
  ],
  status: [
    1,
    async ({ connection, cancelling }) => {
      const status: ServerStatus = await connection.sendRequest(statusRequest, {}, cancelling.token);
      assert.equal(status.lastError, undefined);
    },
  ],
} as const satisfies Readonly<Record<string, readonly [number, (asking: Asking) => Promise<unknown>]>>;

export type RequestKind = keyof typeof requests;

const weighed = (Object.keys(requests) as RequestKind[]).flatMap((kind) =>
  Array<RequestKind>(requests[kind][0]).fill(kind),
);

export interface Asked {
  readonly kind: RequestKind;
  readonly answer: Promise<unknown>;
  /** It may be refused with a reason that is meant for people: a name that clashes. */
  readonly mayFail: boolean;
  readonly cancel: () => void;
}

/**
 * Asks one thing, of the kinds that the server answers, about a place in a document, which need not be open. `actions` are
 * kept between questions.
 */
export function askAnything(
  connection: ProtocolConnection,
  random: Random,
  document: TextDocument,
  shown: readonly Diagnostic[],
  actions: CodeAction[],
): Asked {
  const kind = random.pick(weighed);
  const cancelling = new CancellationTokenSource();
  const [, ask] = requests[kind];
  const answer = ask({ connection, random, document, cancelling, shown, actions });
  return { kind, answer, mayFail: kind === "rename", cancel: () => cancelling.cancel() };
}

type At = Pick<Asking, "random" | "document">;

function textDocument({ document: { uri } }: At) {
  return { textDocument: { uri } };
}

/** Half of them are at one of these words, if there are any; the others anywhere, also beyond the text. */
function place(at: At, words = tellingNames) {
  return { ...textDocument(at), position: positionIn(at, words) };
}

function positionIn({ random, document }: At, words: RegExp): Position {
  const found = [...document.getText().matchAll(words)];
  if (found.length === 0 || random.below(2) === 0) return { line: random.below(60), character: random.below(60) };
  const word = random.pick(found);
  return document.positionAt(word.index + random.below(word[0].length));
}

function rangeIn(at: At): Range {
  const start = positionIn(at, tellingNames);
  return { start, end: { line: start.line + at.random.below(30), character: 0 } };
}

async function semanticTokens({ connection, cancelling, ...at }: Asking): Promise<unknown> {
  if (at.random.below(2) === 0)
    return connection.sendRequest(SemanticTokensRequest.type, textDocument(at), cancelling.token);
  const params = { ...textDocument(at), range: rangeIn(at) };
  return connection.sendRequest(SemanticTokensRangeRequest.type, params, cancelling.token);
}

/** Asked for, the refactorings are among them. One of those that have no edit yet is kept. */
async function codeActions({ connection, cancelling: { token }, shown, actions, ...at }: Asking): Promise<void> {
  const { random } = at;
  const triggerKind = random.pick([CodeActionTriggerKind.Automatic, CodeActionTriggerKind.Invoked]);
  const only = random.pick(codeActionKinds);
  // Mostly at what is shown, as somebody who wants it to go.
  const diagnostics = shown.length === 0 || random.below(4) === 0 ? [] : [random.pick(shown)];
  const context = { diagnostics, triggerKind, ...(only ? { only } : {}) };
  const params = { ...textDocument(at), range: diagnostics[0]?.range ?? rangeIn(at), context };
  // Nothing is drawn after an answer, so that the same seed does the same however fast the answers come.
  const choice = random.below(60);
  const given = (await connection.sendRequest(CodeActionRequest.type, params, token)) ?? [];
  // Not by CodeAction.is, for which one without edit and command is none.
  const resolvable = given.filter((action): action is CodeAction => "data" in action);
  if (resolvable.length > 0) actions.push(resolvable[choice % resolvable.length]!);
  if (actions.length > MOST_ACTIONS) actions.shift();
}

async function editsOfCodeActions({ connection, random, cancelling: { token }, actions }: Asking): Promise<unknown> {
  if (actions.length === 0) return undefined;
  return connection.sendRequest(CodeActionResolveRequest.type, random.pick(actions), token);
}

async function callHierarchy({ connection, cancelling: { token }, ...at }: Asking): Promise<unknown> {
  const [item] = (await connection.sendRequest(CallHierarchyPrepareRequest.type, place(at), token)) ?? [];
  if (!item) return null;
  await connection.sendRequest(CallHierarchyOutgoingCallsRequest.type, { item }, token);
  return connection.sendRequest(CallHierarchyIncomingCallsRequest.type, { item }, token);
}

async function rename({ connection, cancelling: { token }, ...at }: Asking): Promise<unknown> {
  const params = place(at, annotations);
  if (at.random.below(2) === 0) return connection.sendRequest(PrepareRenameRequest.type, params, token);
  const newName = at.random.pick(["latch", "#latch", "class", "", "lock", "💥"]);
  return connection.sendRequest(RenameRequest.type, { ...params, newName }, token);
}

/** Asks twice: the second time with the first answer's id, or one that never was. */
async function diagnostics({ connection, cancelling: { token }, ...at }: Asking): Promise<unknown> {
  const isKnown = at.random.below(3) > 0;
  const { resultId = "never" } = await connection.sendRequest(DocumentDiagnosticRequest.type, textDocument(at), token);
  const previousResultId = isKnown ? resultId : "never";
  return connection.sendRequest(DocumentDiagnosticRequest.type, { ...textDocument(at), previousResultId }, token);
}

async function workspaceDiagnostics({ connection, random, document, cancelling: { token } }: Asking): Promise<unknown> {
  const tokens = random.below(2) === 0 ? {} : { workDoneToken: "progress", partialResultToken: "parts" };
  const none = { previousResultIds: [], ...tokens };
  const { items } = await connection.sendRequest(WorkspaceDiagnosticRequest.type, none, token);
  const known = items.map(({ uri, resultId = "never" }) => ({ uri, value: resultId }));
  const previousResultIds = [...known, { uri: document.uri, value: "never" }];
  return connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds, ...tokens }, token);
}

async function seen({ connection, random, document: { uri }, cancelling: { token } }: Asking): Promise<unknown> {
  const file = uri.startsWith("file:") ? fileURLToPath(uri) : "/nowhere.ts";
  const places = [1, 2].map(() => ({ file, line: 1 + random.below(40), column: 1 }));
  const findings = [{ id: random.pick(["lock-order-inversion", "no-such-rule"]), places }];
  const [held, taken] = places;
  const locks = ["till", "stock"].map((name) => ({ name, count: 1, made: places[0] }));
  const edge = { from: 0, to: 1, held, taken, thread: "t1", times: 1, ring: undefined };
  const lockOrder = random.below(2) === 0 ? undefined : { locks, edges: [edge] };
  return connection.sendRequest(seenRequest, { findings, files: [file], lockOrder }, token);
}
