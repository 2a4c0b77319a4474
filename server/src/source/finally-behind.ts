import { indentationAt, isFirstOnLine, layoutOf, linesOf } from "./layout.js";
import { type Change, removal } from "./lock-calls.js";
import { ts } from "./syntax.js";

/**
 * What stands between `start` and the statement `last` goes into a `try`, and `last` into its `finally`. A `return` that
 * follows goes along, as what it names is declared before.
 *
 * @param start the end of the statement in front, or the place behind the brace that opens the list
 * @returns undefined where there is nothing in between, or variables declared there are used behind
 */
export function finallyBehind(
  file: ts.SourceFile,
  list: readonly ts.Statement[],
  start: number,
  last: ts.Statement,
): readonly Change[] | undefined {
  const between = list.slice(0, list.indexOf(last)).filter((each) => each.pos >= start);
  const tail = list.slice(list.indexOf(last) + 1);
  if (between.length === 0 || !isFirstOnLine(file.text, last.getStart(file))) return undefined;
  const [only, ...more] = tail;
  const carried = only && more.length === 0 && ts.isReturnStatement(only) ? only : undefined;
  if (!carried && isUsedBehind(between, tail, file)) return undefined;
  const { newline, unit } = layoutOf(file);
  const indentation = indentationAt(file.text, last.getStart(file));
  const body = linesOf(file, start, last.getStart(file))
    .map(({ text, isLiteral }, index) => (index === 0 || isLiteral || text.trim() === "" ? text : unit + text))
    .join(newline)
    .replace(/^(?:\r?\n[ \t]*)+(?=\r?\n)/, "")
    .trimEnd();
  const rest = carried ? `${newline}${indentation}${unit}${carried.getText(file)}` : "";
  const ending = `${newline}${indentation}} finally {${newline}${indentation}${unit}${last.getText(file)}${newline}${indentation}}`;
  return [
    { start, end: last.end, newText: `${newline}${indentation}try {${body}${rest}${ending}` },
    ...(carried ? [removal(file, carried)] : []),
  ];
}

/** Whether variables that go into the block are used behind it. */
function isUsedBehind(between: readonly ts.Statement[], behind: readonly ts.Statement[], file: ts.SourceFile): boolean {
  const names = between.flatMap((each) =>
    ts.isVariableStatement(each) ? each.declarationList.declarations.map(({ name }) => name.getText(file)) : [],
  );
  const visit = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && names.includes(node.text)) ||
    (ts.forEachChild(node, (child) => visit(child) || undefined) ?? false);
  return behind.some(visit);
}
