import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import { executorOf } from "./left-work.js";

/** The places in a file that code with promises is about, gathered in one walk for all who ask. Inner ones come first. */
export interface PromisePlaces {
  readonly calls: readonly ts.CallExpression[];
  readonly loops: readonly ts.IterationStatement[];
  /** With a value. */
  readonly returns: readonly ts.ReturnStatement[];
  /** What `new Promise(…)` is given. */
  readonly executors: readonly FunctionNode[];
  readonly constructors: readonly ts.ConstructorDeclaration[];
  readonly statements: readonly ts.ExpressionStatement[];
}

export function promisePlacesIn(file: ts.SourceFile): PromisePlaces {
  const calls: ts.CallExpression[] = [];
  const loops: ts.IterationStatement[] = [];
  const returns: ts.ReturnStatement[] = [];
  const executors: FunctionNode[] = [];
  const constructors: ts.ConstructorDeclaration[] = [];
  const statements: ts.ExpressionStatement[] = [];
  for (const node of nodesIn(file).innerFirst) {
    if (ts.isCallExpression(node)) calls.push(node);
    else if (ts.isNewExpression(node)) {
      const executor = executorOf(node);
      if (executor) executors.push(executor);
    } else if (ts.isReturnStatement(node)) {
      if (node.expression) returns.push(node);
    } else if (ts.isIterationStatement(node, false)) loops.push(node);
    else if (ts.isExpressionStatement(node)) statements.push(node);
    else if (ts.isConstructorDeclaration(node) && isFunctionNode(node)) constructors.push(node);
  }
  return { calls, loops, returns, executors, constructors, statements };
}
