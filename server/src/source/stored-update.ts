import { statementsOf } from "./dependence.js";
import { type Change, removal } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The edits that make one operation of a load and a store. */
export interface StoredUpdate {
  readonly operation: "add" | "sub" | "and" | "or" | "xor";
  readonly changes: readonly Change[];
}

const OPERATIONS: ReadonlyMap<ts.SyntaxKind, StoredUpdate["operation"]> = new Map([
  [ts.SyntaxKind.PlusToken, "add"],
  [ts.SyntaxKind.MinusToken, "sub"],
  [ts.SyntaxKind.AmpersandToken, "and"],
  [ts.SyntaxKind.BarToken, "or"],
  [ts.SyntaxKind.CaretToken, "xor"],
]);

/** `Atomics.store(v, i, Atomics.load(v, i) + n)` as `Atomics.add(v, i, n)`, also where a variable stands between. */
export function storedUpdateAt(file: ts.SourceFile, start: number, end: number): StoredUpdate | undefined {
  const store = nodeAt(file, start, end);
  if (!ts.isCallExpression(store) || !ts.isExpressionStatement(store.parent) || store.arguments.length !== 3)
    return undefined;
  const [view, index, stored] = store.arguments;
  const value = stored && bare(stored);
  const callee = store.expression;
  if (!view || !index || !value || !ts.isBinaryExpression(value)) return undefined;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "store") return undefined;
  const operation = OPERATIONS.get(value.operatorToken.kind);
  if (!operation) return undefined;
  const cell = `${textOf(view)},${textOf(index)}`;
  const left = loadOf(file, value.left, store.parent, cell);
  const right = operation === "sub" ? undefined : loadOf(file, value.right, store.parent, cell);
  const load = left ?? right;
  if (!load) return undefined;
  const operand = left ? value.right : value.left;
  const object = callee.expression.getText(file);
  const newText = `${object}.${operation}(${view.getText(file)}, ${index.getText(file)}, ${operand.getText(file)})`;
  const changes = [...load.changes, { start: store.getStart(file), end: store.end, newText }];
  return { operation, changes };
}

/** What goes when the load does: nothing, or the declaration in front of the store that has no other use. */
function loadOf(
  file: ts.SourceFile,
  node: ts.Expression,
  store: ts.ExpressionStatement,
  cell: string,
): { readonly changes: readonly Change[] } | undefined {
  const value = bare(node);
  if (ts.isCallExpression(value)) return isLoad(value, cell) ? { changes: [] } : undefined;
  if (!ts.isIdentifier(value)) return undefined;
  const list = statementsOf(store.parent) ?? [];
  const before = list[list.indexOf(store) - 1];
  if (!before || !ts.isVariableStatement(before) || before.declarationList.declarations.length !== 1) return undefined;
  const { name, initializer } = before.declarationList.declarations[0]!;
  const made = initializer && bare(initializer);
  if (!ts.isIdentifier(name) || name.text !== value.text || !made || !ts.isCallExpression(made)) return undefined;
  const uses = list.reduce((sum, statement) => sum + mentionsOf(statement, name.text), 0);
  return uses === 2 && isLoad(made, cell) ? { changes: [removal(file, before)] } : undefined;
}

function isLoad({ expression, arguments: given }: ts.CallExpression, cell: string): boolean {
  const isNamed = ts.isPropertyAccessExpression(expression) && expression.name.text === "load";
  return isNamed && given.map(textOf).join() === cell;
}

function mentionsOf(node: ts.Node, name: string): number {
  if (ts.isIdentifier(node)) return node.text === name ? 1 : 0;
  let count = 0;
  ts.forEachChild(node, (child) => {
    count += mentionsOf(child, name);
  });
  return count;
}

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) ? bare(node.expression) : node;
}

function textOf(node: ts.Node): string {
  return node.getText().replace(/\s+/g, "");
}
