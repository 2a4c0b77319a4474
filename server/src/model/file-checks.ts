import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type FileCall, type FileModule, fileCallOf } from "./file-calls.js";
import { assignedNames, isAssignment } from "./variables.js";

/** A function asks whether a file is there, waits, and then does what is right only if the answer still holds. */
export interface FileCheck {
  /** What the function is called. */
  readonly name: string;
  /** The path as written. */
  readonly text: string;
  /** Whether what is not there is made; else what is there is taken away. */
  readonly makes: boolean;
  /** The function of `fs` that does it. */
  readonly does: string;
  readonly asked: Site;
  readonly site: Site;
  /** The option with which the function does not mind, and where it goes; undefined if there is none that is as good. */
  readonly option: { readonly text: string; readonly at: Site } | undefined;
}

/** Names of what keeps others away meanwhile, or lets them in one by one. */
const KEEPS_OTHERS_AWAY = /lock|mutex|semaphore|acquire|exclusive|queue|inflight|pending/i;
/** Names of what makes a path that nobody else has. */
const OF_ITS_OWN = /random|uuid|nanoid|mkdtemp|tmp|temp|Date\.now|\bpid\b/i;

/** The checks of files in a function's own code on which a change rests, and between which others may come. */
export function fileChecksIn(node: FunctionNode, module: FileModule): readonly FileCheck[] {
  if (!node.body || !ts.isBlock(node.body) || KEEPS_OTHERS_AWAY.test(node.body.getText())) return [];
  const calls = ownCalls(node.body, module);
  const changes = calls.filter(({ does }) => does !== "asks");
  if (changes.length === 0 || changes.length === calls.length) return [];
  const assigned = assignedIn(node.body);
  const found = new Map<string, FileCheck>();
  for (const asked of calls) {
    const text = textOf(asked.path);
    if (asked.does !== "asks" || found.has(text) || !isStable(asked.path, assigned, node.body)) continue;
    const outcome = outcomeOf(asked.call);
    const use = outcome && changes.find((each) => textOf(each.path) === text && isDecided(outcome, each, node.body!));
    if (!use || isHandled(use, node.body)) continue;
    const name = declaredName(node) ?? "function";
    const [site, check] = [siteOf(use.call), siteOf(asked.call)];
    const option = optionFor(use);
    found.set(text, { name, text, makes: use.does === "makes", does: use.name, asked: check, site, option });
  }
  return [...found.values()];
}

function ownCalls(body: ts.Node, module: FileModule): readonly FileCall[] {
  const found: FileCall[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    const call = ts.isCallExpression(node) ? fileCallOf(node, module) : undefined;
    if (call) found.push(call);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/** What runs only where the file is there, and only where it is not. */
interface Outcome {
  readonly there: readonly ts.Node[];
  readonly absent: readonly ts.Node[];
}

/** The statements that an answer decides about: those of an `if` that asks for nothing else, and those behind one that leaves. */
function outcomeOf(call: ts.CallExpression): Outcome | undefined {
  let at: ts.Expression = call;
  let isNegated = false;
  for (;;) {
    const { parent } = at;
    if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken)
      isNegated = !isNegated;
    else if (!ts.isParenthesizedExpression(parent) && !ts.isAwaitExpression(parent)) break;
    at = parent as ts.Expression;
  }
  const { parent } = at;
  if (ts.isExpressionStatement(parent)) return answerByThrowing(parent);
  if (!ts.isIfStatement(parent) || parent.expression !== at) return undefined;
  const behind = statementsBehind(parent);
  const then = [parent.thenStatement, ...(parent.elseStatement && leaves(parent.elseStatement) ? behind : [])];
  const otherwise = [
    ...(parent.elseStatement ? [parent.elseStatement] : []),
    ...(leaves(parent.thenStatement) ? behind : []),
  ];
  return isNegated ? { there: otherwise, absent: then } : { there: then, absent: otherwise };
}

/** `try { await access(path) } catch { … }`, the try of nothing else. */
function answerByThrowing({ parent: block }: ts.ExpressionStatement): Outcome | undefined {
  const { parent } = block;
  if (!ts.isTryStatement(parent) || parent.tryBlock !== block || parent.tryBlock.statements.length !== 1)
    return undefined;
  return parent.catchClause && { there: [], absent: [parent.catchClause.block] };
}

function statementsBehind(statement: ts.Statement): readonly ts.Statement[] {
  const { parent } = statement;
  return ts.isBlock(parent) ? parent.statements.filter(({ pos }) => pos >= statement.end) : [];
}

function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isContinueStatement(last))
  );
}

/** Whether the answer decides about the change, and others may run between the two. */
function isDecided(outcome: Outcome, use: FileCall, body: ts.Node): boolean {
  const branch = use.does === "makes" ? outcome.absent : outcome.there;
  const home = branch.find((each) => each.pos <= use.call.pos && use.call.end <= each.end);
  return home !== undefined && (isAwaited(use.call) || awaitsBetween(branch[0]!.pos, use.call.pos, body));
}

function isAwaited(call: ts.CallExpression): boolean {
  let at: ts.Node = call.parent;
  while (ts.isParenthesizedExpression(at)) at = at.parent;
  return ts.isAwaitExpression(at);
}

function awaitsBetween(from: number, to: number, body: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (isFunctionNode(node) || node.end <= from || node.pos >= to) return false;
    if (ts.isAwaitExpression(node) && node.pos >= from && node.end <= to) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(body);
}

/** Whether the code is ready for the change to fail, which is how it finds out that another one was first. */
function isHandled({ call }: FileCall, body: ts.Node): boolean {
  for (let at: ts.Node = call; at !== body; at = at.parent) {
    if (ts.isTryStatement(at.parent) && at.parent.tryBlock === at && at.parent.catchClause) return true;
    if (ts.isPropertyAccessExpression(at.parent) && /^(?:catch|then)$/.test(at.parent.name.text)) return true;
  }
  return false;
}

function optionFor({ call, name }: FileCall): FileCheck["option"] {
  const [path, ...more] = call.arguments;
  const option = /^mkdir/.test(name) ? "recursive" : /^rm(?:Sync)?$/.test(name) ? "force" : undefined;
  if (!path || more.length > 0 || option === undefined) return undefined;
  const { file, end } = siteOf(path);
  return { text: `{ ${option}: true }`, at: { file, start: end, end } };
}

function textOf(path: ts.Expression): string {
  return path.getText().replace(/\s+/g, " ");
}

/** Whether an expression means one path throughout, which others may mean as well. */
function isStable(path: ts.Expression, assigned: ReadonlySet<string>, body: ts.Node): boolean {
  const node = unwrap(path);
  if (OF_ITS_OWN.test(node.getText())) return false;
  if (ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isIdentifier(node)) return !assigned.has(node.text) && !isMadeHere(node, body);
  if (ts.isPropertyAccessExpression(node))
    return !assigned.has(node.name.text) && isStable(node.expression, assigned, body);
  if (ts.isTemplateExpression(node))
    return node.templateSpans.every((span) => isStable(span.expression, assigned, body));
  return (
    ts.isCallExpression(node) &&
    /^(?:path\.)?(?:join|resolve|dirname)$/.test(node.expression.getText()) &&
    node.arguments.every((each) => isStable(each, assigned, body))
  );
}

/** The variables and members that get another value somewhere. */
function assignedIn(body: ts.Node): ReadonlySet<string> {
  const names = new Set(assignedNames(body));
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node) && ts.isPropertyAccessExpression(node.left))
      names.add(node.left.name.text);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return names;
}

/** Whether a variable of the function holds a path that may be a new one every time. */
function isMadeHere(name: ts.Identifier, body: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === name.text)
      return !node.initializer || OF_ITS_OWN.test(node.initializer.getText());
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(body);
}
