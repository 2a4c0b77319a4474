import { ts } from "../source/syntax.js";
import type { CellReference } from "./cells.js";
import { awaitsZero, countBy } from "./counts.js";
import { isFunctionNode, unwrap } from "./declarations.js";
import type { Count } from "./events.js";
import { awaited, type FunctionScope } from "./function-scope.js";
import type { Branches } from "./graph.js";
import { CallLowering } from "./lower-call.js";
import { ConditionLowering } from "./lower-condition.js";
import type { GuardedLowering } from "./lower-guarded.js";
import { leaseAskedAt, leasesTakenOut, outsideAssigned } from "./lower-lease.js";
import type { Expressions } from "./lower-statement.js";
import { TestLowering } from "./lower-test.js";
import { conditionId, truthOf, VariableLowering } from "./lower-variable.js";
import { outrunAt } from "./outrun.js";
import { extend } from "./path.js";
import { callsBehind } from "./promised-calls.js";
import { refusedAt } from "./refused.js";
import { uncalledAt } from "./uncalled.js";
import { ValueFlow } from "./value-flow.js";
import { isAssignment } from "./variables.js";

const PLAIN = { atomic: false, inSteps: false } as const;

/** Appends what an expression does, in the order in which it happens. */
export class ExpressionLowering implements Expressions {
  readonly #variables: VariableLowering;
  readonly #scope: FunctionScope;
  readonly #calls: CallLowering;
  readonly #conditions: ConditionLowering;
  readonly #flow: ValueFlow;
  readonly #guarded: GuardedLowering;

  constructor(scope: FunctionScope, guarded: GuardedLowering) {
    this.#scope = scope;
    this.#guarded = guarded;
    this.#variables = new VariableLowering(scope);
    this.#flow = new ValueFlow(scope);
    const visit = (node: ts.Node): void => this.#visitNode(node);
    const tests = new TestLowering(scope, this.#variables);
    this.#calls = new CallLowering(scope, this.#variables, tests, guarded, visit);
    this.#conditions = new ConditionLowering(scope, this.#calls, tests, visit);
  }

  visit(node: ts.Expression): void {
    this.#visitNode(node);
  }

  #visitNode(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isNewExpression(node)) return this.#calls.construct(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isYieldExpression(node)) return this.#yield(node);
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isConditionalExpression(node)) return this.#conditional(node);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return this.#unary(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.#read(node);
    if (ts.isIdentifier(node)) return void this.#guarded.used(node);
    ts.forEachChild(node, (child) => this.#visitNode(child));
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (declaration.initializer) this.#initialize(declaration.initializer, declaration);
    this.#guarded.declared(declaration);
    this.#variables.declared(declaration);
    this.#takeOut(declaration);
  }

  #takeOut(declaration: ts.VariableDeclaration): void {
    for (const asked of leasesTakenOut(declaration, this.#scope)) this.#scope.graph.emit(asked, false);
  }

  iterate(list: ts.VariableDeclarationList): void {
    this.#variables.iterated(list);
    for (const declaration of list.declarations) this.#takeOut(declaration);
  }

  /** The initializer of a variable: an acquire whose result it keeps is decided by that variable. */
  #initialize(node: ts.Expression, declaration: ts.VariableDeclaration): void {
    this.visit(node);
    const acquired = awaited(node);
    if (!ts.isCallExpression(acquired) || !this.#calls.locks.isBlocking(acquired)) return;
    // A blocking acquire that returns has the lock: the branch for `false` is never taken.
    const condition = conditionId(declaration);
    const site = this.#scope.site(node);
    this.#scope.graph.emit({ kind: "assume", condition, value: true, by: undefined, sorts: false, site }, false);
  }

  /** The initializer of a `using` declaration; returns what gives the resource back. */
  visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): () => void {
    const site = this.#scope.site(declaration);
    const acquired = awaited(node);
    const owned = this.#scope.pathOf(declaration.name as ts.Expression);
    const guard = conditionId(declaration);
    if (!ts.isCallExpression(acquired)) {
      this.visit(node);
    } else {
      this.#calls.call(acquired, { kind: "resource", id: guard });
      if (acquired !== node) this.#scope.graph.emit({ kind: "await", site: this.#scope.site(node) }, true);
    }
    return () => {
      this.#scope.graph.emit({ kind: "release", lock: undefined, guard, by: "scope", site }, false);
      // A pool that leaves its scope ends its tasks with it.
      if (owned) this.#scope.graph.emit({ kind: "join", handle: owned, of: "promise", stops: false, site }, false);
    };
  }

  /** Whether what a `return` hands out is true, or the condition that tells. */
  result(expression: ts.Expression): string | boolean | undefined {
    const node = awaited(expression);
    if (ts.isCallExpression(node)) return this.#calls.locks.useOf(node).id;
    if (!ts.isIdentifier(node)) return truthOf(node);
    const variable = this.#scope.keptResults.has(node.text) ? this.#variables.followed(node) : undefined;
    return variable ? conditionId(variable) : truthOf(node);
  }

  /** Lowers a condition; both branches know what it says about acquired locks. */
  condition(expression: ts.Expression): Branches {
    return this.#conditions.lower(expression);
  }

  #await(node: ts.AwaitExpression): void {
    this.#visitNode(node.expression);
    const site = this.#scope.site(node);
    this.#scope.graph.emit({ kind: "await", calls: callsBehind(node.expression, this.#scope), site }, true);
    const handle = this.#scope.pathOf(node.expression);
    if (handle) this.#scope.graph.emit({ kind: "join", handle, of: "promise", stops: false, site }, false);
  }

  #call(node: ts.CallExpression): void {
    this.#calls.call(node, this.#calls.locks.useOf(node));
    const refused = refusedAt(node, this.#scope);
    if (refused) this.#scope.graph.emit(refused, false);
    const outrun = outrunAt(node, this.#scope);
    if (outrun) this.#scope.graph.emit(outrun, false);
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
      this.#guarded.used(target);
      this.#variables.assigned(target, plain ? node.right : undefined);
      this.#reachOut(target, node);
      return;
    }
    this.#visitNode(node.right);
    this.#guarded.element(target);
    const access = plain && !this.#flow.isMadeOfPlace(node.right, target) ? "write" : "update";
    this.#scope.access(reference, { access, ...PLAIN }, node);
    this.#count(reference, countBy(node), node);
  }

  #unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): void {
    const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    const target = unwrap(node.operand);
    const reference = steps ? this.#scope.context.cells.referenceOf(target) : undefined;
    if (!reference) {
      if (steps && this.#guarded.used(target)) this.#visitParts(target);
      else this.#visitNode(node.operand);
      if (steps) this.#variables.assigned(target, undefined);
      if (steps) this.#reachOut(target, node);
      return;
    }
    this.#visitParts(target);
    this.#guarded.element(target);
    this.#scope.access(reference, { access: "update", ...PLAIN }, node);
    this.#count(reference, countBy(node), node);
  }

  /** What is assigned may be seen by others, outside of the program. */
  #reachOut(target: ts.Expression, node: ts.Node): void {
    const outside = outsideAssigned(target, node, this.#scope);
    if (outside) this.#scope.graph.emit(outside, false);
  }

  /** What the place is to those who count in the cell. */
  #count({ object, cell }: CellReference, does: Count["does"] | undefined, node: ts.Node): void {
    if (!does || (cell.kind !== "value" && cell.kind !== "index")) return;
    const on = cell.kind === "index" ? extend(object, String(cell.index), object.text) : object;
    if (on) this.#scope.graph.emit({ kind: "count", does, of: "number", on, site: this.#scope.site(node) }, false);
  }

  #read(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    this.#visitParts(node);
    const reference = this.#scope.context.cells.referenceOf(node);
    if (reference) {
      this.#scope.access(reference, { access: "read", ...PLAIN }, node);
      if (awaitsZero(node)) this.#count(reference, "drain", node);
    }
    if (reference) this.#guarded.element(node);
    else this.#guarded.used(node);
    const asked = leaseAskedAt(node, this.#scope);
    if (asked) this.#scope.graph.emit(asked, false);
    const uncalled = uncalledAt(node, this.#scope);
    if (uncalled) this.#scope.graph.emit(uncalled, false);
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
