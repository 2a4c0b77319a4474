import { ts } from "../source/syntax.js";
import { changedWalksIn } from "./changed-walks.js";
import {
  declarationId,
  declaredName,
  enclosingFunction,
  type FunctionNode,
  isFunctionNode,
  siteOf,
  unwrap,
} from "./declarations.js";
import { fileModuleOf } from "./file-calls.js";
import { fileChecksIn } from "./file-checks.js";
import { floatingWorkIn } from "./floating-work.js";
import { GraphBuilder, TooManyWaysError } from "./graph.js";
import { keptIndexesIn } from "./kept-indexes.js";
import { changedContainers } from "./kept-objects.js";
import { leavingCalls, mayLeaveWork } from "./left-work.js";
import { isAsync, StateLowering, writtenBy } from "./lower-state.js";
import { StatementLowering } from "./lower-statement.js";
import { restartsIn } from "./restarts.js";
import { mayHaveSections, outsideChecksIn } from "./sections.js";
import type { Put, Written } from "./state.js";
import { StateNames } from "./state-names.js";
import type { Callers, FileTasks, Handled, TaskModel, Writer } from "./task.js";
import { isAssignment, isStep } from "./variables.js";

/** Methods that call what they are given once for every element, without waiting for the one before. */
const FOR_EACH: ReadonlySet<string> = new Set(["map", "forEach", "flatMap"]);
/** Functions that call what they are given whenever something happens, whether or not the last call is over. */
const WHENEVER: ReadonlySet<string> = new Set(["on", "addListener", "addEventListener", "setInterval"]);

export type { FileTasks } from "./task.js";

const found = new WeakMap<ts.SourceFile, readonly FileTasks[]>();

/**
 * The functions of a file that may wait, and all places where their state is written. The text of the file alone says
 * so, whence the answer lasts as long as the text.
 */
export function tasksOf(file: ts.SourceFile | undefined): readonly FileTasks[] {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const tasks = lowerOrGiveUp(file);
  found.set(file, tasks);
  return tasks;
}

function lowerOrGiveUp(file: ts.SourceFile): readonly FileTasks[] {
  if (!/\bawait\b/.test(file.text) && !mayLeaveWork(file.text)) return [];
  try {
    return [lowerTasks(file)];
  } catch (error) {
    // Code can nest deeper than recursion can follow, and have more ways through its cleanups than anybody waits for.
    if (error instanceof RangeError || error instanceof TooManyWaysError) return [];
    throw error;
  }
}

function lowerTasks(file: ts.SourceFile): FileTasks {
  const names = new StateNames();
  const functions: FunctionNode[] = [];
  const uses: Uses = { named: new Set(), given: new Set() };
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) functions.push(node);
    if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && !isDeclaredName(node)) {
      uses.named.add(node.text);
      if (isGivenAway(node)) uses.given.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const mayLeave = mayLeaveWork(file.text);
  const waiting = new Set(functions.filter((node) => waits(node, mayLeave)));
  const makers = new Set([...waiting].map(enclosingFunction));
  const called = new Set([...waiting].flatMap((node) => declaredName(node) ?? []));
  const tasks = functions
    .filter((node) => waiting.has(node) || makers.has(node) || callsOne(node, waiting, called, names))
    .map((node) => lowerTask(node, names, callersOf(node, uses)));
  const puts = tasks.flatMap(({ nodes }) => nodes.flatMap(({ event }) => (event.kind === "put" ? [event] : [])));
  const hasEntries = puts.some(({ state }) => state.container !== undefined);
  const hasSections = mayHaveSections(file.text);
  const handled = functions.filter(isHandler).flatMap(handledIn);
  const module = fileModuleOf(file);
  return {
    tasks: tasks.map((task, _, all) => ({ ...task, handed: handedTo(task, all) })),
    writers: puts.length > 0 ? functions.flatMap((node) => writersIn(node, names)) : [],
    handled,
    keptIndexes: keptIndexesIn(file, names),
    floatingWork: hasSections ? functions.flatMap((node) => floatingWorkIn(node, names)) : [],
    outsideChecks: hasSections
      ? functions.filter((node) => callersOf(node, uses) !== "nobody").flatMap((node) => outsideChecksIn(node, names))
      : [],
    fileChecks: module
      ? functions.filter((node) => callersOf(node, uses) === "anyone").flatMap((node) => fileChecksIn(node, module))
      : [],
    changedWalks: changedWalksIn(file, names, (node) => callersOf(node, uses) === "anyone"),
    restarts: restartsIn(file, functions, names),
    changed: hasEntries ? changedContainers(file, names) : new Set(),
  };
}

/** What the function around a task that it alone starts has set before. */
function handedTo({ site, callers }: TaskModel, tasks: readonly TaskModel[]): readonly Put[] {
  if (callers !== "nobody") return [];
  const around = tasks.filter((each) => each.site.start < site.start && each.site.end > site.end).at(-1);
  return (around?.nodes ?? []).flatMap(({ event }) =>
    event.kind === "put" && event.gives === "constant" && event.site.end <= site.start ? [event] : [],
  );
}

/** Whether the function runs whenever something happens. */
function isHandler({ parent }: FunctionNode): boolean {
  if (ts.isCallExpression(parent)) return WHENEVER.has(calledName(parent) ?? "");
  return ts.isBinaryExpression(parent) && isAssignment(parent) && /\.on[a-z]+$/.test(parent.left.getText());
}

function handledIn(node: FunctionNode): readonly Handled[] {
  const handled: Handled[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isPropertyAccessExpression(at)) {
      handled.push({ member: at.name.text, name: nameOf(node), site: siteOf(at) });
    }
    ts.forEachChild(at, visit);
  };
  ts.forEachChild(node, visit);
  return handled;
}

/** How a file uses names. */
interface Uses {
  readonly named: Set<string>;
  /** Exported, put into an object or a variable, or given to what calls it whenever something happens. */
  readonly given: Set<string>;
}

function isGivenAway(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  const { parent } = node;
  if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
  if (ts.isExportAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBinaryExpression(parent)) return isAssignment(parent) && parent.right === node;
  return ts.isCallExpression(parent) && parent.expression !== node && callbackCallers(parent) === "anyone";
}

function isDeclaredName(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  if (ts.isExportSpecifier(node.parent) || ts.isShorthandPropertyAssignment(node.parent)) return false;
  return (node.parent as ts.NamedDeclaration).name === node && !ts.isPropertyAccessExpression(node.parent);
}

/** Whether the function waits in its own code, or leaves work for later. */
function waits(node: FunctionNode, mayLeave: boolean): boolean {
  if (mayLeave && node.body && leavingCalls(node).length > 0) return true;
  return isAsync(node) && node.body !== undefined && has(node.body, (each) => isPause(each));
}

function isPause(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
}

/** @param called the names of those that wait: most calls are of something else, whose declaration nobody needs */
function callsOne(
  node: FunctionNode,
  waiting: ReadonlySet<FunctionNode>,
  called: ReadonlySet<string>,
  names: StateNames,
): boolean {
  if (!node.body || called.size === 0) return false;
  return has(node.body, (each) => {
    if (!ts.isCallExpression(each)) return false;
    const callee = unwrap(each.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const method = called.has(callee.name.text) ? names.methodOf(callee) : undefined;
      return method !== undefined && waiting.has(method);
    }
    const isNamed = ts.isIdentifier(callee) && called.has(callee.text);
    const declared = isNamed ? names.declarationOf(callee)?.node : undefined;
    return declared !== undefined && [...waiting].some((one) => one === declared || one.parent === declared);
  });
}

/** Whether something in a function's own code, not in functions inside it, is so. */
function has(root: ts.Node, is: (node: ts.Node) => boolean): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || (isFunctionNode(node) && node !== root)) return;
    if (is(node)) found = true;
    else ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

function lowerTask(node: FunctionNode, names: StateNames, callers: Callers): TaskModel {
  const file = node.getSourceFile();
  const site = siteOf(node, file);
  const graph = new GraphBuilder(site);
  const expressions = new StateLowering(graph, names, node);
  const end = { file: file.fileName, start: Math.max(node.end - 1, 0), end: node.end };
  expressions.parameters();
  if (node.body) new StatementLowering(graph, expressions, file).body(node.body, end);
  return { id: declarationId(node), name: nameOf(node), site, callers, nodes: graph.finish(end), handed: [] };
}

function nameOf(node: FunctionNode): string {
  return declaredName(node) ?? "function";
}

/** Who may call the function again before an earlier call is over. */
function callersOf(node: FunctionNode, { named, given }: Uses): Callers {
  if (ts.isConstructorDeclaration(node)) return "nobody";
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return memberCallers(node, named);
  if (ts.isFunctionDeclaration(node)) return isExported(node) || given.has(node.name?.text ?? "") ? "anyone" : "file";
  const { parent } = node;
  if (ts.isPropertyDeclaration(parent)) return memberCallers(parent, named);
  if (ts.isPropertyAssignment(parent)) return "anyone";
  if (ts.isVariableDeclaration(parent)) {
    return isExported(parent.parent.parent) || given.has(parent.name.getText()) ? "anyone" : "file";
  }
  if (ts.isBinaryExpression(parent) && isAssignment(parent)) return "anyone";
  if (ts.isCallExpression(parent) && parent.arguments.includes(node)) return callbackCallers(parent);
  return "nobody";
}

function memberCallers(node: ts.ClassElement | ts.ObjectLiteralElementLike, named: ReadonlySet<string>): Callers {
  const name = node.name && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name)) ? node.name.text : "";
  const isHidden =
    /^[#_]/.test(name) ||
    (ts.canHaveModifiers(node) &&
      (ts.getModifiers(node) ?? []).some(
        ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
      ));
  return isHidden && named.has(name) ? "file" : "anyone";
}

function callbackCallers(call: ts.CallExpression): Callers {
  const name = calledName(call);
  return name !== undefined && (FOR_EACH.has(name) || WHENEVER.has(name)) ? "anyone" : "nobody";
}

function calledName(call: ts.CallExpression): string | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

function isExported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
}

function givenIn(node: ts.Node): Written {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken
    ? writtenBy(node.right)
    : "value";
}

/** Where a function writes state in its own code. */
function writersIn(node: FunctionNode, names: StateNames): readonly Writer[] {
  if (!node.body || ts.isConstructorDeclaration(node)) return [];
  const writers: Writer[] = [];
  const name = nameOf(node);
  const task = declarationId(node);
  const visit = (at: ts.Node): void => {
    if (isFunctionNode(at)) return;
    const target =
      ts.isBinaryExpression(at) && isAssignment(at)
        ? at.left
        : ts.isPostfixUnaryExpression(at) || ts.isPrefixUnaryExpression(at)
          ? isStep(at) && at.operand
          : undefined;
    const state = target && names.stateOf(unwrap(target), node);
    if (state) writers.push({ state, gives: givenIn(at), name, task, site: siteOf(at) });
    ts.forEachChild(at, visit);
  };
  visit(node.body);
  return writers;
}
