import { ts } from "../source/syntax.js";
import { isFunctionNode, unwrap } from "./declarations.js";
import { awaited, type FunctionScope } from "./function-scope.js";
import { CallLowering } from "./lower-call.js";
import { type Branches, ConditionLowering } from "./lower-condition.js";
import { conditionId } from "./lower-lock.js";
import { isAssignment } from "./paths.js";

/** Appends what an expression does, in the order in which it happens. */
export class ExpressionLowering {
  readonly #scope: FunctionScope;
  readonly #calls: CallLowering;
  readonly #conditions: ConditionLowering;

  constructor(scope: FunctionScope) {
    this.#scope = scope;
    const visit = (node: ts.Node): void => this.#visitNode(node);
    this.#calls = new CallLowering(scope, visit);
    this.#conditions = new ConditionLowering(scope, this.#calls, visit);
  }

  visit(node: ts.Expression): void {
    this.#visitNode(node);
  }

  #visitNode(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node)) return this.#calls.call(node, this.#calls.locks.useOf(node));
    if (ts.isNewExpression(node)) return this.#calls.construct(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isYieldExpression(node)) return this.#yield(node);
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isConditionalExpression(node)) return this.#conditional(node);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return this.#unary(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.#read(node);
    ts.forEachChild(node, (child) => this.#visitNode(child));
  }

  /** The initializer of a variable: an acquire whose result it keeps is decided by that variable. */
  visitInitializer(node: ts.Expression, declaration: ts.VariableDeclaration): void {
    this.visit(node);
    const acquired = awaited(node);
    if (!ts.isCallExpression(acquired)) return;
    const effect = this.#scope.effectOf(acquired);
    if (
      effect?.effect === "acquire" &&
      effect.gives === "boolean" &&
      this.#calls.locks.patience(effect, acquired) === "blocking"
    ) {
      // A blocking acquire that returns has the lock: the branch for `false` is never taken.
      const condition = conditionId(declaration);
      this.#scope.graph.emit({ kind: "assume", condition, value: true, site: this.#scope.site(node) }, false);
    }
  }

  /** The initializer of a `using` declaration; returns what gives the resource back, where it is a lock. */
  visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): (() => void) | undefined {
    const acquired = awaited(node);
    const effect = ts.isCallExpression(acquired) ? this.#scope.effectOf(acquired) : undefined;
    if (!ts.isCallExpression(acquired) || effect?.effect !== "acquire" || effect.gives !== "guard") {
      this.visit(node);
      const owned = this.#scope.pathOf(declaration.name as ts.Expression);
      // A pool that leaves its scope ends its tasks with it.
      return (
        owned &&
        (() =>
          void this.#scope.graph.emit(
            { kind: "join", handle: owned, stops: false, site: this.#scope.site(declaration) },
            false,
          ))
      );
    }
    const locks = this.#calls.locks.locksOf(effect, acquired);
    this.#calls.call(acquired, { kind: "resource" });
    if (acquired !== node) this.#scope.graph.emit({ kind: "await", site: this.#scope.site(node) }, true);
    const site = this.#scope.site(declaration);
    return () => {
      for (const lock of locks) this.#scope.graph.emit({ kind: "release", lock, site }, false);
    };
  }

  /** Lowers a condition; both branches know what it says about acquired locks. */
  condition(expression: ts.Expression): Branches {
    return this.#conditions.lower(expression);
  }

  #await(node: ts.AwaitExpression): void {
    this.#visitNode(node.expression);
    const site = this.#scope.site(node);
    this.#scope.graph.emit({ kind: "await", site }, true);
    const handle = this.#scope.pathOf(node.expression);
    if (handle) this.#scope.graph.emit({ kind: "join", handle, stops: false, site }, false);
  }

  #yield(node: ts.YieldExpression): void {
    if (node.expression) this.#visitNode(node.expression);
    this.#scope.graph.emit({ kind: "await", site: this.#scope.site(node) }, true);
  }

  #binary(node: ts.BinaryExpression): void {
    if (isAssignment(node)) return this.#assignment(node);
    const operator = node.operatorToken.kind;
    const branches =
      operator === ts.SyntaxKind.AmpersandAmpersandToken ||
      operator === ts.SyntaxKind.BarBarToken ||
      operator === ts.SyntaxKind.QuestionQuestionToken;
    if (!branches) {
      this.#visitNode(node.left);
      this.#visitNode(node.right);
      return;
    }
    if (operator === ts.SyntaxKind.QuestionQuestionToken) {
      this.#visitNode(node.left);
      const skipped = this.#scope.graph.frontier;
      this.#visitNode(node.right);
      this.#scope.graph.frontier = [...skipped, ...this.#scope.graph.frontier];
      return;
    }
    const { yes, no } = this.#conditions.lower(node);
    this.#scope.graph.frontier = [...yes, ...no];
  }

  #conditional(node: ts.ConditionalExpression): void {
    const { yes, no } = this.#conditions.lower(node.condition);
    this.#scope.graph.frontier = yes;
    this.#visitNode(node.whenTrue);
    const after = this.#scope.graph.frontier;
    this.#scope.graph.frontier = no;
    this.#visitNode(node.whenFalse);
    this.#scope.graph.frontier = [...after, ...this.#scope.graph.frontier];
  }

  #assignment(node: ts.BinaryExpression): void {
    const target = unwrap(node.left);
    const reference = this.#scope.context.cells.referenceOf(target);
    this.#visitParts(target);
    const plain = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (!reference) {
      if (!ts.isIdentifier(target) && !ts.isPropertyAccessExpression(target)) this.#visitNode(target);
      this.#visitNode(node.right);
      return;
    }
    this.#visitNode(node.right);
    const access = plain && !mentions(node.right, target) ? "write" : "update";
    this.#scope.access(reference, access, false, node);
  }

  #unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): void {
    const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    const target = unwrap(node.operand);
    const reference = steps ? this.#scope.context.cells.referenceOf(target) : undefined;
    if (!reference) return this.#visitNode(node.operand);
    this.#visitParts(target);
    this.#scope.access(reference, "update", false, node);
  }

  #read(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    this.#visitParts(node);
    const reference = this.#scope.context.cells.referenceOf(node);
    if (reference) this.#scope.access(reference, "read", false, node);
  }

  /** What must be evaluated before a member is read or written. */
  #visitParts(node: ts.Expression): void {
    if (ts.isPropertyAccessExpression(node)) this.#visitNode(node.expression);
    else if (ts.isElementAccessExpression(node)) {
      this.#visitNode(node.expression);
      this.#visitNode(node.argumentExpression);
    }
  }
}

/** Whether the value read from `target` goes into `expression`. */
function mentions(expression: ts.Expression, target: ts.Expression): boolean {
  const wanted = target.getText().replace(/\s+/g, "");
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || isFunctionNode(node)) return;
    if (node.kind === target.kind && node.getText().replace(/\s+/g, "") === wanted) found = true;
    else ts.forEachChild(node, visit);
  };
  visit(expression);
  return found;
}
