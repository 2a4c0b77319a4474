import { ts } from "../source/syntax.js";
import { calledName, callersOf, noteUse, type Uses, WHENEVER } from "./callers.js";
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
import { nodesIn } from "./file-nodes.js";
import { floatingWorkIn } from "./floating-work.js";
import { TooManyWaysError } from "./graph.js";
import { keptIndexesIn } from "./kept-indexes.js";
import { changedContainers } from "./kept-objects.js";
import { leavingCalls, mayLeaveWork } from "./left-work.js";
import { isAsync } from "./lower-state.js";
import { restartsIn } from "./restarts.js";
import { mayHaveSections, outsideChecksIn } from "./sections.js";
import type { Put, Written } from "./state.js";
import { stateGraphOf } from "./state-graph.js";
import { StateNames } from "./state-names.js";
import type { Callers, FileTasks, Handled, TaskModel, Writer } from "./task.js";
import { isAssignment, isStep } from "./variables.js";
import { writtenBy } from "./written-values.js";

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
  const calls: ts.CallExpression[] = [];
  for (const node of nodesIn(file).outerFirst) {
    if (isFunctionNode(node)) functions.push(node);
    else if (ts.isCallExpression(node)) calls.push(node);
    else noteUse(node, uses);
  }
  const mayLeave = mayLeaveWork(file.text);
  const waiting = new Set(functions.filter((node) => waits(node, mayLeave)));
  const makers = new Set([...waiting].map(enclosingFunction));
  const called = new Set([...waiting].flatMap((node) => declaredName(node) ?? []));
  // Most calls are of something else, whose declaration nobody needs.
  const likely = calls.filter((call) => called.has(calledName(call) ?? ""));
  const tasks = functions
    .filter((node) => waiting.has(node) || makers.has(node) || callsOne(node, waiting, likely, names))
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

/** Whether the function waits in its own code, or leaves work for later. */
function waits(node: FunctionNode, mayLeave: boolean): boolean {
  if (mayLeave && node.body && leavingCalls(node).length > 0) return true;
  return isAsync(node) && node.body !== undefined && has(node.body, (each) => isPause(each));
}

function isPause(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
}

/** @param likely the calls by the name of a function that waits */
function callsOne(
  { body }: FunctionNode,
  waiting: ReadonlySet<FunctionNode>,
  likely: readonly ts.CallExpression[],
  names: StateNames,
): boolean {
  if (!body) return false;
  const within = new Set<ts.Node>(likely.filter(({ pos, end }) => body.pos <= pos && end <= body.end));
  if (within.size === 0) return false;
  return has(body, (each) => {
    if (!within.has(each) || !ts.isCallExpression(each)) return false;
    const callee = unwrap(each.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const method = names.methodOf(callee);
      return method !== undefined && waiting.has(method);
    }
    const declared = ts.isIdentifier(callee) ? names.declarationOf(callee)?.node : undefined;
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
  const nodes = stateGraphOf(node, names);
  return { id: declarationId(node), name: nameOf(node), site: siteOf(node), callers, nodes, handed: [] };
}

function nameOf(node: FunctionNode): string {
  return declaredName(node) ?? "function";
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
