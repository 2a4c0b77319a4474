import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { droppedBy, isResultDropped } from "./dropped-value.js";
import type { Uncalled } from "./events.js";
import type { FunctionScope } from "./function-scope.js";

/** Effects for the sake of which alone a method is named. */
const DEEDS: ReadonlySet<Effect["effect"]> = new Set([
  "abort",
  "acquire",
  "release",
  "dispose",
  "notify",
  "meet",
  "start",
  "join",
]);

/** `controller.abort` where `controller.abort()` was meant: a known method, named where nobody gets what it is. */
export function uncalledAt(node: ts.Expression, scope: FunctionScope): Uncalled | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const use = droppedBy(node);
  if (!use) return undefined;
  const { symbols } = scope.context;
  const callback = ts.isArrowFunction(use) ? use : undefined;
  const effect = symbols.effectAt(node);
  if (!effect || !DEEDS.has(effect.effect) || !symbols.isMethod(node)) return undefined;
  if (callback && !isResultDropped(callback, scope)) return undefined;
  return {
    kind: "uncalled",
    text: node.getText(),
    aborts: effect.effect === "abort",
    callback: callback && scope.site(callback),
    site: scope.site(node),
  };
}
