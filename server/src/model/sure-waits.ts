import { ts } from "../source/syntax.js";
import type { FunctionNode } from "./declarations.js";
import { unwrap } from "./declarations.js";
import { executorOf } from "./left-work.js";

/** Whether what is awaited never fails: a promise that nobody rejects, or a pause. `own` is the file's function called. */
export function isSureWait(operand: ts.Expression, own: FunctionNode | undefined): boolean {
  return isSurePromise(own ? (givenBy(own) ?? operand) : operand) || isPause(operand);
}

/** Whether what is called does nothing but let time pass, for whoever waits for it. */
export function isPauseCall(call: ts.CallExpression, own: FunctionNode | undefined): boolean {
  if (!own) return isPause(call);
  const given = givenBy(own);
  const promise = given && unwrap(given);
  const body = promise && isSurePromise(promise) ? executorOf(promise)?.body : undefined;
  const only = body && ts.isBlock(body) ? body.statements.length === 1 && body.statements[0] : body;
  const left = only && ts.isExpressionStatement(only) ? only.expression : only;
  return left !== undefined && left !== false && /^(?:setTimeout|setImmediate)\(\w+[,)]/.test(left.getText());
}

/** `new Promise((resolve) => …)`: nothing in it can reject. */
function isSurePromise(expression: ts.Expression): boolean {
  const executor = executorOf(unwrap(expression));
  const isAsync = executor && ts.getCombinedModifierFlags(executor) & ts.ModifierFlags.Async;
  return executor !== undefined && executor.parameters.length < 2 && !isAsync;
}

/** What a function gives that does nothing but give it. */
function givenBy({ body }: FunctionNode): ts.Expression | undefined {
  if (!body || !ts.isBlock(body)) return body;
  const [only] = body.statements;
  return only && ts.isReturnStatement(only) ? only.expression : undefined;
}

/** A timer of `node:timers/promises` to which no signal is given. */
function isPause(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false;
  const { text } = node.expression;
  const most = importedTimer(node.getSourceFile(), text) === "setImmediate" ? 1 : 2;
  return node.arguments.length <= most && importedTimer(node.getSourceFile(), text) !== undefined;
}

function importedTimer(file: ts.SourceFile, name: string): string | undefined {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (!/^(?:node:)?timers\/promises$/.test(statement.moduleSpecifier.text)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    const found = bindings.elements.find((each) => each.name.text === name);
    if (found) return (found.propertyName ?? found.name).text;
  }
  return undefined;
}
