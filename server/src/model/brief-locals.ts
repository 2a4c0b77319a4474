import { ts } from "../source/syntax.js";
import { enclosingFunction } from "./declarations.js";
import type { BriefLocal } from "./events.js";
import { usesOf } from "./executors.js";
import type { FunctionScope } from "./function-scope.js";

/** A thread-local variable that a function makes, uses and forgets: nothing of it is left for the next call. */
export function briefLocalAt(made: ts.NewExpression, scope: FunctionScope): BriefLocal | undefined {
  const { owner } = scope;
  const declaration = made.parent;
  if (ts.isSourceFile(owner) || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) {
    return undefined;
  }
  const uses = usesOf(declaration.name.text, owner);
  const [first] = uses;
  if (!first || !uses.every((use) => isOwnUse(use, owner)) || isSetFirst(uses)) return undefined;
  return { kind: "brief-local", text: declaration.name.text, use: scope.site(first), site: scope.site(made) };
}

/** `user.value = name`: the function finds what it has put there itself, and asks for nothing of an earlier call. */
function isSetFirst([first, ...others]: readonly ts.Identifier[]): boolean {
  const assigned = first?.parent.parent;
  return (
    !!assigned &&
    ts.isBinaryExpression(assigned) &&
    assigned.left === first.parent &&
    assigned.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    others.every((use) => use.pos >= assigned.end)
  );
}

/** Whether a member is used, in the function's own code: what is called later keeps the variable. */
function isOwnUse(use: ts.Identifier, owner: ts.Node): boolean {
  const { parent } = use;
  const isMember = ts.isPropertyAccessExpression(parent) && parent.expression === use;
  return isMember && enclosingFunction(use) === owner;
}
