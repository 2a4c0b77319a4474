import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { declarationId, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import type { Invocation } from "./spawns.js";

/** Appends that a thread, task or worker comes to life. */
export function lowerSpawn(scope: FunctionScope, effect: Effect & { effect: "spawn" }, node: Invocation): void {
  const { handover, symbols } = scope.context;
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
