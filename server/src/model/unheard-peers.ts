import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Executor, executorAt, usesOf } from "./executors.js";
import { listeningAt } from "./listening.js";
import type { NamePlaces } from "./name-places.js";
import type { PeerKind, PeerMakers } from "./peers.js";
import { isAssignment } from "./variables.js";

/** A worker or process whose messages somebody waits for, and whose failure and end nobody hears of. */
export interface UnheardPeer {
  readonly kind: PeerKind;
  /** What the user calls it. */
  readonly text: string;
  /** Where it is made. */
  readonly site: Site;
  /** Where its messages are listened to. */
  readonly listens: Site;
  /** Whether a promise waits for the message. */
  readonly settles: boolean;
  /** Whether something else than the message settles that promise some time. */
  readonly isBounded: boolean;
}

const END: ReadonlySet<string> = new Set(["error", "exit", "close", "disconnect"]);
const LISTENS: ReadonlySet<string> = new Set([
  "on",
  "once",
  "addListener",
  "prependListener",
  "prependOnceListener",
  "addEventListener",
]);
/** What runs tests, by its module. */
const RUNS_TESTS = /["'](?:node:test|vitest|@jest\/globals)["']/;

/** Whether a file may have any: a look at the text that saves reading most files. */
export function mayHavePeers(text: string): boolean {
  return /message/i.test(text) && /\bnew\s[\w.\s]*Worker\b|\bfork\s*\(/.test(text);
}

/** The peers of a file that fail unheard. */
export function unheardPeersIn(file: ts.SourceFile, makers: PeerMakers, places: NamePlaces): readonly UnheardPeer[] {
  return new Peers(file, makers, places).unheard();
}

/** A place that asks to be told of an event; `name` is what the peer is called there, or where it is made. */
interface Registration {
  readonly event: string;
  readonly peer: string | ts.Node;
  readonly node: ts.Node;
  readonly handler: ts.Expression;
}

class Peers {
  readonly #file: ts.SourceFile;
  readonly #made: { readonly node: ts.Expression; readonly kind: PeerKind }[] = [];
  readonly #registrations: Registration[] = [];
  /** The peers, by name or by where they are made, whose end somebody hears of in whatever way. */
  readonly #heard = new Set<string | ts.Node>();
  readonly #places: NamePlaces;

  constructor(file: ts.SourceFile, makers: PeerMakers, places: NamePlaces) {
    this.#file = file;
    this.#places = places;
    const visit = (node: ts.Node): void => {
      const kind = makers.kindOf(node);
      if (kind) this.#made.push({ node: node as ts.Expression, kind });
      const listening = listeningAt(node);
      if (listening) {
        const { event, peer, handler } = listening;
        this.#registrations.push({ event, peer: nameOf(peer) ?? chainStart(peer), node, handler });
      }
      const heard = heardAt(node);
      if (heard) this.#heard.add(nameOf(heard) ?? chainStart(heard));
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  unheard(): readonly UnheardPeer[] {
    return isTestFile(this.#file) ? [] : this.#made.flatMap(({ node, kind }) => this.#unheardOne(node, kind) ?? []);
  }

  #unheardOne(node: ts.Expression, kind: PeerKind): UnheardPeer | undefined {
    const holder = holderOf(node);
    const own = this.#registrations.filter(({ peer }) =>
      typeof peer === "string" ? peer === holder?.name : peer === node,
    );
    const messages = own.filter(({ event }) => event === "message");
    const [message] = messages;
    const isHeard = own.some(({ event }) => END.has(event)) || this.#heard.has(holder?.name ?? node);
    if (!message || isHeard || isTested(node) || (holder && this.#isHandedOn(holder))) return undefined;
    const settled = messages.flatMap((each) => settledBy(each) ?? []);
    const settles = settled.length > 0;
    // A program that nobody imports, or what is done at the top, ends by an error as by any other.
    if (!settles && (isAtTop(node) || !isForOthers(this.#file))) return undefined;
    const isBounded = settled.some((executor) => isSettledOtherwise(executor, messages));
    // Nothing but the promise suffers from the end of a process.
    if (isBounded && kind === "process") return undefined;
    const site = siteOf(node);
    return { kind, text: holder?.name ?? "Worker", site, listens: siteOf(message.node), settles, isBounded };
  }

  /** Whether others get the peer, who may listen to it. */
  #isHandedOn({ name, scope, isField, isShared }: Holder): boolean {
    const isNear = (node: ts.Node): boolean => isField || (scope.pos <= node.pos && node.end <= scope.end);
    return isShared || this.#places.of(name).some((node) => isNear(node) && !isHarmless(node, isField));
  }
}

interface Holder {
  readonly name: string;
  readonly isField: boolean;
  readonly scope: ts.Node;
  /** Whether others have it by the way it is kept. */
  readonly isShared: boolean;
}

/** The variable or field that a peer is put into where it is made; undefined where nothing keeps it. */
function holderOf(node: ts.Expression): Holder | undefined {
  let at: ts.Node = node;
  while (ts.isExpression(at.parent) && unwrap(at.parent) === node) at = at.parent;
  const { parent } = at;
  const scope = enclosingFunction(node);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
    return { name: parent.name.text, isField: false, scope, isShared: isExported(parent.parent.parent) };
  }
  if (ts.isPropertyDeclaration(parent)) {
    return { name: parent.name.getText(), isField: true, scope, isShared: isOpen(parent) };
  }
  if (!ts.isBinaryExpression(parent) || !isAssignment(parent)) return undefined;
  const name = nameOf(parent.left);
  if (name === undefined) return undefined;
  const isField = ts.isPropertyAccessExpression(parent.left);
  const isShared = isValue(parent) || (isField && isOpenMember(parent.left, name));
  // A variable from outside is everybody's in the file.
  return { name, isField, scope: node.getSourceFile(), isShared };
}

/** `const w = (this.#worker = new Worker(file))`: somebody else has it as well. */
function isValue(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return !ts.isExpressionStatement(at.parent);
}

/** `this.worker = …` in a class of which everybody may ask for the field. */
function isOpenMember(left: ts.Expression, name: string): boolean {
  if (!ts.isPropertyAccessExpression(left) || left.expression.kind !== ts.SyntaxKind.ThisKeyword) return false;
  let at: ts.Node = left;
  while (at.parent && !ts.isClassLike(at)) at = at.parent;
  if (!ts.isClassLike(at)) return false;
  const declared = at.members.find((member) => ts.isPropertyDeclaration(member) && member.name.getText() === name);
  return declared && ts.isPropertyDeclaration(declared) ? isOpen(declared) : isPublic(name) && isExported(at);
}

function isOpen(field: ts.PropertyDeclaration): boolean {
  const isPrivate = (ts.getCombinedModifierFlags(field) & ts.ModifierFlags.Private) !== 0;
  return !isPrivate && isPublic(field.name.getText()) && isExported(field.parent);
}

function isPublic(name: string): boolean {
  return !/^[#_]/.test(name);
}

/** Whether a declaration is for other modules: it says so itself, or the module does by its name. */
function isExported(node: ts.Node): boolean {
  if (ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    return true;
  const name = ts.isClassLike(node) ? node.name?.text : undefined;
  return (
    name !== undefined &&
    new RegExp(`\\bexport(?:s\\b|\\s*\\{|\\s+default\\b)[^;]*\\b${name}\\b`).test(node.getSourceFile().text)
  );
}

function nameOf(node: ts.Expression): string | undefined {
  const value = unwrap(node);
  if (ts.isIdentifier(value)) return value.text;
  return ts.isPropertyAccessExpression(value) ? value.name.text : undefined;
}

/** Where `new Worker(file).on(…).on(…)` begins. */
function chainStart(node: ts.Expression): ts.Node {
  let at = unwrap(node);
  while (ts.isCallExpression(at) && ts.isPropertyAccessExpression(at.expression)) at = unwrap(at.expression.expression);
  return at;
}

/** Whether a use of the name only declares it, asks for it or uses a member of what it means. */
function isHarmless(name: ts.Node, isField: boolean): boolean {
  let at = name;
  const { parent: holder } = name;
  if (ts.isPropertyAccessExpression(holder) && holder.name === name) {
    // Another object's member that happens to be called like a variable.
    if (!isField) return true;
    at = holder;
  }
  while (ts.isNonNullExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === at;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name === at;
  if (ts.isPropertySignature(parent) || ts.isTypeNode(parent)) return true;
  if (ts.isBinaryExpression(parent)) return isAssignment(parent) ? parent.left === at : isComparison(parent);
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) return isTest(parent, at);
  return ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent);
}

function isTest(node: ts.IfStatement | ts.ConditionalExpression, part: ts.Node): boolean {
  return (ts.isIfStatement(node) ? node.expression : node.condition) === part;
}

function isComparison({ operatorToken }: ts.BinaryExpression): boolean {
  const { kind } = operatorToken;
  return (
    (kind >= ts.SyntaxKind.EqualsEqualsToken && kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken) ||
    kind === ts.SyntaxKind.AmpersandAmpersandToken
  );
}

/** Whether code runs once, when its module is loaded. */
function isAtTop(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (isFunctionNode(at) || ts.isClassLike(at)) return false;
  return true;
}

/** Whether code runs in a test: whoever runs that catches what is thrown anywhere, and does not wait for ever. */
function isTested(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (!ts.isCallExpression(at) || !at.arguments.some((argument) => isFunctionNode(argument))) continue;
    if (/^(?:it|test|suite|describe|(?:before|after)(?:Each|All)?)(?:\.|$)/.test(at.expression.getText())) return true;
  }
  return false;
}

/** Whether a module exports something. */
function isForOthers(file: ts.SourceFile): boolean {
  return /^\s*export\b|\bexports\b/m.test(file.text);
}

/** Whether a file is there to test others. */
function isTestFile(file: ts.SourceFile): boolean {
  return /\.(?:test|spec)\.[cm]?[jt]sx?$/.test(file.fileName) || RUNS_TESTS.test(file.text);
}

/** The peer of a call that listens to its end, whatever is to be called, or to an event that only runs tell. */
function heardAt(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return undefined;
  const callee = unwrap(node.expression);
  const [event] = node.arguments;
  if (!event || !ts.isPropertyAccessExpression(callee) || !LISTENS.has(callee.name.text)) return undefined;
  return !ts.isStringLiteralLike(event) || END.has(event.text) ? callee.expression : undefined;
}

/** The promise in whose executor a handler is registered that settles it, by itself or by a function it names. */
function settledBy({ node, handler }: Registration): Executor | undefined {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    const executor = isFunctionNode(at) ? executorAt(at.parent) : undefined;
    if (!executor || executor.node !== at) continue;
    const value = unwrap(handler);
    const settles =
      (ts.isIdentifier(value) && value.text === executor.resolve) || usesOf(executor.resolve, value).length > 0;
    return settles ? executor : undefined;
  }
  return undefined;
}

/** Whether an executor gives its promise an end also outside of what listens to messages. */
function isSettledOtherwise({ node, resolve, reject }: Executor, messages: readonly Registration[]): boolean {
  const uses = [...usesOf(resolve, node), ...(reject === undefined ? [] : usesOf(reject, node))];
  return uses.some((use) => !messages.some(({ node: heard }) => heard.pos <= use.pos && use.end <= heard.end));
}
