import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";

/** Names for one promise, and promises for promises, that are followed. */
const DEPTH = 4;

const JOINS: ReadonlySet<string> = new Set(["global/PromiseConstructor.all", "global/PromiseConstructor.allSettled"]);
const FOLLOWS: ReadonlySet<string> = new Set(["global/Promise.then", "global/Promise.catch", "global/Promise.finally"]);

/**
 * The calls whose promises make up one: `call()`, `call().then(…)`, `Promise.all([one(), other()])`, or a constant that
 * holds such a promise. None for what is there at once.
 *
 * @returns undefined where it may be the promise of something else
 */
export function callsBehind(expression: ts.Expression, scope: FunctionScope, depth = 0): readonly Site[] | undefined {
  const node = unwrap(expression);
  if (node.kind === ts.SyntaxKind.NullKeyword || ts.isLiteralExpression(node)) return [];
  if (depth === DEPTH) return undefined;
  if (ts.isIdentifier(node)) {
    const held = heldIn(node, scope);
    return held && callsBehind(held, scope, depth + 1);
  }
  if (!ts.isCallExpression(node)) return undefined;
  const callee = unwrap(node.expression);
  const symbol = ts.isPropertyAccessExpression(callee) ? scope.context.symbols.symbolAt(callee) : undefined;
  const key = symbol && scope.context.symbols.key(symbol);
  const [first] = node.arguments;
  if (key === undefined || !ts.isPropertyAccessExpression(callee)) return [scope.site(node)];
  if (FOLLOWS.has(key)) return callsBehind(callee.expression, scope, depth + 1);
  if (key === "global/PromiseConstructor.resolve") return first ? callsBehind(first, scope, depth + 1) : [];
  if (!JOINS.has(key)) return [scope.site(node)];
  const list = first && unwrap(first);
  if (!list || !ts.isArrayLiteralExpression(list)) return undefined;
  const parts = list.elements.map((element) => callsBehind(element, scope, depth + 1));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** What a constant of this file was given. */
function heldIn(name: ts.Identifier, scope: FunctionScope): ts.Expression | undefined {
  const declaration = scope.context.symbols.symbolAt(name)?.valueDeclaration;
  if (!declaration || !ts.isVariableDeclaration(declaration)) return undefined;
  if (declaration.getSourceFile() !== name.getSourceFile()) return undefined;
  return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration.initializer : undefined;
}
