import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { Change } from "./lock-calls.js";
import { unusedName } from "./new-lock.js";
import { isJavaScript } from "./source-files.js";
import { ts } from "./syntax.js";

/** A variable or field that keeps a promise as long as it is pending, and what declares it. */
export interface Keeper {
  /** As code names it: `this.#pendingFile`, `pendingFile`. */
  readonly name: string;
  readonly declaration: readonly Change[];
}

/**
 * A place beside `state` for the promise.
 *
 * @param type of the promise; without one it is JavaScript
 * @param key the type of the keys, where there is a promise for each
 */
export function keeperFor(
  state: ts.Expression,
  type: string | undefined,
  file: ts.SourceFile,
  key?: string,
): Keeper | undefined {
  const isField = ts.isPropertyAccessExpression(state);
  if (isField ? state.expression.kind !== ts.SyntaxKind.ThisKeyword : !ts.isIdentifier(state)) return undefined;
  const own = isField ? state.name.text : state.getText(file);
  const bare = own.replace(/^[#_]+/, "");
  const sign = own.slice(0, own.length - bare.length);
  if (bare === "") return undefined;
  const name = sign + unusedName(file, `pending${bare[0]?.toUpperCase()}${bare.slice(1)}`);
  const declared = declarationOf(state, file);
  const { newline, semicolon } = layoutOf(file);
  const made = key === undefined ? "" : ` = new Map${type === undefined ? "" : `<${key}, ${type}>`}()`;
  const typed = key !== undefined || type === undefined ? "" : `: ${type} | undefined`;
  if (isField) {
    // A field that only constructors mention needs no declaration, but a map has to be made.
    if (!declared)
      return type === undefined && key === undefined && !sign.startsWith("#")
        ? { name: `this.${name}`, declaration: [] }
        : undefined;
    if (!ts.isPropertyDeclaration(declared) || !isFirstOnLine(file.text, declared.getStart(file))) return undefined;
    const kept = (declared.modifiers ?? [])
      .filter(({ kind }) => KEPT.has(kind))
      .map((each) => `${each.getText(file)} `);
    const modifiers = kept.join("") + (key === undefined ? "" : type === undefined ? "" : "readonly ");
    const text = `${modifiers}${name}${typed}${made}${semicolon}`;
    const indentation = indentationAt(file.text, declared.getStart(file));
    return {
      name: `this.${name}`,
      declaration: [{ start: declared.end, end: declared.end, newText: newline + indentation + text }],
    };
  }
  const statement = declared?.parent.parent;
  if (!declared || !statement || !ts.isVariableStatement(statement)) return undefined;
  const indentation = indentationAt(file.text, statement.getStart(file));
  const text = `${key === undefined ? "let" : "const"} ${name}${typed}${made}${semicolon}`;
  return { name, declaration: [{ start: statement.end, end: statement.end, newText: newline + indentation + text }] };
}

const KEPT: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.StaticKeyword,
]);

/** Where a field of the class around `from`, or a variable of a block around it, is declared. */
export function declarationOf(
  state: ts.Expression,
  file: ts.SourceFile,
  from: ts.Node = state.parent,
): ts.PropertyDeclaration | ts.VariableDeclaration | undefined {
  const isField = ts.isPropertyAccessExpression(state);
  const name = isField ? state.name.getText(file) : state.getText(file);
  for (let at = from; at; at = at.parent) {
    if (isField && ts.isClassLike(at)) {
      return at.members.find(
        (member): member is ts.PropertyDeclaration =>
          ts.isPropertyDeclaration(member) && member.name.getText(file) === name,
      );
    }
    const list = isField ? undefined : statementsOf(at);
    for (const each of list ?? []) {
      if (!ts.isVariableStatement(each)) continue;
      const found = each.declarationList.declarations.find((declared) => declared.name.getText(file) === name);
      if (found) return found;
    }
  }
  return undefined;
}

/** The type of a field or variable when it is there; no text in JavaScript, where nobody needs one. */
export function typeOf(state: ts.Expression, file: ts.SourceFile): { readonly text: string | undefined } | undefined {
  if (isJavaScript(file.fileName)) return { text: undefined };
  const declared = declarationOf(state, file);
  if (!declared?.type) return undefined;
  const parts = ts.isUnionTypeNode(declared.type) ? [...declared.type.types] : [declared.type];
  const isNothing = (part: ts.TypeNode): boolean =>
    part.kind === ts.SyntaxKind.UndefinedKeyword ||
    (ts.isLiteralTypeNode(part) && part.literal.kind === ts.SyntaxKind.NullKeyword);
  const rest = parts.filter((part) => !isNothing(part)).map((part) => part.getText(file));
  return rest.length === 0 ? undefined : { text: rest.join(" | ") };
}

/** The type of the keys of a container, as far as it is written. */
export function keyTypeOf(container: ts.Expression, file: ts.SourceFile): string {
  const made = declarationOf(container, file);
  const written = made && ("type" in made ? made.type : undefined);
  const initializer = made && "initializer" in made ? made.initializer : undefined;
  const args =
    written && ts.isTypeReferenceNode(written)
      ? written.typeArguments
      : initializer && ts.isNewExpression(initializer)
        ? initializer.typeArguments
        : undefined;
  return args?.[0]?.getText(file) ?? "string";
}
