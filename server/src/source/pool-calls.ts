import { indentationAt, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `for (const x of xs) out.push(pool.apply(f, [x]));` becomes `out.push(...pool.map(f, xs));`. */
export function mapped(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = callAt(file, place);
  const [task, list] = call?.arguments ?? [];
  if (!call || !task || !list || !ts.isArrayLiteralExpression(list)) return undefined;
  const [item, ...more] = list.elements;
  if (!item || !ts.isIdentifier(item) || more.length > 0) return undefined;
  const { parent } = call;
  const all = (items: ts.Expression): string =>
    `${call.expression.expression.getText(file)}.map(${task.getText(file)}, ${items.getText(file)})`;
  if (ts.isArrowFunction(parent)) return mappedCallback(file, parent, item, all);
  const collecting = ts.isCallExpression(parent) ? parent : undefined;
  const statement = (collecting ?? call).parent;
  const loop =
    ts.isBlock(statement.parent) && statement.parent.statements.length === 1
      ? statement.parent.parent
      : statement.parent;
  if (!ts.isExpressionStatement(statement) || !ts.isForOfStatement(loop) || !isVariableOf(loop, item)) return undefined;
  const { semicolon } = layoutOf(file);
  const isPush = collecting !== undefined && /\.push$/.test(collecting.expression.getText(file));
  if (collecting && !(isPush && collecting.arguments.length === 1)) return undefined;
  const text = collecting ? `${collecting.expression.getText(file)}(...${all(loop.expression)})` : all(loop.expression);
  return keepsComments(file, loop, text, [{ start: loop.getStart(file), end: loop.end, newText: text + semicolon }]);
}

/** `for (…) pool.apply(f, [i]);` becomes a loop that begins all tasks, and one that waits for them. */
export function begunTogether(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = callAt(file, place);
  const statement = call?.parent;
  if (!call || !statement || !ts.isExpressionStatement(statement)) return undefined;
  const loop = ts.isBlock(statement.parent) ? statement.parent.parent : statement.parent;
  const list = loop.parent;
  if (!ts.isForStatement(loop) && !ts.isForOfStatement(loop)) return undefined;
  if (!(ts.isBlock(list) || ts.isSourceFile(list)) || /\bresults?\b/.test(list.getText(file))) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const start = loop.getStart(file);
  const indentation = newline + indentationAt(file.text, start);
  const { name } = call.expression;
  return [
    { start, end: start, newText: `const results = []${semicolon}${indentation}` },
    { start: call.getStart(file), end: call.getStart(file), newText: "results.push(" },
    { start: name.getStart(file), end: name.end, newText: "applyAsync" },
    { start: call.end, end: call.end, newText: ")" },
    { start: loop.end, end: loop.end, newText: `${indentation}for (const result of results) result.get()${semicolon}` },
  ];
}

/** `pool.applyAsync(f)` becomes `pool.applyAsync(f, [], { errorCallback: console.error })`. */
export function errorsTold(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = callAt(file, place);
  if (!call) return undefined;
  const [task, items, options] = call.arguments;
  if (!task) return undefined;
  const teller = "errorCallback: console.error";
  if (options) {
    if (!ts.isObjectLiteralExpression(options)) return undefined;
    const start = options.getStart(file) + 1;
    const [first] = options.properties;
    return [{ start, end: first ? first.getStart(file) : start, newText: first ? ` ${teller}, ` : ` ${teller} ` }];
  }
  const last = items ?? task;
  return [{ start: last.end, end: last.end, newText: `${items ? "" : ", []"}, { ${teller} }` }];
}

/** `result.then(done)` becomes `result.then(done, console.error)`. */
export function rejectionsTold(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const done = callAt(file, place)?.arguments[0];
  return done && [{ start: done.end, end: done.end, newText: ", console.error" }];
}

type MethodCall = ts.CallExpression & { readonly expression: ts.PropertyAccessExpression };

function callAt(file: ts.SourceFile, { start, end }: CallPlace): MethodCall | undefined {
  const call = nodeAt(file, start, end);
  return ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) ? (call as MethodCall) : undefined;
}

/** `xs.map((x) => pool.apply(f, [x]))` */
function mappedCallback(
  file: ts.SourceFile,
  callback: ts.ArrowFunction,
  item: ts.Identifier,
  all: (items: ts.Expression) => string,
): readonly Change[] | undefined {
  const around = callback.parent;
  const [parameter, ...more] = callback.parameters;
  const isOne = parameter !== undefined && more.length === 0 && parameter.name.getText(file) === item.text;
  if (!isOne || !ts.isCallExpression(around) || around.arguments.length > 1) return undefined;
  if (!ts.isPropertyAccessExpression(around.expression) || !/^(?:map|forEach)$/.test(around.expression.name.text))
    return undefined;
  const text = all(around.expression.expression);
  return keepsComments(file, around, text, [{ start: around.getStart(file), end: around.end, newText: text }]);
}

function isVariableOf({ initializer, awaitModifier }: ts.ForOfStatement, item: ts.Identifier): boolean {
  if (awaitModifier || !ts.isVariableDeclarationList(initializer)) return false;
  const [declaration] = initializer.declarations;
  return declaration !== undefined && ts.isIdentifier(declaration.name) && declaration.name.text === item.text;
}

/** Nothing where a comment would be lost. */
function keepsComments(
  file: ts.SourceFile,
  node: ts.Node,
  text: string,
  changes: readonly Change[],
): readonly Change[] | undefined {
  const had = /\/[/*]/.test(node.getText(file));
  return had && !/\/[/*]/.test(text) ? undefined : changes;
}
