import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { executorAt, usesOf } from "./executors.js";
import { listeningAt } from "./listening.js";
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
}

const END: ReadonlySet<string> = new Set(["error", "exit", "close", "disconnect"]);

/** Whether a file may have any: a look at the text that saves reading most files. */
export function mayHavePeers(text: string): boolean {
  return /message/i.test(text) && /\bnew\s[\w.\s]*Worker\b|\bfork\s*\(/.test(text);
}

/** The peers of a file that fail unheard. */
export function unheardPeersIn(file: ts.SourceFile, makers: PeerMakers): readonly UnheardPeer[] {
  return new Peers(file, makers).unheard();
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

  constructor(file: ts.SourceFile, makers: PeerMakers) {
    this.#file = file;
    const visit = (node: ts.Node): void => {
      const kind = makers.kindOf(node);
      if (kind) this.#made.push({ node: node as ts.Expression, kind });
      const listening = listeningAt(node);
      if (listening) {
        const { event, peer, handler } = listening;
        this.#registrations.push({ event, peer: nameOf(peer) ?? chainStart(peer), node, handler });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  unheard(): readonly UnheardPeer[] {
    return this.#made.flatMap(({ node, kind }): readonly UnheardPeer[] => {
      const holder = holderOf(node);
      const isIts = ({ peer }: Registration): boolean =>
        typeof peer === "string" ? peer === holder?.name : peer === node;
      const own = this.#registrations.filter(isIts);
      const message = own.find(({ event }) => event === "message");
      if (!message || isTested(node) || own.some(({ event }) => END.has(event)) || (holder && this.#isHandedOn(holder)))
        return [];
      const settles = own.some((each) => each.event === "message" && settlesPromise(each));
      // A program that nobody imports, or what is done at the top, ends by an error as by any other.
      if (!settles && (isAtTop(node) || !isForOthers(this.#file))) return [];
      const site = siteOf(node);
      return [{ kind, text: holder?.name ?? "Worker", site, listens: siteOf(message.node), settles }];
    });
  }

  /** Whether others get the peer, who may listen to it. */
  #isHandedOn({ name, scope, isField }: Holder): boolean {
    let isGiven = false;
    const visit = (node: ts.Node): void => {
      const isNamed = (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && node.text === name;
      if (isNamed && !isHarmless(node, isField)) isGiven = true;
      else ts.forEachChild(node, visit);
    };
    visit(isField ? this.#file : scope);
    return isGiven;
  }
}

interface Holder {
  readonly name: string;
  readonly isField: boolean;
  readonly scope: ts.Node;
}

/** The variable or field that a peer is put into where it is made; undefined where nothing keeps it. */
function holderOf(node: ts.Expression): Holder | undefined {
  let at: ts.Node = node;
  while (ts.isExpression(at.parent) && unwrap(at.parent) === node) at = at.parent;
  const { parent } = at;
  const scope = enclosingFunction(node);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
    return { name: parent.name.text, isField: false, scope };
  }
  if (ts.isPropertyDeclaration(parent)) return { name: parent.name.getText(), isField: true, scope };
  if (!ts.isBinaryExpression(parent) || !isAssignment(parent)) return undefined;
  const name = nameOf(parent.left);
  const isField = ts.isPropertyAccessExpression(parent.left);
  // A variable from outside is everybody's in the file.
  return name === undefined ? undefined : { name, isField, scope: node.getSourceFile() };
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

/** Whether the handler settles a promise in whose executor it is registered, by itself or by a function it names. */
function settlesPromise({ node, handler }: Registration): boolean {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    const executor = isFunctionNode(at) ? executorAt(at.parent) : undefined;
    if (!executor || executor.node !== at) continue;
    const value = unwrap(handler);
    return (ts.isIdentifier(value) && value.text === executor.resolve) || usesOf(executor.resolve, value).length > 0;
  }
  return false;
}
