import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { siteKey } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { callersOf, type Uses } from "./callers.js";
import { declaredName, enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import type { Node } from "./function-model.js";
import { executorOf } from "./left-work.js";
import { ownFunctionOf } from "./own-functions.js";
import { stateGraphOf } from "./state-graph.js";
import type { StateNames } from "./state-names.js";
import { writtenBy } from "./written-values.js";

/** A function kept in a field or variable is called, and only then taken away, with what the call has put there. */
export interface LateReset {
  /** The field or variable, as the user wrote it. */
  readonly text: string;
  /** Where it is taken away. */
  readonly site: Site;
  readonly call: Site;
  /** Where a function is put there, which the call may get to. */
  readonly put: Site;
  /** Whether the function is one of the file that does so itself; others may do it. */
  readonly isOwn: boolean;
}

/** Functions after which nobody expects to be called any more. */
const LAST = /^[#_]*(?:close|destroy|dispose|end|terminate|tear_?down|shut_?down|disconnect|kill|unmount)/i;

/** What is assigned, unless a comment hides it, and what to: nothing, something, or what a comment or a type hides. */
const ASSIGNED =
  /=(?![=>])(?:(?<=(\*\/|\/\/[^\n]*\n)[\s!)]*=)|(?<=([\w$\u0080-\uffff]+)[\s!)]*=))[\s(]*(?:((?:undefined|null|void|false)\b[^;,)}\]\w]*)|[</])?/g;
/** Behind what may be called. */
const CALLED = /[\s!)]*(?:\?\.\s*)?(?:[(</]|as\b|satisfies\b)/y;

/** Whether a text may have one: of one name, something is called, and something is taken away, and something is put there. */
export function mayHaveResets(text: string): boolean {
  if (!/=\s*(?:undefined|null|void 0)\b/.test(text)) return false;
  const emptied = new Set<string>();
  const filled = new Set<string>();
  for (const [all, comment, name = "", nothing] of text.matchAll(ASSIGNED)) {
    if (comment !== undefined) return true;
    const isHidden = all.endsWith("/") || all.endsWith("<");
    if (nothing !== undefined || isHidden) emptied.add(name);
    if (nothing === undefined || isHidden || /\S/.test(nothing.replace(/^\w+/, ""))) filled.add(name);
  }
  return [...emptied].some((name) => filled.has(name) && mayBeCalled(text, name));
}

function mayBeCalled(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    CALLED.lastIndex = at + name.length;
    if (CALLED.test(text)) return true;
  }
  return false;
}

/** The functions of a file that are taken away after they were called. */
export function lateResetsIn(file: ts.SourceFile, names: StateNames, uses: () => Uses): readonly LateReset[] {
  const places = placesIn(file, names);
  const found = new Map<string, LateReset>();
  for (const { key, text, fn, isLast } of places.resets) {
    const calls = places.calls.filter((each) => each.key === key && each.fn === fn);
    const puts = calls.length > 0 ? places.puts.filter((each) => each.key === key) : [];
    const put = putterOf(puts, isLast, { names, uses });
    const nodes = put ? stateGraphOf(fn, names) : [];
    for (const { site: call } of calls) {
      const site = put && resetBehind(nodes, call, key);
      if (site && !found.has(siteKey(site))) found.set(siteKey(site), { text, site, call, ...put });
    }
  }
  return [...found.values()];
}

interface Places {
  readonly calls: { readonly key: string; readonly fn: FunctionNode; readonly site: Site }[];
  readonly resets: {
    readonly key: string;
    readonly text: string;
    readonly fn: FunctionNode;
    readonly isLast: boolean;
  }[];
  readonly puts: PutPlace[];
}

interface PutPlace {
  readonly key: string;
  readonly fn: FunctionNode;
  readonly value: ts.Expression;
  readonly node: ts.Node;
}

function placesIn(file: ts.SourceFile, names: StateNames): Places {
  const places: Places = { calls: [], resets: [], puts: [] };
  const emptied = new Set<string>();
  const { innerFirst } = nodesIn(file);
  for (const node of innerFirst) {
    if (isSet(node) && writtenBy(node.right) === "nothing") emptied.add(lastNameOf(node.left) ?? "");
  }
  for (const node of innerFirst) {
    const target = ts.isCallExpression(node) ? node.expression : isSet(node) ? node.left : undefined;
    if (!target || !emptied.has(lastNameOf(target) ?? "?")) continue;
    const fn = enclosingFunction(node);
    if (!isFunctionNode(fn)) continue;
    const named = unwrap(target);
    const state = ts.isElementAccessExpression(named) ? undefined : names.stateOf(named, fn);
    if (!state || state.taken) continue;
    const { key, text } = state;
    if (!isSet(node)) places.calls.push({ key, fn, site: siteOf(named) });
    else if (writtenBy(node.right) === "nothing")
      places.resets.push({ key, text, fn, isLast: LAST.test(declaredName(fn) ?? "") });
    else places.puts.push({ key, fn, value: unwrap(node.right), node });
  }
  return places;
}

/** Most calls and assignments are of something else: their last name says so, and nobody looks for what it means. */
function lastNameOf(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isIdentifier(node) ? node.text : undefined;
}

function isSet(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

interface Known {
  readonly names: StateNames;
  readonly uses: () => Uses;
}

/** Who may put another function there while the first one runs. */
function putterOf(
  puts: readonly PutPlace[],
  isLast: boolean,
  known: Known,
): Pick<LateReset, "put" | "isOwn"> | undefined {
  const putting = new Set(puts.flatMap(({ fn }) => (ts.isConstructorDeclaration(fn) ? [] : [fn])));
  for (const { value } of puts) {
    const given = ownFunctionOf(value, known.names);
    const reached = given && reachedFrom(given, putting, known.names);
    const put = reached && puts.find(({ fn }) => fn === reached);
    if (put) return { put: siteOf(put.node), isOwn: true };
  }
  if (isLast) return undefined;
  const put = puts.find((each) => isGivenByAnyone(each, known));
  return put && { put: siteOf(put.node), isOwn: false };
}

/** The first of some functions that calls lead to from another one before it returns. */
function reachedFrom(from: FunctionNode, to: ReadonlySet<FunctionNode>, names: StateNames): FunctionNode | undefined {
  const seen = new Set([from]);
  for (const fn of seen) {
    if (to.has(fn)) return fn;
    if (!fn.body) continue;
    someInBody(fn.body, (node) => {
      const called = ts.isCallExpression(node) ? ownFunctionOf(node.expression, names) : undefined;
      if (called) seen.add(called);
      return false;
    });
  }
  return undefined;
}

/** Whether anybody may have a function put there, also when another one is there already. */
function isGivenByAnyone({ key, fn, value, node }: PutPlace, { names, uses }: Known): boolean {
  if (ts.isConstructorDeclaration(fn)) return false;
  const root = ts.isPropertyAccessExpression(value) ? unwrap(value.expression) : value;
  const declared = ts.isIdentifier(root) ? names.declarationOf(root) : undefined;
  const giver = declared && isParameter(declared.node) ? declared.scope : undefined;
  if (!giver || !isFunctionNode(giver) || executorOf(giver.parent) === giver) return false;
  if (callersOf(giver, uses()) !== "anyone" || ts.isConstructorDeclaration(giver)) return false;
  return giver === fn && !looksBefore(stateGraphOf(fn, names), key, siteOf(node));
}

function isParameter(node: ts.Node): boolean {
  return ts.isParameter(node) || (ts.isBindingElement(node) && isParameter(node.parent.parent));
}

/** Whether somebody asks what is there before it is overwritten. */
function looksBefore(nodes: readonly Node[], key: string, put: Site): boolean {
  return nodes.some(({ event }) => event.kind === "look" && event.state.key === key && event.site.start < put.start);
}

/** Where state is taken away behind a call, with no look at it in between. */
function resetBehind(nodes: readonly Node[], call: Site, key: string): Site | undefined {
  const seen = new Set<number>();
  const pending = nodes.flatMap(({ event, next }) =>
    event.kind === "look" && event.state.key === key && siteKey(event.site) === siteKey(call) ? next : [],
  );
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const node = nodes[at];
    if (!node || seen.has(at)) continue;
    seen.add(at);
    const { event } = node;
    if (event.kind === "put" && event.state.key === key) {
      if (event.gives === "nothing") return event.site;
      continue;
    }
    if (event.kind === "look" && event.state.key === key) continue;
    pending.push(...node.next);
  }
  return undefined;
}
