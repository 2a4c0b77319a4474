import { bodyAround } from "./dependence.js";
import { indentationAt, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { executorAround } from "./peer-handlers.js";
import { declarationOf } from "./promise-keeper.js";
import { ts } from "./syntax.js";
import { isAssignment, nodeAt } from "./updates.js";

/** A container of promises that are open, and how an entry of it is rejected. */
interface Store {
  readonly name: ts.Expression;
  /** What stands where it is made. */
  readonly declaration: ts.Node;
  readonly kind: "map" | "set" | "list" | "object";
  readonly entry: Entry;
}

interface Entry {
  /** Takes the function out of an entry: `{ reject }`, `[, reject]`. */
  readonly pattern: string;
  readonly reject: string;
}

/**
 * Every promise in a container is rejected where the end of the peer that would settle it is handled, and the container
 * is emptied. Only where the container has one peer for life: what other peers are still at work on is none of its business.
 *
 * @param stored where a promise is put into the container
 * @param messages where the peer's messages are listened to
 * @param ends where the peer's end is listened to
 */
export function rejectedEntries(
  file: ts.SourceFile,
  stored: CallPlace,
  messages: readonly CallPlace[],
  ends: readonly CallPlace[],
  withCause: boolean,
): readonly Change[] | undefined {
  const store = storeAt(nodeAt(file, stored.start, stored.end), file);
  if (!store || ends.length === 0) return undefined;
  const places = [...messages, ...ends].map(({ start, end }) => nodeAt(file, start, end));
  if (!places.every((place) => livesWith(place, store, file))) return undefined;
  const changes = ends.map(({ start, end }) =>
    rejectedIn(listeningAround(nodeAt(file, start, end)), store, file, withCause),
  );
  return changes.every((each) => each !== undefined) ? changes.flat() : undefined;
}

function storeAt(put: ts.Node, file: ts.SourceFile): Store | undefined {
  const own = putOf(put);
  const executor = executorAround(put);
  const reject = executor?.parameters[1]?.name;
  if (!own || !reject || !ts.isIdentifier(reject)) return undefined;
  const assigned = madeByConstructor(own.store, own.store, file);
  const declaration = declarationOf(own.store, file) ?? assigned;
  const made = declaration && "initializer" in declaration ? declaration.initializer : undefined;
  const kind = kindOf(made ?? assigned?.right);
  const entry = entryOf(own.value, reject.text);
  const puts = putsInto(own.store, file);
  const isAlike = puts.every((each) => {
    const name = executorAround(each)?.parameters[1]?.name;
    const other = name && ts.isIdentifier(name) ? entryOf(putOf(each)!.value, name.text) : undefined;
    return other?.pattern === entry?.pattern;
  });
  return declaration && kind && entry && isAlike ? { name: own.store, declaration, kind, entry } : undefined;
}

interface Put {
  readonly store: ts.Expression;
  readonly value: ts.Expression;
}

/** `store.set(id, value)`, `store.push(value)`, `store[id] = value`. */
function putOf(node: ts.Node): Put | undefined {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return ts.isElementAccessExpression(node.left) ? { store: node.left.expression, value: node.right } : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: store, name } = node.expression;
  const value = name.text === "set" ? node.arguments[1] : node.arguments[0];
  if (!value || !/^(?:set|add|push|unshift)$/.test(name.text)) return undefined;
  return node.arguments.length === (name.text === "set" ? 2 : 1) ? { store, value } : undefined;
}

function putsInto(store: ts.Expression, file: ts.SourceFile): readonly ts.Node[] {
  const name = store.getText(file);
  const puts: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (putOf(node)?.store.getText(file) === name) puts.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return puts;
}

/** `this.open = new Map();` in the constructor of the class around `from`, if nothing else assigns the field. */
function madeByConstructor(
  name: ts.Expression,
  from: ts.Node,
  file: ts.SourceFile,
): ts.AssignmentExpression<ts.AssignmentOperatorToken> | undefined {
  if (!ts.isPropertyAccessExpression(name) || name.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  let around = from;
  while (!ts.isClassLike(around)) {
    if (ts.isSourceFile(around)) return undefined;
    around = around.parent;
  }
  const found: ts.AssignmentExpression<ts.AssignmentOperatorToken>[] = [];
  const visit = (node: ts.Node): void => {
    if (isAssignment(node) && node.left.getText(file) === name.getText(file)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(around);
  const [only, ...others] = found;
  const isFirst =
    only && ts.isExpressionStatement(only.parent) && ts.isConstructorDeclaration(only.parent.parent.parent);
  return isFirst && others.length === 0 ? only : undefined;
}

function kindOf(made: ts.Expression | undefined): Store["kind"] | undefined {
  if (!made) return undefined;
  if (ts.isArrayLiteralExpression(made)) return made.elements.length === 0 ? "list" : undefined;
  if (ts.isObjectLiteralExpression(made)) return made.properties.length === 0 ? "object" : undefined;
  const isNew = ts.isNewExpression(made) && (made.arguments ?? []).length === 0;
  const name = isNew && ts.isIdentifier(made.expression) ? made.expression.text : undefined;
  return name === "Map" ? "map" : name === "Set" ? "set" : undefined;
}

function entryOf(value: ts.Expression, reject: string): Entry | undefined {
  if (ts.isArrayLiteralExpression(value)) {
    const at = value.elements.findIndex((each) => ts.isIdentifier(each) && each.text === reject);
    if (at < 0 || value.elements.slice(0, at).some(ts.isSpreadElement)) return undefined;
    return { pattern: `[${", ".repeat(at)}${reject}]`, reject };
  }
  if (!ts.isObjectLiteralExpression(value)) return undefined;
  for (const member of value.properties) {
    const given = ts.isShorthandPropertyAssignment(member)
      ? member.name
      : ts.isPropertyAssignment(member)
        ? member.initializer
        : undefined;
    const isReject = given && ts.isIdentifier(given) && given.text === reject;
    if (isReject && member.name && ts.isIdentifier(member.name)) {
      return { pattern: `{ ${member.name.text} }`, reject: member.name.text };
    }
  }
  return undefined;
}

/** Whether what is listened to here is the only peer of a container: both are there once, in one object or one body. */
function livesWith(place: ts.Node, store: Store, file: ts.SourceFile): boolean {
  const body = bodyAround(place);
  for (let at = place; at !== body; at = at.parent) if (ts.isIterationStatement(at, false)) return false;
  if (isField(store)) {
    const home = ts.isPropertyDeclaration(store.declaration) ? store.declaration : bodyAround(store.declaration);
    return ts.isConstructorDeclaration(body) && body.parent === home.parent;
  }
  for (let at = store.declaration; at !== body; at = at.parent) {
    if (ts.isSourceFile(at) || ts.isIterationStatement(at, false)) return false;
  }
  return declarationOf(store.name, file, place) === store.declaration;
}

function isField({ name }: Store): boolean {
  return ts.isPropertyAccessExpression(name);
}

interface Listening {
  /** What the peer is called. */
  readonly peer: string;
  readonly handler: ts.Expression;
  /** Whether the handler is given the error itself. */
  readonly hasError: boolean;
}

/** `peer.on("error", handler)`, given the name of the event, or `peer.onerror = handler`. */
function listeningAround(node: ts.Node): Listening | undefined {
  if (ts.isBinaryExpression(node)) {
    if (!ts.isPropertyAccessExpression(node.left)) return undefined;
    return { peer: peerName(node.left.expression), handler: node.right, hasError: false };
  }
  const call = node.parent;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const [event, handler] = call.arguments;
  if (event !== node || !handler) return undefined;
  const { expression, name } = call.expression;
  const isEmitter = name.text === "on" || name.text === "once" || name.text === "addListener";
  const hasError = isEmitter && ts.isStringLiteralLike(event) && event.text === "error";
  return { peer: peerName(expression), handler, hasError };
}

function peerName(peer: ts.Expression): string {
  const name = ts.isPropertyAccessExpression(peer) ? peer.name.text : ts.isIdentifier(peer) ? peer.text : "";
  return /^[#_$]*([\w$]+)/.exec(name)?.[1] ?? "worker";
}

/** The handler does it first: what it does otherwise may leave early, or begin anew with an empty container. */
function rejectedIn(
  listening: Listening | undefined,
  store: Store,
  file: ts.SourceFile,
  withCause: boolean,
): readonly Change[] | undefined {
  const handler = listening?.handler;
  if (!handler || !(ts.isArrowFunction(handler) || ts.isFunctionExpression(handler))) return undefined;
  if (ts.isFunctionExpression(handler) && isField(store)) return undefined;
  // A name of the handler's own would hide the one of the container.
  const { reject } = store.entry;
  const own = handler.parameters.map(({ name }) => name.getText(file));
  const mentioned = [reject, store.name.getText(file)];
  if (own.some((name) => mentioned.includes(name))) return undefined;
  const named = declarationOf(store.name, file, handler.body) ?? madeByConstructor(store.name, handler.body, file);
  if (named !== store.declaration) return undefined;
  const [parameter] = handler.parameters;
  const cause = withCause && listening.hasError && parameter && ts.isIdentifier(parameter.name) ? own[0] : undefined;
  const { newline, unit, quote, semicolon } = layoutOf(file);
  const text = `${quote}The ${listening.peer} has ended.${quote}`;
  const error = `new Error(${text}${cause === undefined ? "" : ended(cause)})`;
  const outer = indentationAt(file.text, handler.getStart(file));
  const inner = outer + unit;
  const lines = rejecting(store, error, unit, semicolon, file).map((line) => inner + line);
  const { body } = handler;
  if (!ts.isBlock(body)) {
    return [
      { start: body.getStart(file), end: body.getStart(file), newText: ["{", ...lines, inner].join(newline) },
      { start: body.end, end: body.end, newText: `${semicolon}${newline}${outer}}` },
    ];
  }
  const start = body.getStart(file) + 1;
  const isOneLine = !file.text.slice(start, body.end).includes("\n");
  // A comment behind the brace stays there.
  const behind = ts.getTrailingCommentRanges(file.text, start)?.at(-1)?.end ?? start;
  if (!isOneLine) return [{ start: behind, end: behind, newText: ["", ...lines].join(newline) }];
  const content = file.text.slice(start, body.end - 1).trim();
  const rest = content === "" ? [] : [inner + content];
  return [{ start, end: body.end - 1, newText: ["", ...lines, ...rest, outer].join(newline) }];
}

function ended(cause: string): string {
  return cause === "cause" ? ", { cause }" : `, { cause: ${cause} }`;
}

function rejecting(
  { name, kind, entry: { pattern, reject } }: Store,
  error: string,
  unit: string,
  semicolon: string,
  file: ts.SourceFile,
): readonly string[] {
  const store = name.getText(file);
  const call = `${reject}(${error})${semicolon}`;
  if (kind === "object") {
    return [
      `for (const [id, ${pattern}] of Object.entries(${store})) {`,
      `${unit}${call}`,
      `${unit}delete ${store}[id]${semicolon}`,
      "}",
    ];
  }
  const entries = kind === "map" ? `${store}.values()` : store;
  const emptied = kind === "list" ? `${store}.length = 0` : `${store}.clear()`;
  return [`for (const ${pattern} of ${entries}) ${call}`, `${emptied}${semicolon}`];
}
