import { importName } from "./imports.js";
import { layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { isWritten } from "./moved-task.js";
import { ts } from "./syntax.js";
import { isAssignment, isStep, nodeAt } from "./updates.js";

/** A variable of the module that could be a shared value. */
export interface SharableVariable {
  readonly name: string;
  /** What a shared value of it holds. */
  readonly type: "f64" | "bool";
}

/** The variable of a number or a truth value whose name in its declaration is at a place; undefined where there is none. */
export function sharableAt(file: ts.SourceFile, place: CallPlace): SharableVariable | undefined {
  const declared = declarationAt(file, place);
  if (!declared) return undefined;
  const { name, type, initializer } = declared;
  const kind = type ? typeOf(type.kind) : valueTypeOf(initializer);
  return kind && { name: name.text, type: kind };
}

type Sharable = ts.VariableDeclaration & { readonly name: ts.Identifier; readonly initializer: ts.Expression };

function declarationAt(file: ts.SourceFile, { start, end }: CallPlace): Sharable | undefined {
  const { parent } = nodeAt(file, start, end);
  if (!parent || !ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name) || !parent.initializer)
    return undefined;
  const list = parent.parent;
  if (!ts.isVariableDeclarationList(list)) return undefined;
  const isLet = (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let;
  const isOfModule = ts.isVariableStatement(list.parent) && ts.isSourceFile(list.parent.parent);
  return isLet && isOfModule && list.declarations.length === 1 ? (parent as Sharable) : undefined;
}

function typeOf(kind: ts.SyntaxKind): SharableVariable["type"] | undefined {
  if (kind === ts.SyntaxKind.NumberKeyword) return "f64";
  return kind === ts.SyntaxKind.BooleanKeyword ? "bool" : undefined;
}

function valueTypeOf(value: ts.Expression): SharableVariable["type"] | undefined {
  if (ts.isNumericLiteral(value)) return "f64";
  if (ts.isPrefixUnaryExpression(value) && value.operator === ts.SyntaxKind.MinusToken)
    return valueTypeOf(value.operand);
  return value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword ? "bool" : undefined;
}

/** The declaration as one of a shared value, with its import. @param sharedName by which all threads find the value */
export function sharedDeclaration(
  file: ts.SourceFile,
  place: CallPlace,
  sharedName: string,
): readonly Change[] | undefined {
  const declared = declarationAt(file, place);
  const sharable = sharableAt(file, place);
  const shared = importName(file, "SharedValue", (specifier) => specifier === "heddle", "heddle");
  if (!declared || !sharable || !shared) return undefined;
  const { quote } = layoutOf(file);
  const list = declared.parent.getStart(file);
  const made = `new ${shared.name}(${quote}${sharable.type}${quote}, `;
  const value = declared.initializer.getStart(file);
  return [
    ...shared.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text })),
    { start: list, end: list + "let".length, newText: "const" },
    ...(declared.type ? [{ start: declared.name.end, end: declared.type.end, newText: "" }] : []),
    { start: value, end: value, newText: made },
    {
      start: declared.initializer.end,
      end: declared.initializer.end,
      newText: `, { name: ${quote}${sharedName}${quote} })`,
    },
  ];
}

/** A shared value refuses what it was not made for. Where no compiler looks, only what is certain is written into it. */
function givesNumberOrTruth(node: ts.Identifier): boolean {
  const { parent } = node;
  if (isStep(parent)) return true;
  if (!isAssignment(parent) || parent.left !== node) return false;
  const { kind } = parent.operatorToken;
  const isOfNumbers =
    (kind >= ts.SyntaxKind.MinusEqualsToken && kind <= ts.SyntaxKind.BarEqualsToken) ||
    kind === ts.SyntaxKind.CaretEqualsToken;
  return isOfNumbers || valueTypeOf(parent.right) !== undefined;
}

function isTyped(file: ts.SourceFile): boolean {
  return /\.[cm]?tsx?$/.test(file.fileName);
}

/** A use of the variable as one of the value's; none for where it is only passed on by name. Undefined: there is no such form. */
export function sharedUse(file: ts.SourceFile, { start, end }: CallPlace): readonly Change[] | undefined {
  const node = nodeAt(file, start, end);
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) && parent.name === node) return [];
  // Taken out of an object under its own name: a variable that others use.
  if (ts.isBindingElement(parent) && parent.initializer !== node) return undefined;
  if (!isTyped(file) && ts.isIdentifier(node) && isWritten(node) && !givesNumberOrTruth(node)) return undefined;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName ? undefined : [];
  if (ts.isShorthandPropertyAssignment(parent)) {
    if (parent.objectAssignmentInitializer) return undefined;
    return [{ start: end, end, newText: `: ${node.getText(file)}.value` }];
  }
  return ts.isExportAssignment(parent) || ts.isTypeQueryNode(parent)
    ? undefined
    : [{ start: end, end, newText: ".value" }];
}
