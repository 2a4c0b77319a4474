import { ts } from "../source/syntax.js";
import { declarationId, unwrap } from "./declarations.js";
import { ON_MAIN_THREAD, TRUTHY } from "./events.js";
import type { FunctionScope } from "./function-scope.js";
import type { Branches, Frontier } from "./graph.js";
import { conditionId, type VariableLowering } from "./lower-variable.js";
import { type Path, pathKey } from "./path.js";

/** A question that the code asks, perhaps more than once: equal ids have equal answers. */
export interface Question {
  readonly id: string;
  /** What it asks for, where that stays the same as long as the function runs. */
  readonly by: Path | undefined;
  /** What `by` has to be. */
  readonly value: string;
  readonly sorts: boolean;
  /** Whether the code asks for the opposite. */
  readonly negated: boolean;
}

const ORDER = new Map<ts.SyntaxKind, "<" | ">" | "<=" | ">=">([
  [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
]);

const EQUALITY = new Map<ts.SyntaxKind, boolean>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, true],
  [ts.SyntaxKind.EqualsEqualsToken, true],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, false],
  [ts.SyntaxKind.ExclamationEqualsToken, false],
]);

/** Splits control by what is asked for: a variable, a comparison, the result of a call. */
export class TestLowering {
  readonly #scope: FunctionScope;
  readonly #variables: VariableLowering;

  constructor(scope: FunctionScope, variables: VariableLowering) {
    this.#scope = scope;
    this.#variables = variables;
  }

  /** Both ways from here; undefined where nothing is known of either. */
  split(expression: ts.Expression): Branches | undefined {
    const question = this.#questionOf(unwrap(expression));
    return question && this.#ask(question, expression);
  }

  /** Both ways from here by the result of a call. */
  splitByResult(id: string, node: ts.Node): Branches {
    return this.#ask({ id, by: undefined, value: TRUTHY, sorts: false, negated: false }, node);
  }

  #ask({ id: condition, by, value, sorts, negated }: Question, node: ts.Node): Branches {
    const { graph } = this.#scope;
    const site = this.#scope.site(node);
    const entry = graph.frontier;
    const branch = (answer: boolean): Frontier => {
      graph.frontier = entry;
      graph.emit(
        { kind: "assume", condition, value: answer, by: value === TRUTHY ? by : undefined, sorts, site },
        false,
      );
      if (by && value !== TRUTHY) graph.emit({ kind: "choice", by, value, is: answer, site }, false);
      return graph.frontier;
    };
    return { yes: branch(!negated), no: branch(negated) };
  }

  #questionOf(node: ts.Expression): Question | undefined {
    if (ts.isBinaryExpression(node)) return this.#comparison(node);
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    const { symbols, variables } = this.#scope.context;
    const symbol = symbols.symbolAt(node);
    const about = { value: TRUTHY, sorts: false, negated: false };
    if (symbols.effect(symbol)?.effect === "on-main-thread") return { id: ON_MAIN_THREAD, by: undefined, ...about };
    const variable = this.#variables.followed(node);
    if (variable) {
      const by = variables.isReassigned(variable) ? undefined : this.#given(node);
      return { id: conditionId(variable), by, ...about };
    }
    const path = ts.isPropertyAccessExpression(node) ? this.#lasting(node) : undefined;
    return path && { id: `is@${pathKey(path)}`, by: isGiven(path) ? path : undefined, ...about };
  }

  /** What a property names, where nobody gives it another value as far as the file tells. */
  #lasting(node: ts.PropertyAccessExpression): Path | undefined {
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    const isProperty = declaration && (ts.isPropertyDeclaration(declaration) || ts.isPropertySignature(declaration));
    const isParameter = declaration && ts.isParameter(declaration);
    if (!isProperty && !isParameter) return undefined;
    const isReadonly = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0;
    return isReadonly || !this.#scope.context.variables.isMemberAssigned(node) ? this.#scope.pathOf(node) : undefined;
  }

  #given(node: ts.Expression): Path | undefined {
    const path = this.#scope.pathOf(node);
    return path && isGiven(path) ? path : undefined;
  }

  #comparison(node: ts.BinaryExpression): Question | undefined {
    const left = unwrap(node.left);
    const right = unwrap(node.right);
    const isEqual = EQUALITY.get(node.operatorToken.kind);
    if (isEqual !== undefined) return this.#equality(left, right, isEqual);
    const operator = ORDER.get(node.operatorToken.kind);
    const [a, b] = operator ? [this.#operand(left), this.#operand(right)] : [];
    if (!operator || !a || !b) return undefined;
    // `a < b`, `b > a` and `!(a >= b)` ask one question.
    const isTurned = operator === ">" || operator === "<=";
    const id = isTurned ? `${b.key}<${a.key}` : `${a.key}<${b.key}`;
    const sorts = [a, b].every(({ path }) => path !== undefined) && [a, b].some(({ path }) => path && isGiven(path));
    return { id, by: undefined, value: TRUTHY, sorts, negated: operator === "<=" || operator === ">=" };
  }

  #equality(left: ts.Expression, right: ts.Expression, isEqual: boolean): Question | undefined {
    if (!(ts.isLiteralExpression(right) || isKeywordValue(right))) return undefined;
    if (isNothing(right) || right.kind === ts.SyntaxKind.TrueKeyword || right.kind === ts.SyntaxKind.FalseKeyword) {
      // Of what conditions ask for, the false value is the one that is nothing.
      const question = this.#questionOf(left);
      const isTrue = right.kind === ts.SyntaxKind.TrueKeyword;
      if (question && !ts.isBinaryExpression(left)) return { ...question, negated: isEqual !== isTrue };
    }
    const by = this.#scope.pathOf(left);
    if (!by) return undefined;
    const value = right.getText();
    return { id: `${pathKey(by)}=${value}`, by, value, sorts: false, negated: !isEqual };
  }

  /** A side of a comparison that keeps its value. */
  #operand(node: ts.Expression): { readonly key: string; readonly path: Path | undefined } | undefined {
    if (ts.isNumericLiteral(node)) return { key: node.text, path: undefined };
    if (ts.isIdentifier(node)) {
      const variable = this.#variables.followed(node);
      if (!variable || this.#scope.context.variables.isReassigned(variable)) return undefined;
      return { key: declarationId(variable), path: this.#scope.pathOf(node) };
    }
    const path = ts.isPropertyAccessExpression(node) ? this.#lasting(node) : undefined;
    return path && { key: pathKey(path), path };
  }
}

/** Whether the value comes from the caller, who can say more about it. */
function isGiven(path: Path): boolean {
  return path.root.startsWith("param:") || path.root === "this";
}

function isNothing(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}

function isKeywordValue(node: ts.Expression): boolean {
  const { kind } = node;
  return kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword || isNothing(node);
}
