import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import type { LeaseAsked, Outside } from "./lease.js";
import { property } from "./paths.js";
import type { Invocation } from "./spawns.js";

type OutsideEffect = Effect & { readonly effect: "outside" };

/** Members of a signal that tell how things are now, and nothing later. */
const LOOKS: ReadonlySet<string> = new Set(["aborted", "reason", "throwIfAborted"]);
/** The methods of HTTP that change something. */
const CHANGES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** `lock.lost`, `lock.fence` */
export function leaseAskedAt(node: ts.Expression, scope: FunctionScope): LeaseAsked | undefined {
  const { symbols } = scope.context;
  if (!ts.isPropertyAccessExpression(node) || !symbols.mayBe("lease", node.name.text)) return undefined;
  const effect = symbols.effectAt(node);
  if (effect?.effect !== "lease") return undefined;
  const { parent } = node;
  const isLook = ts.isPropertyAccessExpression(parent) && parent.expression === node && LOOKS.has(parent.name.text);
  return { kind: "lease-asked", for: effect.gives, isLook, site: scope.site(node) };
}

/** `const { lost, fence } = lock`, `for (const { lost } of locks)` */
export function* leasesTakenOut({ name }: ts.VariableDeclaration, scope: FunctionScope): Generator<LeaseAsked> {
  if (!ts.isObjectBindingPattern(name)) return;
  const { symbols } = scope.context;
  for (const element of name.elements) {
    const member = element.propertyName ?? element.name;
    if (!ts.isIdentifier(member) || !symbols.mayBe("lease", member.text)) continue;
    const effect = symbols.effect(symbols.typeOf(name).getProperty(member.text));
    if (effect?.effect !== "lease") continue;
    yield { kind: "lease-asked", for: effect.gives, isLook: false, site: scope.site(element) };
  }
}

/** `totals.set(…)`, `fetch(url, { method: "PUT" })` */
export function outsideCall(effect: OutsideEffect, node: Invocation, scope: FunctionScope): Outside | undefined {
  const does = effect.method === undefined ? effect.does : changesBy(node.arguments?.[effect.method], scope);
  if (does === undefined) return undefined;
  return outside(effect, does, node.expression, scope.site(node));
}

/** `total.value = 1` */
export function outsideAssigned(node: ts.Expression, place: ts.Node, scope: FunctionScope): Outside | undefined {
  const { symbols } = scope.context;
  if (!ts.isPropertyAccessExpression(node) || !symbols.mayBe("outside", node.name.text)) return undefined;
  const effect = symbols.effectAt(node);
  return effect?.effect === "outside" ? outside(effect, effect.does, node, scope.site(place)) : undefined;
}

function outside(effect: OutsideEffect, does: Outside["does"], named: ts.Node, site: Outside["site"]): Outside {
  const isBrief = effect.brief === true;
  return { kind: "outside", does, isBrief, canRefuse: effect.refuses === true, text: named.getText(), site };
}

/** What options with a `method` say that is done; nothing where they do not say it. */
function changesBy(options: ts.Expression | undefined, scope: FunctionScope): "write" | undefined {
  const literal = options && unwrap(options);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  const method = property(literal, "method");
  const text = method && scope.context.constants.textOf(method);
  return text !== undefined && CHANGES.has(text.toUpperCase()) ? "write" : undefined;
}
