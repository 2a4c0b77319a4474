import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { executorAt } from "./executors.js";
import { listeningAt } from "./listening.js";
import type { NamePlaces } from "./name-places.js";
import type { PeerKind, PeerMakers } from "./peers.js";

/** A listener that comes only after a wait in which what it is for may have happened. */
export interface LateListener {
  readonly event: string;
  /** What is listened to, as the user calls it. */
  readonly peer: string;
  readonly site: Site;
  readonly waits: Site;
  /** Where the peer is made, or is sent what it answers. */
  readonly begins: Site;
  readonly isAsked: boolean;
}

/** What happens to a peer without anybody asking for it, and once. */
const BY_ITSELF: Readonly<Record<PeerKind | "socket", ReadonlySet<string>>> = {
  worker: new Set(["exit", "error", "online"]),
  "page worker": new Set(["error"]),
  process: new Set(["exit", "close", "error", "spawn", "disconnect"]),
  socket: new Set(["open", "message", "error", "close"]),
};
/** What of a peer's messages nobody keeps until there is a listener. */
const FORGETFUL: ReadonlySet<PeerKind | "socket"> = new Set(["worker", "page worker"]);
/** What a peer says of itself: whoever asks it has not missed what happened. */
const STATES = /^(?:exitCode|signalCode|connected|killed|readyState)$/;

/** Whether a file may have any: a look at the text that saves reading most files. */
export function mayListenLate(text: string): boolean {
  return /\bawait\b/.test(text) && /\bnew\s[\w.\s]*(?:Worker|WebSocket|EventSource)\b|\bfork\s*\(/.test(text);
}

/** The listeners in the functions and at the top of a file that come too late. */
export function lateListenersIn(file: ts.SourceFile, makers: PeerMakers, places: NamePlaces): readonly LateListener[] {
  const found: LateListener[] = [];
  const visit = (node: ts.Node): void => {
    const kind = ts.isVariableDeclaration(node) ? kindOf(node, makers) : undefined;
    if (kind && ts.isVariableDeclaration(node)) found.push(...lateFor(node, kind, places));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function kindOf({ initializer }: ts.VariableDeclaration, makers: PeerMakers): PeerKind | "socket" | undefined {
  const made = initializer && unwrap(initializer);
  if (!made) return undefined;
  const isSocket = ts.isNewExpression(made) && /^(?:WebSocket|EventSource)$/.test(made.expression.getText());
  return isSocket ? "socket" : makers.kindOf(made);
}

/** A listener for an event of the peer. */
interface Registration {
  readonly event: string;
  readonly node: ts.Node;
}

function lateFor(
  declaration: ts.VariableDeclaration,
  kind: PeerKind | "socket",
  places: NamePlaces,
): readonly LateListener[] {
  const block = declaration.parent.parent.parent;
  if (!ts.isIdentifier(declaration.name) || !(ts.isBlock(block) || ts.isSourceFile(block))) return [];
  const peer = declaration.name.text;
  const uses = places.usesOf(peer, block).filter((use) => use.pos > declaration.end);
  const registrations = uses.flatMap((use) => registrationAt(use, block) ?? []);
  // Whoever else gets the peer may have listened before.
  const given = uses.find((use) => isGiven(use) && !registrations.some(({ node }) => covers(node, use)));
  if (registrations.length === 0) return [];
  const names = namesAround(peer, block, places);
  const heard = new Set<string>();
  const found: LateListener[] = [];
  for (const { event, node } of registrations) {
    const isFirst = !heard.has(event);
    heard.add(event);
    if (!isFirst || (given && given.pos < node.pos)) continue;
    const begins = beginOf(event, kind, declaration, uses, node);
    const wait = begins && waitBetween(block, begins.node, node, names);
    if (!wait || isAskedFor(node, wait, block, peer)) continue;
    const [site, waits] = [siteOf(node), siteOf(wait)];
    found.push({ event, peer, site, waits, begins: siteOf(begins.node), isAsked: begins.isAsked });
  }
  return found;
}

/** Whether code behind the wait asks the peer how it is before it listens. */
function isAskedFor(listens: ts.Node, wait: ts.Node, block: ts.Node, peer: string): boolean {
  for (let at = listens; at !== block; at = at.parent) {
    const { parent } = at;
    const condition = ts.isIfStatement(parent)
      ? parent.expression
      : ts.isConditionalExpression(parent)
        ? parent.condition
        : ts.isBinaryExpression(parent)
          ? parent.left
          : undefined;
    if (condition && condition !== at && condition.pos >= wait.end && asksState(condition, peer)) return true;
  }
  return false;
}

function asksState(node: ts.Node, peer: string): boolean {
  if (ts.isPropertyAccessExpression(node) && STATES.test(node.name.text)) return node.expression.getText() === peer;
  return ts.forEachChild(node, (child) => asksState(child, peer) || undefined) ?? false;
}

/** From where on the event may come about; undefined where nobody knows. */
function beginOf(
  event: string,
  kind: PeerKind | "socket",
  declaration: ts.VariableDeclaration,
  uses: readonly ts.Identifier[],
  listens: ts.Node,
): { readonly node: ts.Node; readonly isAsked: boolean } | undefined {
  if (BY_ITSELF[kind].has(event)) return { node: declaration, isAsked: false };
  if (event !== "message" || !FORGETFUL.has(kind)) return undefined;
  const posts = uses.filter(
    (use) => ts.isPropertyAccessExpression(use.parent) && use.parent.name.text === "postMessage",
  );
  const asked = posts.find((post) => post.pos < listens.pos);
  if (asked) return { node: asked.parent.parent, isAsked: true };
  // What is never asked speaks by itself.
  return posts.length === 0 ? { node: declaration, isAsked: false } : undefined;
}

/** `peer.on("exit", …)`, `peer.onmessage = …`, `once(peer, "exit")` in the code of the block, or what that runs at once. */
function registrationAt(use: ts.Identifier, block: ts.Node): Registration | undefined {
  if (!runsWith(use, block)) return undefined;
  const { parent } = use;
  if (ts.isCallExpression(parent) && parent.arguments[0] === use && /(?:^|\.)once$/.test(parent.expression.getText())) {
    const event = parent.arguments[1];
    return event && ts.isStringLiteralLike(event) ? { event: event.text, node: parent } : undefined;
  }
  if (!ts.isPropertyAccessExpression(parent)) return undefined;
  const node = parent.parent;
  const listening = listeningAt(node);
  return listening && unwrap(listening.peer) === use ? { event: listening.event, node } : undefined;
}

/** Whether control comes to a node by way of the block, and not in a function that is called some time. */
function runsWith(node: ts.Node, block: ts.Node): boolean {
  for (let at = node; at !== block; at = at.parent) {
    if (isFunctionNode(at) && executorAt(at.parent)?.node !== at) return false;
  }
  return true;
}

function isGiven(use: ts.Identifier): boolean {
  const { parent } = use;
  const isMember = ts.isPropertyAccessExpression(parent) && parent.expression === use;
  return !isMember && !ts.isIfStatement(parent) && !ts.isPrefixUnaryExpression(parent);
}

function covers(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/** A wait for something else that certainly stands between two places of a block. */
function waitBetween(
  block: ts.Block | ts.SourceFile,
  from: ts.Node,
  to: ts.Node,
  names: ReadonlySet<string>,
): ts.AwaitExpression | undefined {
  let found: ts.AwaitExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (found || node.end <= from.end || node.pos >= to.pos || isFunctionNode(node)) return;
    ts.forEachChild(node, visit);
    if (!ts.isAwaitExpression(node) || node.pos < from.end || node.end > to.pos) return;
    if (isCertain(node, to, block) && !mentionsAny(node.expression, names)) found ??= node;
  };
  const { statements } = block;
  for (let at = firstBehind(statements, from.end); at < statements.length && !found; at++) {
    const statement = statements[at];
    if (!statement || statement.pos >= to.pos) break;
    visit(statement);
  }
  return found;
}

/** The first of some statements that ends behind a place: there may be thousands in front. */
function firstBehind(statements: readonly ts.Statement[], place: number): number {
  let [low, high] = [0, statements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((statements[middle]?.end ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether control that comes to `to` has come by the wait: its statement stands in a list around `to`. */
function isCertain(wait: ts.Node, to: ts.Node, block: ts.Node): boolean {
  for (let at = wait; at !== block; at = at.parent) {
    if (ts.isStatement(at))
      return covers(at.parent, to) && !ts.isIfStatement(at) && !ts.isIterationStatement(at, false);
  }
  return false;
}

/** The peer and the variables that are made with it: who waits for one of these may wait for the peer. */
function namesAround(peer: string, block: ts.Node, places: NamePlaces): ReadonlySet<string> {
  const names = new Set([peer]);
  for (const name of names) {
    for (const use of places.usesOf(name, block)) {
      for (let at: ts.Node = use; at !== block; at = at.parent) {
        const { parent } = at;
        if (ts.isVariableDeclaration(parent) && parent.initializer === at && ts.isIdentifier(parent.name)) {
          names.add(parent.name.text);
        }
      }
    }
  }
  return names;
}

function mentionsAny(root: ts.Node, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(root) && names.has(root.text)) return true;
  return ts.forEachChild(root, (child) => mentionsAny(child, names) || undefined) ?? false;
}
