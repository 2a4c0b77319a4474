import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";

/** `new Promise((resolve, reject) => …)`. */
export interface Executor {
  readonly promise: ts.NewExpression;
  readonly node: FunctionNode;
  readonly resolve: string;
  readonly reject: string | undefined;
}

export function executorAt(node: ts.Node): Executor | undefined {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "Promise") {
    return undefined;
  }
  const given = node.arguments?.[0];
  const executor = given && unwrap(given);
  if (!executor || !isFunctionNode(executor)) return undefined;
  const [resolve, reject] = executor.parameters.map(({ name }) => (ts.isIdentifier(name) ? name.text : undefined));
  return resolve === undefined ? undefined : { promise: node, node: executor, resolve, reject };
}

/** The places in `root` where a variable of this name is used; not where a member is called so. */
export function usesOf(name: string, root: ts.Node): readonly ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name && isUse(node)) uses.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(root, visit);
  return uses;
}

/** Whether an identifier stands for a variable, and not for a member or a declaration. */
export function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isShorthandPropertyAssignment(parent) || (parent as Partial<ts.NamedDeclaration>).name !== node;
}
