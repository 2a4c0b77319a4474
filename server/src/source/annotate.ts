import { indentationAt, layoutOf } from "./layout.js";
import type { Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** Adds a line to the JSDoc comment of what is declared there, or gives it such a comment. */
export function annotated(
  file: ts.SourceFile,
  place: { readonly start: number; readonly end: number },
  line: string,
): readonly Change[] | undefined {
  const declaration = commented(nodeAt(file, place.start, place.end));
  if (!declaration) return undefined;
  const { newline } = layoutOf(file);
  const start = declaration.getStart(file);
  const indentation = indentationAt(file.text, start);
  const comment = ts
    .getLeadingCommentRanges(file.text, declaration.pos)
    ?.findLast(({ pos }) => /^\/\*\*[^/]/.test(file.text.slice(pos, pos + 4)));
  if (!comment) return [{ start, end: start, newText: `/** ${line} */${newline}${indentation}` }];
  const text = file.text.slice(comment.pos, comment.end);
  const last = `${newline}${indentation} * ${line}${newline}${indentation} */`;
  if (text.includes("\n")) {
    const end = text.replace(/\s*\*+\/$/, "");
    return [{ start: comment.pos + end.length, end: comment.end, newText: last }];
  }
  const said = text.replace(/^\/\*\*\s*|\s*\*+\/$/g, "");
  return [{ start: comment.pos, end: comment.end, newText: `/**${newline}${indentation} * ${said}${last}` }];
}

/** What a comment about a function, a variable or a field stands in front of. */
function commented(node: ts.Node): ts.Node | undefined {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
    const { parent } = node;
    if ((parent as ts.NamedDeclaration).name !== node) return undefined;
    if (ts.isPropertyDeclaration(parent)) return parent;
    const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : parent;
    if (!ts.isVariableStatement(statement)) return statement === parent ? commented(parent) : undefined;
    return statement.declarationList.declarations.length === 1 ? statement : undefined;
  }
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) return node;
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  const { parent } = node;
  if (ts.isPropertyDeclaration(parent)) return parent;
  const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : undefined;
  return statement && ts.isVariableStatement(statement) ? statement : undefined;
}
