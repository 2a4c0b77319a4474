import { bodyAround, someInBody } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { unusedName } from "./new-lock.js";
import { declarationOf } from "./promise-keeper.js";
import { isJavaScript } from "./source-files.js";
import { ts } from "./syntax.js";
import { isAssignment, isStep, nodeAt } from "./updates.js";

/** A record that is put away with an index, and the array that the index is of. */
interface Kept {
  /** The index, as it is called where it is put away, and in the record. */
  readonly index: string;
  readonly member: ts.ShorthandPropertyAssignment | ts.PropertyAssignment;
  readonly container: ts.Expression;
  readonly array: ts.Expression;
}

/**
 * A record keeps the element beside its index, and the index is looked up where it is used. Only where the element is
 * known to be there already, where nothing takes its place, and where no other record is put into the container.
 *
 * @param lookup the element that is taken by the index
 * @param kept the member of the record that gets the index
 * @param mayLack whether the element may be missing, as far as types go
 */
export function refoundIndex(
  file: ts.SourceFile,
  lookup: CallPlace,
  kept: CallPlace,
  mayLack: boolean,
): readonly Change[] | undefined {
  const access = nodeAt(file, lookup.start, lookup.end);
  if (!ts.isElementAccessExpression(access)) return undefined;
  const own = keptAt(nodeAt(file, kept.start, kept.end), access.expression, file);
  if (!own || !isThere(own, file) || isReplacedSomewhere(own, file)) return undefined;
  const name = unusedName(file, nameFor(own.member.name.getText(file)));
  const array = own.array.getText(file);
  const find = (element: string): string =>
    mayLack ? `${array}.findIndex((each) => each === ${element})` : `${array}.indexOf(${element})`;
  const typed = isJavaScript(file.fileName) ? [] : typedMember(own, name, mayLack, file);
  const used = usedAnew(access.argumentExpression, own.member.name.getText(file), name, find, file);
  if (!typed || !used) return undefined;
  const { end } = own.member;
  return [...typed, { start: end, end, newText: `, ${name}: ${array}[${own.index}]` }, ...used];
}

/** `peerIndex` becomes `keptPeer`. */
function nameFor(index: string): string {
  const bare = index.replace(/(?:[Ii]ndex|[Ii]dx|[Kk]ey)$/, "") || "element";
  return `kept${bare[0]?.toUpperCase()}${bare.slice(1)}`;
}

function keptAt(node: ts.Node, array: ts.Expression, file: ts.SourceFile): Kept | undefined {
  const member = ts.isIdentifier(node) ? node.parent : node;
  if (!ts.isShorthandPropertyAssignment(member) && !ts.isPropertyAssignment(member)) return undefined;
  const index = ts.isPropertyAssignment(member) ? member.initializer : member.name;
  const call = member.parent.parent;
  if (!ts.isIdentifier(index) || !ts.isCallExpression(call) || call.arguments[1] !== member.parent) return undefined;
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== "set") return undefined;
  if (!isSameAt(array, member, file)) return undefined;
  return { index: index.text, member, container: call.expression.expression, array };
}

/** Whether the text of `expression` means the same at another place: a field of the same `this`, or the same variable. */
function isSameAt(expression: ts.Expression, place: ts.Node, file: ts.SourceFile): boolean {
  if (ts.isPropertyAccessExpression(expression) && expression.expression.kind === ts.SyntaxKind.ThisKeyword) {
    const home = homeOf(place);
    return home !== undefined && homeOf(expression) === home;
  }
  if (!ts.isIdentifier(expression)) return false;
  const declared = declarationOf(expression, file);
  return declared !== undefined && declared === declarationOf(expression, file, place);
}

/** The class of whose objects one is `this`. */
function homeOf(node: ts.Node): ts.ClassLikeDeclaration | undefined {
  let around = bodyAround(node);
  while (ts.isArrowFunction(around)) around = bodyAround(around);
  const isMember = ts.isClassElement(around) && !(ts.getCombinedModifierFlags(around) & ts.ModifierFlags.Static);
  return isMember && ts.isClassLike(around.parent) ? around.parent : undefined;
}

/** Whether the code that puts the index away takes the element itself, or has just found it, with no wait in between. */
function isThere({ index, member, array }: Kept, file: ts.SourceFile): boolean {
  const body = bodyAround(member);
  const text = array.getText(file);
  const isChanged = someInBody(
    body,
    (node) =>
      (isAssignment(node) && node.left.getText(file) === index) ||
      (isStep(node) && node.operand.getText(file) === index),
  );
  if (isChanged) return false;
  return someInBody(body, (node) => {
    const isTaken =
      ts.isElementAccessExpression(node) &&
      node.expression.getText(file) === text &&
      node.argumentExpression.getText(file) === index;
    const isFound =
      ts.isVariableDeclaration(node) &&
      node.name.getText(file) === index &&
      /^(?:indexOf|findIndex)\(/.test(textBehind(node.initializer, `${text}.`, file));
    if (!isTaken && !isFound) return false;
    // What comes behind the record shows that the element was there only if nobody can have put it there in between.
    const isBefore = node.pos < member.pos;
    const [from, to] = isBefore ? [node.end, member.pos] : [member.end, node.pos];
    const mayMove = (each: ts.Node): boolean =>
      isPause(each) ||
      (ts.isCallExpression(each) && (!isBefore || each.expression.getText(file).startsWith(`${text}.`)));
    return !someInBody(body, (each) => from <= each.pos && each.end <= to && mayMove(each));
  });
}

function isPause(node: ts.Node): boolean {
  return (
    ts.isAwaitExpression(node) || ts.isYieldExpression(node) || (ts.isForOfStatement(node) && !!node.awaitModifier)
  );
}

function textBehind(node: ts.Node | undefined, prefix: string, file: ts.SourceFile): string {
  const text = node?.getText(file) ?? "";
  return text.startsWith(prefix) ? text.slice(prefix.length) : "";
}

/** Whether an element gets another one in its place, which would have to count for it, or other records have no element. */
function isReplacedSomewhere({ array, container }: Kept, file: ts.SourceFile): boolean {
  const [elements, records] = [array.getText(file), container.getText(file)];
  let puts = 0;
  let isReplaced = false;
  const visit = (node: ts.Node): void => {
    const target = isAssignment(node) ? node.left : isStep(node) ? node.operand : undefined;
    if (target && ts.isElementAccessExpression(target) && target.expression.getText(file) === elements) {
      isReplaced = true;
    }
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText(file);
      if (callee === `${records}.set`) puts++;
      if (callee === `${elements}.splice` && node.arguments.length > 2) isReplaced = true;
      if (callee === `${elements}.fill` || callee === `${elements}.copyWithin`) isReplaced = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return isReplaced || puts !== 1;
}

/** The type of the records gets the element too; undefined where it is not written in this file. */
function typedMember(kept: Kept, name: string, mayLack: boolean, file: ts.SourceFile): readonly Change[] | undefined {
  const element = elementType(declarationOf(kept.array, file), file);
  const record = recordMembers(declarationOf(kept.container, file), file);
  const last = record?.at(-1);
  if (element === undefined || !last) return undefined;
  const { newline } = layoutOf(file);
  const isFinal =
    ts.canHaveModifiers(last) && last.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);
  const member = `${isFinal ? "readonly " : ""}${name}: ${element}${mayLack ? " | undefined" : ""}`;
  const sign = /[;,]$/.exec(last.getText(file))?.[0] ?? "";
  const start = last.getStart(file);
  const separator = isFirstOnLine(file.text, start) ? newline + indentationAt(file.text, start) : " ";
  const newText = sign === "" ? `;${separator}${member}` : `${separator}${member}${sign}`;
  return [{ start: last.end, end: last.end, newText }];
}

function elementType(declared: ReturnType<typeof declarationOf>, file: ts.SourceFile): string | undefined {
  const type = declared?.type;
  const list = type && ts.isTypeOperatorNode(type) ? type.type : type;
  if (list && ts.isArrayTypeNode(list)) return list.elementType.getText(file).replace(/^\((.*)\)$/, "$1");
  const isArray = list && ts.isTypeReferenceNode(list) && list.typeName.getText(file) === "Array";
  return isArray ? list.typeArguments?.[0]?.getText(file) : undefined;
}

function recordMembers(
  declared: ReturnType<typeof declarationOf>,
  file: ts.SourceFile,
): readonly ts.TypeElement[] | undefined {
  const { type, initializer: made } = declared ?? {};
  const of = type && ts.isTypeReferenceNode(type) ? type : made && ts.isNewExpression(made) ? made : undefined;
  const record = of?.typeArguments?.[1];
  if (!record) return undefined;
  if (ts.isTypeLiteralNode(record)) return record.members;
  const named = file.statements.filter(
    (each): each is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(each) && each.name.text === record.getText(file),
  );
  return named.length === 1 ? named[0]?.members : undefined;
}

/** `record.index` is looked up in place; one that was taken out of the record is looked up right behind. */
function usedAnew(
  index: ts.Expression,
  member: string,
  name: string,
  find: (element: string) => string,
  file: ts.SourceFile,
): readonly Change[] | undefined {
  if (ts.isPropertyAccessExpression(index)) {
    if (!ts.isIdentifier(index.expression)) return undefined;
    const newText = find(`${index.expression.text}.${name}`);
    return [{ start: index.getStart(file), end: index.end, newText }];
  }
  const taken = ts.isIdentifier(index) ? takenOut(index, member, file) : undefined;
  if (!taken) return undefined;
  const { statement, element } = taken;
  const { newline, semicolon } = layoutOf(file);
  const indentation = indentationAt(file.text, statement.getStart(file));
  const again = `${newline}${indentation}const ${index.getText(file)} = ${find(name)}${semicolon}`;
  return [
    { start: element.getStart(file), end: element.end, newText: name },
    { start: statement.end, end: statement.end, newText: again },
  ];
}

/** `const { index } = record;` in the body around. */
function takenOut(
  index: ts.Identifier,
  member: string,
  file: ts.SourceFile,
): { readonly statement: ts.VariableStatement; readonly element: ts.BindingElement } | undefined {
  const found: { statement: ts.VariableStatement; element: ts.BindingElement }[] = [];
  someInBody(bodyAround(index), (node) => {
    if (!ts.isBindingElement(node) || node.name.getText(file) !== index.text) return false;
    const list = node.parent.parent.parent;
    if ((node.propertyName ?? node.name).getText(file) !== member || node.initializer) return false;
    if (!ts.isVariableDeclarationList(list) || !ts.isVariableStatement(list.parent)) return false;
    if (list.declarations.length === 1) found.push({ statement: list.parent, element: node });
    return false;
  });
  return found.length === 1 ? found[0] : undefined;
}
