import { ts } from "../source/syntax.js";
import { declarationId, isFunctionNode, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import { isVariable, type Variable } from "./variables.js";

/** The condition that asks whether a variable's value is true. */
export function conditionId(declaration: ts.Declaration): string {
  return `is@${declarationId(declaration)}`;
}

/** Appends that variables get values, where a condition asks for them or a path begins at them. */
export class VariableLowering {
  readonly #scope: FunctionScope;
  #asked: ReadonlySet<string> | undefined;

  constructor(scope: FunctionScope) {
    this.#scope = scope;
  }

  /** A declaration whose initializer, if it has one, has been lowered. */
  declared(declaration: ts.VariableDeclaration): void {
    const { name, initializer } = declaration;
    if (!ts.isIdentifier(name)) {
      for (const element of name.elements) if (ts.isBindingElement(element)) this.#rebound(element);
      return;
    }
    const isAsked = this.#isAsked(name.text) && !(initializer && this.#answers(initializer));
    const repeats = this.#repeats(declaration);
    if (isAsked || repeats) this.#emit(declaration, initializer ? truthOf(initializer) : false, repeats);
  }

  /** The variable of a loop over a collection: another one in every turn. */
  iterated(list: ts.VariableDeclarationList): void {
    for (const { name } of list.declarations) {
      const declaration = name.parent;
      if (ts.isIdentifier(name)) this.#emit(declaration as Variable, undefined, true);
    }
  }

  /** `name = value`, or what has no value that could be told: `name++`. */
  assigned(target: ts.Expression, value: ts.Expression | undefined): void {
    const name = unwrap(target);
    if (!ts.isIdentifier(name) || !this.#isAsked(name.text)) return;
    const declaration = this.followed(name);
    if (declaration && !(value && this.#answers(value))) this.#emit(declaration, value && truthOf(value), false);
  }

  /** The variable behind a name, where whatever is assigned to it while the function runs is seen in the function. */
  followed(name: ts.Expression): Variable | undefined {
    const { symbols, variables } = this.#scope.context;
    const declaration = symbols.symbolAt(name)?.valueDeclaration;
    return isVariable(declaration) && variables.isFollowed(declaration, this.#scope.owner) ? declaration : undefined;
  }

  /** Whether the call that makes the value tells about the variable itself. */
  #answers(value: ts.Expression): boolean {
    const node = unwrap(value);
    return ts.isCallExpression(ts.isAwaitExpression(node) ? unwrap(node.expression) : node);
  }

  #rebound(element: ts.BindingElement): void {
    if (ts.isIdentifier(element.name) && this.#repeats(element)) this.#emit(element, undefined, true);
  }

  #repeats(declaration: ts.Node): boolean {
    for (let at = declaration.parent; at && at !== this.#scope.owner; at = at.parent) {
      if (ts.isIterationStatement(at, false)) return true;
    }
    return false;
  }

  #emit(declaration: Variable, truth: boolean | undefined, renames: boolean): void {
    const root = renames ? `local:${declarationId(declaration)}` : undefined;
    const condition = conditionId(declaration);
    this.#scope.graph.emit({ kind: "assign", condition, truth, root, site: this.#scope.site(declaration) }, false);
  }

  /** Asking the compiler for every name that is assigned to would be dear. */
  #isAsked(name: string): boolean {
    this.#asked ??= askedNames(this.#scope.owner);
    return this.#asked.has(name);
  }
}

/** The names in conditions of a function. */
function askedNames(owner: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (node: ts.Node | undefined): void => {
    if (!node || isFunctionNode(node)) return;
    if (ts.isIdentifier(node)) names.add(node.text);
    else ts.forEachChild(node, add);
  };
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isTypeNode(node)) return;
    if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) add(node.expression);
    else if (ts.isForStatement(node) || ts.isConditionalExpression(node)) add(node.condition);
    else if (ts.isBinaryExpression(node) && isChoice(node.operatorToken.kind)) add(node.left);
    else if (ts.isOptionalChain(node) && !ts.isNonNullExpression(node) && node.questionDotToken) add(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(owner, visit);
  return names;
}

function isChoice(operator: ts.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** Whether a condition takes the value for true; undefined where that is not written down. */
export function truthOf(expression: ts.Expression): boolean | undefined {
  const node = unwrap(expression);
  if (node.kind === ts.SyntaxKind.TrueKeyword || ts.isNewExpression(node)) return true;
  if (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node) || isFunctionNode(node)) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword) return false;
  if (ts.isVoidExpression(node) || (ts.isIdentifier(node) && node.text === "undefined")) return false;
  if (ts.isNumericLiteral(node)) return Number(node.text) !== 0;
  return ts.isStringLiteralLike(node) ? node.text !== "" : undefined;
}
