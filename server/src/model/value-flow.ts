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

  /** Whether what an atomic operation stores was made of what another one read from the same element or entry. */
  isStoredBack(node: ts.CallExpression, object: ts.Expression, index: ts.Expression | undefined): boolean {
    const stored = node.arguments.at(-1);
    const isLook = this.#looksAt(object, index);
    return stored !== undefined && stored !== index && isLook !== undefined && this.#isMadeOf(stored, isLook);
  }

  /**
   * Whether an entry gets what was made of it, or gets something only where it was found in a certain state. A key that
   * the function was given may be another in every thread.
   */
  restsOnLook(node: ts.CallExpression, object: ts.Expression, key: ts.Expression | undefined): boolean {
    const isLook = this.#looksAt(object, key);
    if (!isLook || !key || !this.#isCommonKey(key, MAX_STEPS)) return false;
    if (this.isStoredBack(node, object, key)) return true;
    return conditionsOf(node, this.#scope.owner).some((condition) =>
      this.#isMadeOf(condition, isLook, MAX_STEPS, true),
    );
  }

  /** What tells a call that reads the element or entry. */
  #looksAt(object: ts.Expression, index: ts.Expression | undefined): ((part: ts.Node) => boolean) | undefined {
    const path = this.#scope.pathOf(object);
    if (!path || !index) return undefined;
    const key = pathKey(path);
    const cell = withoutSpace(index);
    return (part) => {
      if (!ts.isCallExpression(part)) return false;
      const effect = this.#scope.effectOf(part);
      if (effect?.effect !== "access" || effect.access !== "read" || effect.index === undefined) return false;
      const from = this.#scope.pathOf(this.#scope.context.handover.operand(effect.object, part));
      const at = part.arguments[effect.index];
      return from !== undefined && pathKey(from) === key && at !== undefined && withoutSpace(at) === cell;
    };
  }

  /** Whether several threads may well come with the same key: it is written down, or an element of a collection. */
  #isCommonKey(key: ts.Node, steps: number): boolean {
    if (ts.isLiteralExpression(key)) return true;
    if (ts.isIdentifier(key)) {
      const declaration = this.#scope.context.symbols.symbolAt(key)?.valueDeclaration;
      if (!declaration || !ts.isVariableDeclaration(declaration) || steps === 0) return false;
      const loop = declaration.parent.parent;
      if (ts.isForOfStatement(loop)) return true;
      const { initializer } = declaration;
      return !ts.isForStatement(loop) && initializer !== undefined && this.#isCommonKey(initializer, steps - 1);
    }
    if (ts.isPropertyAccessExpression(key)) return this.#isCommonKey(key.expression, steps);
    if (ts.isCallExpression(key)) return this.#isCommonKey(key.expression, steps);
    return false;
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

  /** @param isLoose whether a variable counts that has had other values since */
  #isMadeOf(value: ts.Node, isSource: (part: ts.Node) => boolean, steps = MAX_STEPS, isLoose = false): boolean {
    if (isFunctionNode(value)) return false;
    if (isSource(value)) return true;
    if (ts.isIdentifier(value)) {
      const made = steps > 0 ? this.#madeBy(value, isLoose) : undefined;
      return made !== undefined && this.#isMadeOf(made, isSource, steps - 1, isLoose);
    }
    return ts.forEachChild(value, (child) => this.#isMadeOf(child, isSource, steps, isLoose) || undefined) ?? false;
  }

  /** What a variable of the function was made of. */
  #madeBy(name: ts.Identifier, isLoose: boolean): ts.Expression | undefined {
    const { symbols, variables } = this.#scope.context;
    const declaration = symbols.symbolAt(name)?.valueDeclaration;
    if (!isVariable(declaration) || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name))
      return undefined;
    if (enclosingFunction(declaration) !== this.#scope.owner) return undefined;
    return isLoose || !variables.isReassigned(declaration) ? declaration.initializer : undefined;
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

/** What decides whether control comes to a node: conditions around it, and those before it that leave. */
function conditionsOf(node: ts.Node, owner: ts.Node): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  for (let at = node; at !== owner && !isFunctionNode(at); at = at.parent) {
    const { parent } = at;
    if (ts.isIfStatement(parent) && parent.expression !== at) found.push(parent.expression);
    else if (ts.isConditionalExpression(parent) && parent.condition !== at) found.push(parent.condition);
    else if (ts.isBinaryExpression(parent) && parent.right === at && isShortCircuit(parent)) found.push(parent.left);
    else if (ts.isBlock(parent)) {
      for (const before of parent.statements) {
        if (before === at) break;
        if (ts.isIfStatement(before) && leaves(before.thenStatement)) found.push(before.expression);
      }
    }
  }
  return found;
}

function isShortCircuit({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined && (ts.isReturnStatement(last) || ts.isContinueStatement(last) || ts.isThrowStatement(last))
  );
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
