import { type Site, siteKey } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { callersOf, type Uses } from "./callers.js";
import { declaredName, enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { usesOf } from "./executors.js";
import { nodesIn } from "./file-nodes.js";
import type { Node } from "./function-model.js";
import { MAY_GUARD } from "./lower-state.js";
import { stateGraphOf } from "./state-graph.js";
import type { StateNames } from "./state-names.js";

/** A collection is handed on as a whole, and emptied after a wait in which others may have put something into it. */
export interface LateClear {
  /** The collection, as the user wrote it. */
  readonly text: string;
  /** Where it is emptied. */
  readonly site: Site;
  /** Where it is handed on. */
  readonly use: Site;
  readonly gap: Site;
  readonly put: Site;
  /** The function that puts something into it. */
  readonly putter: string;
}

/** Functions after which nobody expects anything to be kept. */
const LAST =
  /^[#_]*(?:close|destroy|dispose|end|terminate|stop|tear_?down|shut_?down|disconnect|kill|reset|clear|clean)/i;
/** What runs functions when all others are over. */
const AFTERWARDS = /^(?:after|afterEach|afterAll|teardown|suiteTeardown|onTestFinished)$/;
const PUTTING: ReadonlySet<string> = new Set(["push", "unshift", "add", "set"]);
/** Methods that give all elements of a collection. */
const GIVING: ReadonlySet<string> = new Set([
  "map",
  "slice",
  "join",
  "concat",
  "values",
  "entries",
  "filter",
  "flatMap",
]);

/** Whether a text may have one. */
export function mayHaveClears(text: string): boolean {
  return (
    /\bawait\b/.test(text) && /=\s*(?:\[\s*\]|\{\s*\}|new (?:Map|Set)\b)|\.length\s*=\s*0\b|\.clear\s*\(/.test(text)
  );
}

export function lateClearsIn(file: ts.SourceFile, names: StateNames, uses: () => Uses): readonly LateClear[] {
  const places = placesIn(file, names);
  const found: LateClear[] = [];
  for (const clear of places.clears) {
    const { key, text, fn } = clear;
    const handed = places.handed.filter((each) => each.key === key && each.fn === fn);
    if (handed.length === 0 || isLast(fn)) continue;
    const nodes = stateGraphOf(fn, names);
    if (nodes.some(({ event }) => event.kind === "guard")) continue;
    const written = new Set(nodes.flatMap(({ event }) => (event.kind === "put" ? [event.state.key] : [])));
    written.delete(key);
    const put = places.puts.find(
      (each) =>
        each.key === key &&
        each.fn !== fn &&
        isFree(each.fn, written, names) &&
        callersOf(each.fn, uses()) === "anyone",
    );
    if (!put) continue;
    for (const { site: use } of handed) {
      const gap = gapBefore(nodes, use, clear);
      if (!gap) continue;
      found.push({ text, site: clear.site, use, gap, put: put.site, putter: declaredName(put.fn) ?? "function" });
      break;
    }
  }
  return found;
}

interface Place {
  readonly key: string;
  readonly text: string;
  readonly fn: FunctionNode;
  readonly site: Site;
}

interface Places {
  readonly clears: Place[];
  /** Where a collection is handed on to something that is awaited. */
  readonly handed: Place[];
  readonly puts: Place[];
}

function placesIn(file: ts.SourceFile, names: StateNames): Places {
  const places: Places = { clears: [], handed: [], puts: [] };
  const cleared = new Set<string>();
  const { innerFirst } = nodesIn(file);
  for (const node of innerFirst) {
    const name = nameOf(clearedBy(node)?.collection);
    if (name !== undefined) cleared.add(name);
  }
  if (cleared.size === 0) return places;
  for (const node of innerFirst) {
    const add = (list: Place[], collection: ts.Expression, at: ts.Node): void => {
      if (!cleared.has(nameOf(collection) ?? "?")) return;
      const fn = enclosingFunction(node);
      if (!isFunctionNode(fn)) return;
      const state = names.containerOf(collection, fn);
      if (state && !state.taken && state.container === undefined) {
        list.push({ key: state.key, text: state.text, fn, site: siteOf(at) });
      }
    };
    const clear = clearedBy(node);
    if (clear) add(places.clears, clear.collection, clear.at);
    const filled = filledBy(node);
    if (filled) add(places.puts, filled, node);
    const isName = ts.isPropertyAccessExpression(node) || (ts.isIdentifier(node) && !isMemberName(node));
    if (isName && cleared.has(nameOf(node) ?? "?") && isHandedOn(node)) add(places.handed, node, node);
  }
  return places;
}

function nameOf(expression: ts.Expression | undefined): string | undefined {
  const node = expression && unwrap(expression);
  if (node && ts.isPropertyAccessExpression(node)) return node.name.text;
  return node && ts.isIdentifier(node) ? node.text : undefined;
}

function isMemberName(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

/** The collection that is emptied, and the node whose event says so. */
function clearedBy(node: ts.Node): { readonly collection: ts.Expression; readonly at: ts.Node } | undefined {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.arguments.length === 0) {
    const { expression, name } = node.expression;
    return name.text === "clear" ? { collection: expression, at: unwrap(expression) } : undefined;
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const left = unwrap(node.left);
  const right = unwrap(node.right);
  if (ts.isPropertyAccessExpression(left) && left.name.text === "length" && right.getText() === "0") {
    return { collection: left.expression, at: node };
  }
  return isEmpty(right) ? { collection: left, at: node } : undefined;
}

function isEmpty(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  return ts.isNewExpression(node) && /^(?:Map|Set)$/.test(node.expression.getText()) && !node.arguments?.length;
}

function filledBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    return PUTTING.has(node.expression.name.text) ? node.expression.expression : undefined;
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  return ts.isElementAccessExpression(node.left) ? node.left.expression : undefined;
}

/** Whether all that is in a collection goes into something that is awaited, directly or by way of a constant. */
function isHandedOn(node: ts.Expression): boolean {
  let at: ts.Node = node;
  let isGiven = false;
  while (!ts.isStatement(at.parent) && !isFunctionNode(at.parent)) {
    const { parent } = at;
    if (ts.isAwaitExpression(parent)) return isGiven;
    if (ts.isVariableDeclaration(parent)) {
      const { name } = parent;
      return (
        ts.isIdentifier(name) &&
        usesOf(name.text, enclosingFunction(node)).some((use) => use !== name && isGivenToAwaited(use))
      );
    }
    const isMethod = ts.isPropertyAccessExpression(parent) && parent.expression === at && GIVING.has(parent.name.text);
    const isArgument = (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== at;
    const isCall = ts.isCallExpression(parent) && parent.expression === at && ts.isPropertyAccessExpression(at);
    if (!(isMethod || isArgument || isCall || isWhole(parent))) return false;
    isGiven ||= isArgument;
    at = parent;
  }
  return false;
}

/** What has all that its part has. */
function isWhole(node: ts.Node): boolean {
  return (
    ts.isArrayLiteralExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node)
  );
}

function isGivenToAwaited(use: ts.Identifier): boolean {
  let isGiven = false;
  for (let at: ts.Node = use; !ts.isStatement(at.parent) && !isFunctionNode(at.parent); at = at.parent) {
    if (ts.isAwaitExpression(at.parent)) return isGiven;
    isGiven ||= ts.isCallExpression(at.parent) && at.parent.expression !== at;
  }
  return false;
}

function isLast(fn: FunctionNode): boolean {
  const call = fn.parent;
  if (ts.isCallExpression(call) && AFTERWARDS.test(call.expression.getText())) return true;
  return LAST.test(declaredName(fn) ?? "");
}

/** Whether nothing tells a function that the other one is at work: no lock, and no state that it has set. */
function isFree(fn: FunctionNode, written: ReadonlySet<string>, names: StateNames): boolean {
  if (ts.isConstructorDeclaration(fn)) return false;
  const isTold = (node: ts.Node): boolean => {
    if (ts.isCallExpression(node) && MAY_GUARD.test(node.expression.getText().split(".").at(-1) ?? "")) return true;
    const isName = ts.isPropertyAccessExpression(node) || ts.isIdentifier(node);
    const state = isName ? names.stateOf(node, fn) : undefined;
    if (state && written.has(state.key)) return true;
    return ts.forEachChild(node, (child) => isTold(child) || undefined) ?? false;
  };
  return fn.body !== undefined && !isTold(fn.body);
}

/** The wait on a way from one place to the clearing, behind which nobody looks at the collection again. */
function gapBefore(nodes: readonly Node[], use: Site, { key, site }: Place): Site | undefined {
  const seen = new Set<string>();
  const pending = nodes.flatMap(({ event, next }) =>
    event.kind === "look" && siteKey(event.site) === siteKey(use)
      ? next.map((at) => ({ at, gap: undefined as Site | undefined }))
      : [],
  );
  for (let step = pending.pop(); step; step = pending.pop()) {
    const node = nodes[step.at];
    const seenKey = `${step.at} ${step.gap !== undefined}`;
    if (!node || seen.has(seenKey)) continue;
    seen.add(seenKey);
    const { event } = node;
    const isHere = siteKey(event.site) === siteKey(site);
    if (isHere && (event.kind === "put" || event.kind === "look") && step.gap) return step.gap;
    if (event.kind === "put" && event.state.key === key) continue;
    if (event.kind === "look" && event.state.key === key && step.gap) continue;
    const gap = event.kind === "await" ? event.site : step.gap;
    pending.push(...node.next.map((at) => ({ at, gap })));
  }
  return undefined;
}
