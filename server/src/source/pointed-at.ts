import type { CallPlace } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The method call whose method or receiver is pointed at, and not something among its arguments. */
export function callPointedAt(file: ts.SourceFile, at: CallPlace): CallPlace | undefined {
  for (let node = nodeAt(file, at.start, at.end); !ts.isSourceFile(node); node = node.parent) {
    if (ts.isStatement(node) || ts.isFunctionLike(node)) return undefined;
    if (ts.isCallExpression(node) && at.end <= node.expression.end) return placeOf(file, node);
  }
  return undefined;
}

/** A function with a name, which is pointed at. */
export interface PointedFunction extends CallPlace {
  readonly name: string;
  /** A declaration of the module, which other threads can find and run to its end by calling it. */
  readonly isOfModule: boolean;
}

/** The function whose name is pointed at: a declaration, a method, or what a variable or field holds. */
export function functionPointedAt(file: ts.SourceFile, at: CallPlace): PointedFunction | undefined {
  const name = nodeAt(file, at.start, at.end);
  const { parent } = name;
  if (!(ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) || (parent as ts.NamedDeclaration).name !== name)
    return undefined;
  const held =
    (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) && parent.initializer
      ? parent.initializer
      : parent;
  if (!ts.isFunctionLike(held) || !("body" in held) || !held.body) return undefined;
  const isOfModule = ts.isFunctionDeclaration(held) && !held.asteriskToken && ts.isSourceFile(held.parent);
  return { ...placeOf(file, held), name: name.text, isOfModule };
}

/** The name that is pointed at, of whatever is declared or used. */
export function namePointedAt(file: ts.SourceFile, at: CallPlace): CallPlace | undefined {
  const name = nodeAt(file, at.start, at.end);
  return ts.isIdentifier(name) || ts.isPrivateIdentifier(name) ? placeOf(file, name) : undefined;
}

function placeOf(file: ts.SourceFile, node: ts.Node): CallPlace {
  return { start: node.getStart(file), end: node.end };
}
