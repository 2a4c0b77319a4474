import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { declarationId, isFunctionNode, unwrap } from "./declarations.js";
import { droppedResultAt } from "./dropped-results.js";
import type { FunctionScope } from "./function-scope.js";
import { oneByOneAt } from "./one-by-one.js";
import { property } from "./paths.js";
import type { Invocation } from "./spawns.js";

/** Appends that a thread, task or worker comes to life. */
export function lowerSpawn(scope: FunctionScope, effect: Effect & { effect: "spawn" }, node: Invocation): void {
  const { handover, symbols } = scope.context;
  const oneByOne = effect.owner && effect.joinedNow && !effect.many ? oneByOneAt(node, scope) : undefined;
  if (oneByOne && !onlyThread(scope, handover.operand("this", node))) scope.graph.emit(oneByOne, false);
  const dropped = effect.told === undefined ? undefined : droppedResultAt(node, effect.told, scope);
  if (dropped) scope.graph.emit(dropped, false);
  const given = handover.operand(effect.target, node);
  const handle = handover.handleOf(node) ?? { root: `new:${declarationId(node)}`, steps: [], text: effect.noun };
  let target = handover.target(given, effect.module === true);
  if (target.kind === "unknown" && effect.method !== undefined && ts.isNewExpression(node)) {
    const symbol = symbols.symbolAt(unwrap(node.expression));
    const method = symbols.methodOf(symbol, effect.method);
    if (method && symbol)
      target = { kind: "function", id: declarationId(method), name: `${symbol.name}.${effect.method}` };
  }
  if (effect.noun !== "worker") scope.captures.push(...handover.captures(given, effect.noun));
  const args = effect.args === undefined ? undefined : handover.operand(effect.args, node);
  const data = effect.data === undefined ? undefined : handover.operand(effect.data, node);
  const members = args && handover.argument(args, true).members;
  scope.graph.emit(
    {
      kind: "spawn",
      id: `${declarationId(node)}`,
      target,
      args: members ? [...members.values()] : [],
      data: data && handover.argument(data, true),
      handle,
      turns: effect.owner && onlyThread(scope, handover.operand(effect.owner, node)),
      owner: effect.owner && scope.pathOf(handover.operand(effect.owner, node)),
      startsNow: effect.startsNow,
      joinedNow: effect.joinedNow === true,
      many: effect.many === true,
      repeats: repeats(scope, node),
      atMost: effect.many || effect.owner ? undefined : atMost(scope, node),
      joinable: effect.joinable,
      noun: effect.noun,
      site: scope.site(node),
    },
    true,
  );
}

/** Whether the function, called once, comes by here more than once, or is itself called for every element. */
function repeats(scope: FunctionScope, node: ts.Node): boolean {
  for (let at = node.parent; at && at !== scope.owner; at = at.parent) {
    if (ts.isIterationStatement(at, false)) return true;
  }
  const call = scope.owner.parent;
  if (!call || !ts.isCallExpression(call)) return false;
  return scope.effectOf(call)?.effect === "invoke";
}

/** How many are made in one run of the nearest function that is no callback of a list, where the list is written down. */
function atMost(scope: FunctionScope, node: ts.Node): { count: number; in: string } | undefined {
  let count = 1;
  for (let at = node; ; at = at.parent) {
    const { parent } = at;
    if (!parent || ts.isSourceFile(parent)) return { count, in: `${node.getSourceFile().fileName}#` };
    if (ts.isIterationStatement(parent, false)) {
      const rounds = roundsOf(scope, parent);
      if (rounds === undefined) return undefined;
      count *= rounds;
    } else if (isFunctionNode(parent)) {
      const call = parent.parent;
      const effect = ts.isCallExpression(call) ? scope.effectOf(call) : undefined;
      if (effect?.effect === "main") return { count, in: declarationId(parent) };
      if (effect?.effect !== "invoke" || !ts.isCallExpression(call)) return { count, in: declarationId(parent) };
      const rounds = effect.many ? callsOf(scope, call) : undefined;
      if (rounds === undefined) return undefined;
      count *= rounds;
      at = parent;
    }
  }
}

/** `for (let i = 0; i < 4; i++)`, `for (const name of ["a", "b"])` */
function roundsOf(scope: FunctionScope, loop: ts.IterationStatement): number | undefined {
  if (ts.isForOfStatement(loop)) return lengthOf(loop.expression);
  if (!ts.isForStatement(loop) || !loop.initializer || !ts.isVariableDeclarationList(loop.initializer))
    return undefined;
  const { constants } = scope.context;
  const [first] = loop.initializer.declarations;
  const { condition, incrementor } = loop;
  const isCounted =
    incrementor && (ts.isPostfixUnaryExpression(incrementor) || ts.isPrefixUnaryExpression(incrementor));
  if (!first?.initializer || !condition || !ts.isBinaryExpression(condition) || !isCounted) return undefined;
  const [from, to] = [constants.numberOf(first.initializer), constants.numberOf(condition.right)];
  if (from === undefined || to === undefined || incrementor.operator !== ts.SyntaxKind.PlusPlusToken) return undefined;
  const { kind } = condition.operatorToken;
  if (kind === ts.SyntaxKind.LessThanToken) return Math.max(to - from, 0);
  return kind === ts.SyntaxKind.LessThanEqualsToken ? Math.max(to - from + 1, 0) : undefined;
}

/** `[1, 2].map(…)`, `Array.from({ length: 4 }, …)` */
function callsOf(scope: FunctionScope, call: ts.CallExpression): number | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const [list] = call.arguments;
  const literal = list && unwrap(list);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return lengthOf(callee.expression);
  const length = property(literal, "length");
  return length && scope.context.constants.numberOf(length);
}

function lengthOf(list: ts.Expression): number | undefined {
  const literal = unwrap(list);
  if (!ts.isArrayLiteralExpression(literal) || literal.elements.some(ts.isSpreadElement)) return undefined;
  return literal.elements.length;
}

/** A name for a pool that was made with one thread. */
function onlyThread(scope: FunctionScope, pool: ts.Expression | undefined): string | undefined {
  const { symbols, variables } = scope.context;
  const declaration = pool && ts.isIdentifier(pool) ? symbols.symbolAt(pool)?.valueDeclaration : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || variables.isReassigned(declaration)) return undefined;
  const made = declaration.initializer && unwrap(declaration.initializer);
  if (!made || !ts.isNewExpression(made)) return undefined;
  const at = symbols.classOf(symbols.symbolAt(unwrap(made.expression)))?.model.threads;
  const count = at === undefined ? undefined : made.arguments?.[at];
  return count && ts.isNumericLiteral(count) && Number(count.text) === 1 ? declarationId(declaration) : undefined;
}
