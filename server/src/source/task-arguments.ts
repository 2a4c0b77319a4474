import type { CallPlace, Change } from "./lock-calls.js";
import { unusedName } from "./new-lock.js";
import { ts } from "./syntax.js";

/**
 * The call that gives a function away gives it further arguments: `pool.apply(f, [n])`, `new Thread({ target: f, args:
 * [n] })`. `map` has one for each call, and becomes `starmap`. Undefined for other calls, and where the number of its
 * arguments is not that of the parameters.
 *
 * @param parameters how many the function has had
 * @param isArray whether the expression at a place is an array
 */
export function handedOver(
  file: ts.SourceFile,
  given: ts.Expression,
  parameters: number,
  added: readonly string[],
  isArray: (place: CallPlace) => boolean,
): readonly Change[] | undefined {
  const { parent } = given;
  if (ts.isPropertyAssignment(parent) && parent.initializer === given) {
    const args = parent.parent.properties.find((each) => each.name?.getText(file) === "args");
    if (args && !ts.isPropertyAssignment(args)) return undefined;
    return longer(file, given, args?.initializer, ", args: ", parameters, added);
  }
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return undefined;
  const [task, items, options] = parent.arguments;
  const { name } = parent.expression;
  if (task !== given) return undefined;
  if (/^apply(?:Async)?$/.test(name.text)) return longer(file, given, items, ", ", parameters, added);
  if (!/^map(?:Async)?$/.test(name.text) || !items || options || parameters !== 1) return undefined;
  if (!isArray({ start: items.getStart(file), end: items.end })) return undefined;
  const item = unusedName(file, "item");
  const isSimple = ts.isLeftHandSideExpression(items);
  const listed = `${isSimple ? "" : ")"}.map((${item}) => [${[item, ...added].join(", ")}])`;
  const start = items.getStart(file);
  return [
    { start: name.getStart(file), end: name.end, newText: name.text === "map" ? "starmap" : "starmapAsync" },
    ...(isSimple ? [] : [{ start, end: start, newText: "(" }]),
    { start: items.end, end: items.end, newText: listed },
  ];
}

/** A list of arguments with more of them. */
function longer(
  file: ts.SourceFile,
  given: ts.Expression,
  args: ts.Expression | undefined,
  lead: string,
  parameters: number,
  added: readonly string[],
): readonly Change[] | undefined {
  const more = added.join(", ");
  if (!args) return parameters === 0 ? [{ start: given.end, end: given.end, newText: `${lead}[${more}]` }] : undefined;
  if (!ts.isArrayLiteralExpression(args) || args.elements.some(ts.isSpreadElement)) return undefined;
  if (args.elements.length !== parameters) return undefined;
  const last = args.elements.at(-1);
  const at = last?.end ?? args.getStart(file) + 1;
  return [{ start: at, end: at, newText: last ? `, ${more}` : more }];
}
