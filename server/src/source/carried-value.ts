import { allInBody, bodyAround, covers, decidingAbout } from "./dependence.js";
import { writesLiteral } from "./read-use.js";
import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { isAssignment, nodeAt, updateAround } from "./updates.js";

/** How control gets from one function to a place: the calls on the way, outermost first, and the place itself. */
export type Way = readonly Site[];

type TreeOf = (file: string) => ts.SourceFile | undefined;

/** Where a value is in one function: in an expression, or in variables of the functions around it. */
interface Carried {
  readonly node: ts.Node | undefined;
  readonly names: ReadonlySet<string>;
}

/**
 * Whether what is read at the end of one way decides about the change at the end of the other. Both begin in one
 * function, to which the value must come back: as a result, or in a variable that a callback assigns.
 *
 * @param isUpdate the change looks at the present value itself, so that only a decision whether to make it counts
 */
export function carriesTo(treeOf: TreeOf, read: Way, change: Way, isUpdate: boolean): boolean {
  const [from, to, last] = [read[0], change[0], change.at(-1)];
  const tree = from && treeOf(from.file);
  const lastTree = last && treeOf(last.file);
  if (!tree || !to || !last || !lastTree || from.file !== to.file) return false;
  const carried = carriedFrom(treeOf, read);
  if (!carried) return false;
  const isBefore = from.start < to.start || (to.start <= from.start && from.end <= to.end);
  const place = change.findLast(({ file, start, end }) => file === to.file && to.start <= start && end <= to.end);
  if (!place || !isBefore) return false;
  const node = updateAround(nodeAt(tree, place.start, place.end));
  const withValue = !isUpdate && !writesLiteral(lastTree, last);
  return decides(carried, node, bodyAround(nodeAt(tree, from.start, from.end)), withValue);
}

function decides({ node: source, names }: Carried, node: ts.Node, body: ts.Node, withValue: boolean): boolean {
  const deciding = decidingAbout(node, body, withValue);
  if (!deciding) return false;
  if (source && deciding.expressions.some((expression) => covers(expression, source))) return true;
  return [...names].some((name) => deciding.names.has(name));
}

/** The value at the end of the way, as the function has it in which the way begins. */
function carriedFrom(treeOf: TreeOf, way: Way): Carried | undefined {
  let carried: Carried | undefined;
  let body: ts.Node | undefined;
  for (const site of [...way].reverse()) {
    const tree = treeOf(site.file);
    const node = tree && nodeAt(tree, site.start, site.end);
    if (!node) return undefined;
    if (carried && body) {
      const isBack = givesBack(body, carried);
      const isInside = covers(node, body) && node.getSourceFile() === body.getSourceFile();
      const names = isInside ? keptOutside(body, carried) : new Set<string>();
      if (!isBack && names.size === 0) return undefined;
      carried = { node: isBack ? node : undefined, names };
    } else carried = { node: updateAround(node), names: new Set() };
    body = bodyAround(node);
  }
  return carried;
}

/** Whether the value decides what the function returns. */
function givesBack(body: ts.Node, carried: Carried): boolean {
  if (ts.isArrowFunction(body) && !ts.isBlock(body.body)) return decides(carried, body.body, body, true);
  return allInBody(body, ts.isReturnStatement).some(
    (statement) => statement.expression !== undefined && decides(carried, statement, body, true),
  );
}

/** The variables of the functions around that a function gives the value. */
function keptOutside(body: ts.Node, carried: Carried): ReadonlySet<string> {
  const own = new Set(allInBody(body, ts.isVariableDeclaration).map(({ name }) => name.getText()));
  const assignments = allInBody(body, (node): node is ts.BinaryExpression => isAssignment(node));
  const kept = assignments.filter(({ left }) => ts.isIdentifier(left) && !own.has(left.text));
  return new Set(
    kept.filter((assignment) => decides(carried, assignment.right, body, true)).map(({ left }) => left.getText()),
  );
}
