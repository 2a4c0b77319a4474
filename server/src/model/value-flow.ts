import { ts } from "../source/syntax.js";
import { enclosingFunction, isFunctionNode, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import { pathKey } from "./path.js";
import { isVariable } from "./variables.js";

/** A variable made from a variable made from a variable: further nobody looks. */
const MAX_STEPS = 4;

/** Where values of one function come from and where they go. */
export class ValueFlow {
  readonly #scope: FunctionScope;

  constructor(scope: FunctionScope) {
    this.#scope = scope;
  }

  /** Whether what an atomic operation stores was made of what another one read from the same element. */
  isStoredBack(node: ts.CallExpression, object: ts.Expression, index: ts.Expression | undefined): boolean {
    const path = this.#scope.pathOf(object);
    const stored = node.arguments.at(-1);
    if (!path || !index || !stored) return false;
    const key = pathKey(path);
    const cell = withoutSpace(index);
    return this.#isMadeOf(stored, (part) => {
      if (!ts.isCallExpression(part)) return false;
      const effect = this.#scope.effectOf(part);
      if (effect?.effect !== "access" || effect.access !== "read" || effect.index === undefined) return false;
      const read = this.#scope.context.handover.operand(effect.object, part);
      const at = part.arguments[effect.index];
      const from = this.#scope.pathOf(read);
      return from !== undefined && pathKey(from) === key && at !== undefined && withoutSpace(at) === cell;
    });
  }

  /** Whether a value was made of what `place` held before. */
  isMadeOfPlace(value: ts.Expression, place: ts.Expression): boolean {
    const wanted = withoutSpace(place);
    return this.#isMadeOf(value, (part) => part.kind === place.kind && withoutSpace(part) === wanted);
  }

  /**
   * Whether the code may go another way for what a call returned. What merely goes into the next value of shared
   * memory, or nowhere, is no sign that something was waited for.
   */
  decides(call: ts.Expression): boolean {
    return this.#decides(call, MAX_STEPS);
  }

  #isMadeOf(value: ts.Node, isSource: (part: ts.Node) => boolean, steps = MAX_STEPS): boolean {
    if (isFunctionNode(value)) return false;
    if (isSource(value)) return true;
    if (ts.isIdentifier(value)) {
      const made = steps > 0 ? this.#madeBy(value) : undefined;
      return made !== undefined && this.#isMadeOf(made, isSource, steps - 1);
    }
    return ts.forEachChild(value, (child) => this.#isMadeOf(child, isSource, steps) || undefined) ?? false;
  }

  /** What a variable of the function that keeps its value was made of. */
  #madeBy(name: ts.Identifier): ts.Expression | undefined {
    const { symbols, variables } = this.#scope.context;
    const declaration = symbols.symbolAt(name)?.valueDeclaration;
    if (!isVariable(declaration) || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name))
      return undefined;
    if (enclosingFunction(declaration) !== this.#scope.owner || variables.isReassigned(declaration)) return undefined;
    return declaration.initializer;
  }

  #decides(value: ts.Expression, steps: number): boolean {
    let at: ts.Node = value;
    while (isPassedOn(at)) at = at.parent;
    const { parent } = at;
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return false;
    if (ts.isCallExpression(parent) && parent.expression !== at) {
      const isStored = this.#scope.effectOf(parent)?.effect === "access";
      return !isStored || this.#decides(parent, steps);
    }
    if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name) || steps === 0) return true;
    const isFollowed =
      enclosingFunction(parent) === this.#scope.owner && !this.#scope.context.variables.isReassigned(parent);
    return !isFollowed || this.#usesDecide(parent.name, steps - 1);
  }

  /** Somebody else's variable of the same name counts as well, which is the safe side. */
  #usesDecide(name: ts.Identifier, steps: number): boolean {
    const visit = (node: ts.Node): boolean => {
      if (ts.isIdentifier(node) && node !== name && node.text === name.text) {
        return enclosingFunction(node) !== this.#scope.owner || this.#decides(node, steps);
      }
      return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
    };
    return visit(this.#scope.owner);
  }
}

/** Whether the value goes into that of what is around it, which is arithmetic. */
function isPassedOn(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent) || ts.isAsExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator !== ts.SyntaxKind.ExclamationToken;
  return ts.isBinaryExpression(parent) && ARITHMETIC.has(parent.operatorToken.kind);
}

const ARITHMETIC: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
]);

function withoutSpace(node: ts.Node): string {
  return unwrap(node as ts.Expression)
    .getText()
    .replace(/\s+/g, "");
}
