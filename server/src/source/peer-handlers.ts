import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The promise that a message settles is rejected when the peer fails, or, of a process, when it ends. */
export function rejectedOnFailure(
  file: ts.SourceFile,
  listening: CallPlace,
  isProcess: boolean,
): readonly Change[] | undefined {
  const node = nodeAt(file, listening.start, listening.end);
  const statement = node.parent;
  const executor = executorAround(node);
  if (!ts.isExpressionStatement(statement) || !statementsOf(statement.parent) || !executor) return undefined;
  const start = statement.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const [resolve, reject] = executor.parameters;
  if (!resolve) return undefined;
  const name = reject ? reject.name.getText(file) : "reject";
  const added = reject ? [] : addedParameter(executor, resolve, name, file);
  const handler = added && handlerFor(node, name, isProcess, file);
  if (!handler) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const newText = `${newline}${indentationAt(file.text, start)}${handler}${semicolon}`;
  return [...added, { start: statement.end, end: statement.end, newText }];
}

type Executor = ts.ArrowFunction | ts.FunctionExpression;

/** The function given to the `new Promise(…)` around. */
export function executorAround(node: ts.Node): Executor | undefined {
  for (let at = node.parent; at; at = at.parent) {
    const isExecutor =
      (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) &&
      ts.isNewExpression(at.parent) &&
      at.parent.expression.getText() === "Promise";
    if (isExecutor) return at as Executor;
  }
  return undefined;
}

/** `resolve =>` has no parentheses yet. */
function addedParameter(
  executor: Executor,
  resolve: ts.ParameterDeclaration,
  name: string,
  file: ts.SourceFile,
): readonly Change[] | undefined {
  if (new RegExp(`\\b${name}\\b`).test(executor.getText(file))) return undefined;
  const [start, end] = [resolve.getStart(file), resolve.end];
  if (file.text.slice(executor.getStart(file), start).includes("(")) return [{ start: end, end, newText: `, ${name}` }];
  return [{ start, end, newText: `(${resolve.getText(file)}, ${name})` }];
}

function handlerFor(node: ts.Node, reject: string, isProcess: boolean, file: ts.SourceFile): string | undefined {
  const { quote } = layoutOf(file);
  if (ts.isBinaryExpression(node)) {
    const { left } = node;
    return ts.isPropertyAccessExpression(left) ? `${left.expression.getText(file)}.onerror = ${reject}` : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression, name } = node.expression;
  const on = `${expression.getText(file)}.${name.text}`;
  if (!isProcess) return `${on}(${quote}error${quote}, ${reject})`;
  const error = `new Error(\`The process ended with \${code}.\`)`;
  return `${on}(${quote}exit${quote}, (code) => ${reject}(${error}))`;
}
