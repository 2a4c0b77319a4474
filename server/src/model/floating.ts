import { someInBody, statementsOf } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { Failures } from "./failures.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import { isAsync } from "./lower-state.js";
import type { PromisePlaces } from "./promise-places.js";
import { calledIn, isPromiseBySyntax } from "./promised.js";
import type { State } from "./state.js";
import type { StateNames } from "./state-names.js";
import { isPauseCall } from "./sure-waits.js";

/** A promise that nobody has: the code goes on at once, and if it fails, that is said to nobody. */
export interface FloatingPromise {
  /** What is called, as written. */
  readonly text: string;
  readonly site: Site;
  /** `pause`: it is for nothing but to be waited for; `unheard`: it may fail. */
  readonly kind: "pause" | "unheard";
  /** What may fail. */
  readonly failure: Site | undefined;
  /** A `catch` around it, which hears nothing either. */
  readonly caughtBy: Site | undefined;
  /** What it sets behind a wait, and what the code that goes on takes for set. */
  readonly late: { readonly text: string; readonly put: Site; readonly use: Site } | undefined;
  /** Where the code goes on to wait for something else that is done to the same object. */
  readonly later: Site | undefined;
  /** What runs next, at once. */
  readonly next: Site;
  /** Whether it can be awaited where it stands. */
  readonly canAwait: boolean;
}

/** By module, what gives a promise; a list of nothing stands for all that it exports. */
const PROMISING: ReadonlyMap<string, readonly string[]> = new Map([
  ["fs/promises", []],
  ["stream/promises", ["pipeline", "finished"]],
]);

/** Names of async functions, and those that are called as statements or as parts of one. */
const ASYNC = /\basync\s+(?:function\b\s*)?(#?[\w$]+)\s*[(<]|\bconst\s+([\w$]+)[^;{}]{0,200}?=\s*async\b/g;
const OTHERS = /\bfetch\s*\(|\bPromise\s*\.\s*(?:all|any|race)\b|\bnew\s+Promise\b|\bpromises\b/;
const CALLED = /(?:^|[;{})&|?:,]|\belse)\s*(?:[\w$.#?!]*\.)?(#?[\w$]+)\s*(?:\?\.)?\(/gm;

/** A look at the text saves reading most files. */
export function mayFloat(text: string): boolean {
  if (OTHERS.test(text)) return true;
  const names = asyncNames(text);
  if (names.size === 0) return false;
  for (const [, name = ""] of text.matchAll(CALLED)) if (names.has(name)) return true;
  return false;
}

function asyncNames(text: string): Set<string> {
  // The search for them is the dearest of all that look at every text.
  if (!text.includes("async")) return new Set();
  return new Set([...text.matchAll(ASYNC)].flatMap(([, one, other]) => one ?? other ?? []));
}

/** The promises in one file that nobody awaits, returns, keeps, catches or leaves with `void`. */
export function floatingPromisesIn(
  file: ts.SourceFile,
  places: PromisePlaces,
  names: StateNames,
): readonly FloatingPromise[] {
  const found = new FloatingPromises(file, places, names);
  return places.statements.flatMap(({ expression }) => droppedBy(expression).flatMap((node) => found.at(node) ?? []));
}

type Dropped = ts.CallExpression | ts.NewExpression;

/** The expressions whose value is, or may be, what a statement does nothing with. */
function droppedBy(expression: ts.Expression): readonly Dropped[] {
  const node = unwrap(expression);
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return [node];
  if (ts.isConditionalExpression(node)) return [...droppedBy(node.whenTrue), ...droppedBy(node.whenFalse)];
  if (!ts.isBinaryExpression(node)) return [];
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.CommaToken:
      return [...droppedBy(node.left), ...droppedBy(node.right)];
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return droppedBy(node.right);
    default:
      return [];
  }
}

/** Methods of promises that give another one, and names of functions that may do nothing but wait. */
const CHAINING = /^(?:then|catch|finally)$/;
const PAUSES = /sleep|delay|pause|wait|tick/i;

const NOTHING_ELSE = { failure: undefined, caughtBy: undefined, late: undefined, later: undefined };

function said(
  node: Dropped,
  owner: FunctionNode | ts.SourceFile,
): Pick<FloatingPromise, "text" | "site" | "next" | "canAwait"> {
  const canAwait = ts.isSourceFile(owner) ? ts.isExternalModule(owner) : isAsync(owner);
  return { text: textOf(node), site: siteOf(node), next: siteOf(nextOf(node)), canAwait };
}

class FloatingPromises {
  readonly #names: StateNames;
  readonly #imported: ReadonlyMap<string, Imported>;
  readonly #promising: Set<string>;
  readonly #failures: Failures;
  readonly #calls: readonly ts.CallExpression[];
  #left: ReadonlySet<FunctionNode> | undefined;
  #waitedFor: ReadonlySet<FunctionNode> | undefined;

  constructor(file: ts.SourceFile, { calls }: PromisePlaces, names: StateNames) {
    this.#names = names;
    this.#imported = importedNames(file);
    this.#promising = asyncNames(file.text).add("fetch").add("Promise");
    for (const [name, { module }] of this.#imported) if (module.endsWith("/promises")) this.#promising.add(name);
    this.#failures = new Failures(names);
    this.#calls = calls;
  }

  at(node: Dropped): FloatingPromise | undefined {
    if (!this.#isNamed(node)) return undefined;
    const own = ts.isCallExpression(node) ? calledIn(node, this.#names) : undefined;
    const owner = enclosingFunction(node);
    if (ts.isCallExpression(node) && isPauseCall(node, own)) {
      return { ...said(node, owner), kind: "pause", ...NOTHING_ELSE };
    }
    if (ts.isSourceFile(owner) || isItsOwn(node, owner, own) || !this.#isPromise(node)) return undefined;
    const failures = this.#failures.ofPromise(node);
    if (failures.length === 0 || this.#isLeft(node, own)) return undefined;
    const likely = failures.find((each) => this.#isLikely(each));
    const around = catchAround(node, owner);
    const canAwait = isAsync(owner);
    const late = own && lateState(node, own, owner, this.#names);
    const later = canAwait ? laterUse(node, owner) : undefined;
    const isOdd = canAwait && !isCallback(owner) && this.#isWaitedFor(own);
    if (!around && !late && !later && !isOdd && !likely) return undefined;
    const failure = likely ?? failures[0];
    return {
      ...said(node, owner),
      kind: "unheard",
      failure: failure && failure !== node ? siteOf(failure) : undefined,
      caughtBy: around && siteOf(around),
      late,
      later: later && siteOf(later),
    };
  }

  /** Whether the name of what is called lets it give a promise: of the many statements, few are looked at more closely. */
  #isNamed(node: ts.Expression): boolean {
    const callee = ts.isCallExpression(node) || ts.isNewExpression(node) ? unwrap(node.expression) : node;
    if (ts.isIdentifier(callee)) return this.#promising.has(callee.text) || PAUSES.test(callee.text);
    if (!ts.isPropertyAccessExpression(callee)) return false;
    if (CHAINING.test(callee.name.text)) return this.#isNamed(unwrap(callee.expression));
    if (this.#promising.has(callee.name.text) || PAUSES.test(callee.name.text)) return true;
    const object = unwrap(callee.expression);
    if (ts.isPropertyAccessExpression(object)) return object.name.text === "promises";
    return ts.isIdentifier(object) && this.#promising.has(object.text);
  }

  /** Of a chain the beginning decides: builders of queries have a `then` as well. What loads a module is left alone. */
  #isPromise(node: ts.Expression): boolean {
    const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
    if (callee?.kind === ts.SyntaxKind.ImportKeyword) return false;
    if (callee && ts.isPropertyAccessExpression(callee) && CHAINING.test(callee.name.text)) {
      return this.#isPromise(unwrap(callee.expression));
    }
    return isPromiseBySyntax(node, this.#names) || this.#isPromised(node);
  }

  /** A call of what a module of Node.js exports that gives promises. */
  #isPromised(node: ts.Expression): boolean {
    if (!ts.isCallExpression(node)) return false;
    const known = importedBy(node.expression, this.#imported);
    const names = known && PROMISING.get(known.module);
    return names !== undefined && (names.length === 0 || names.includes(known?.name ?? ""));
  }

  /** Whether code in the file waits for another call of the function, or hears of its failure. */
  #isWaitedFor(own: FunctionNode | undefined): boolean {
    this.#waitedFor ??= new Set(this.#calls.filter(isWaitedFor).flatMap((call) => calledIn(call, this.#names) ?? []));
    return own !== undefined && this.#waitedFor.has(own);
  }

  /** Whether it says here, or beside another call of the function, that it is left on purpose. */
  #isLeft(node: Dropped, own: FunctionNode | undefined): boolean {
    if (!ts.isCallExpression(node)) return false;
    this.#left ??= new Set(this.#calls.filter(isLeft).flatMap((call) => calledIn(call, this.#names) ?? []));
    return isLeft(node) || (own !== undefined && this.#left.has(own));
  }

  /** Whether it is said that something fails here, or done what fails for reasons outside the program. */
  #isLikely(failure: ts.Node): boolean {
    if (ts.isThrowStatement(failure)) return isBehindWait(failure) && !tellsOfWrongUse(failure);
    if (!ts.isCallExpression(failure)) return false;
    return this.#isPromised(failure) || (ts.isIdentifier(failure.expression) && failure.expression.text === "fetch");
  }
}

function isBehindWait(node: ts.Node): boolean {
  return someInBody(enclosingFunction(node), (each) => ts.isAwaitExpression(each) && each.end < node.pos);
}

/** What comes to the `default` of a switch should not be there at all; what is thrown in a `catch` was thrown before. */
function tellsOfWrongUse(node: ts.ThrowStatement): boolean {
  return ts.findAncestor(node, (each) => ts.isDefaultClause(each) || ts.isCatchClause(each)) !== undefined;
}

/** A function that is given away: mostly a listener, which nobody waits for. */
function isCallback(owner: FunctionNode): boolean {
  return ts.isCallExpression(owner.parent) || ts.isNewExpression(owner.parent);
}

/** A call that the code behind waits for, of or with something that the call has as well. */
function laterUse(node: Dropped, owner: FunctionNode): ts.Node | undefined {
  const given = namesGiven(node);
  let found: ts.Node | undefined;
  someInBody(owner, (each) => {
    if (found || each.pos < node.end || !ts.isAwaitExpression(each)) return false;
    const call = unwrap(each.expression);
    if (ts.isCallExpression(call) && [...namesGiven(call)].some((name) => given.has(name))) found = call;
    return false;
  });
  return found;
}

/** The variables and fields whose objects a call is given, or is a method of. */
function namesGiven(node: Dropped): ReadonlySet<string> {
  const callee = unwrap(node.expression);
  const receiver = ts.isPropertyAccessExpression(callee) ? [callee.expression] : [];
  return new Set(
    [...receiver, ...(node.arguments ?? [])]
      .map(unwrap)
      .filter((each) => ts.isIdentifier(each) || ts.isPropertyAccessExpression(each))
      .map((each) => each.getText()),
  );
}

function isWaitedFor({ parent }: ts.CallExpression): boolean {
  if (ts.isAwaitExpression(parent)) return true;
  return ts.isPropertyAccessExpression(parent) && parent.name.text === "catch";
}

/** What people write beside a promise that they leave on purpose, to others or to another linter. */
const ON_PURPOSE =
  /\bawait|background|fire[ -]and[ -]forget|intention|on purpose|deliberate|\bwait|no-?floating-?promises/i;

/** A `void`, or a comment that says why nobody waits. */
function isLeft(node: ts.CallExpression): boolean {
  let statement: ts.Node = node;
  for (; !ts.isStatement(statement); statement = statement.parent) {
    if (ts.isVoidExpression(statement)) return true;
    if (isFunctionNode(statement) || ts.isClassElement(statement)) return false;
  }
  if (!ts.isExpressionStatement(statement)) return false;
  const { text } = node.getSourceFile();
  const comments = [
    ...(ts.getLeadingCommentRanges(text, statement.pos) ?? []),
    ...(ts.getTrailingCommentRanges(text, statement.end) ?? []),
  ];
  return comments.some(({ pos, end }) => ON_PURPOSE.test(text.slice(pos, end)));
}

/**
 * Work that is begun on purpose and on its own: by a function that is called where it stands, by one that starts itself
 * again, and by what is told that the process ends.
 */
function isItsOwn(node: Dropped, owner: FunctionNode, own: FunctionNode | undefined): boolean {
  if (ts.isCallExpression(node) && isFunctionNode(unwrap(node.expression))) return true;
  for (let at: ts.Node = owner; own && at; at = at.parent) if (at === own) return true;
  const { parent } = owner;
  return ts.isCallExpression(parent) && /^process\.(?:on|once)$/.test(parent.expression.getText());
}

/** A `catch` that would hear of it if somebody waited. */
function catchAround(node: ts.Node, owner: ts.Node): ts.Node | undefined {
  for (let at = node; at !== owner; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && at === parent.tryBlock && parent.catchClause) return parent.catchClause;
  }
  return undefined;
}

/** State that the called function sets behind its first wait, and that the code behind the call reads before it waits. */
function lateState(node: Dropped, own: FunctionNode, owner: FunctionNode, names: StateNames): FloatingPromise["late"] {
  if (!isAsync(own)) return undefined;
  const puts = latePuts(own, names);
  if (puts.size === 0) return undefined;
  let late: FloatingPromise["late"];
  let isOver = false;
  someInBody(owner, (each) => {
    if (each.pos < node.end || isOver) return false;
    isOver = ts.isAwaitExpression(each) || late !== undefined;
    const state = isRead(each) ? names.stateOf(each, owner) : undefined;
    const put = state && puts.get(state.key);
    if (put) late = { text: put.state.text, put: siteOf(put.node), use: siteOf(each) };
    return false;
  });
  return late;
}

function latePuts(
  own: FunctionNode,
  names: StateNames,
): ReadonlyMap<string, { readonly state: State; readonly node: ts.Node }> {
  const puts = new Map<string, { readonly state: State; readonly node: ts.Node }>();
  let waited: ts.Node | undefined;
  someInBody(own, (each) => {
    if (ts.isAwaitExpression(each)) waited ??= each;
    if (!ts.isBinaryExpression(each) || each.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
    if (!waited && !someInBody(each.right, ts.isAwaitExpression)) return false;
    const state = names.stateOf(each.left, own);
    if (state && !puts.has(state.key)) puts.set(state.key, { state, node: each.left });
    return false;
  });
  return puts;
}

function isRead(node: ts.Node): node is ts.Expression {
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node))
    return false;
  const { parent } = node;
  return !(ts.isBinaryExpression(parent) && parent.left === node) && !ts.isDeclarationStatement(parent);
}

/** The statement behind, of the blocks around as well, or the end of the function or file. */
function nextOf(node: ts.Node): ts.Node {
  let at = node;
  for (; !isFunctionNode(at) && !ts.isSourceFile(at); at = at.parent) {
    const list: readonly ts.Node[] = statementsOf(at.parent) ?? [];
    const next = list[list.indexOf(at) + 1];
    if (list.includes(at) && next) return next;
    if (ts.isIterationStatement(at.parent, false)) return at.parent;
  }
  return at.getLastToken() ?? at;
}

const MAX_TEXT = 60;

/** The call without its arguments, where it is short enough to be read. */
function textOf(node: Dropped): string {
  const text = node.expression.getText().replace(/\s+/g, " ");
  const whole = ts.isNewExpression(node) ? `new ${text}` : text;
  return whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT - 1)}…` : whole;
}
