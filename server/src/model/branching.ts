import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import type { Branches, GraphBuilder } from "./graph.js";
import type { Expressions } from "./lower-statement.js";

/** What lowers expressions that are looked at for one thing only: control flow inside them is here, the thing is not. */
export abstract class Branching implements Expressions {
  protected readonly graph: GraphBuilder;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** Appends what an expression does, apart from branches in it. */
  protected abstract lower(node: ts.Node): void;

  /** Appends to each of two ways what the condition that has just been lowered said on it. */
  protected abstract decided(condition: ts.Expression, says: boolean): void;

  visit(node: ts.Expression): void {
    this.lowerAll(unwrap(node));
  }

  /** Lowers a node and all that is in it. */
  protected lowerAll(node: ts.Node): void {
    if (ts.isConditionalExpression(node)) return this.#conditional(node);
    if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) return this.#shortCircuit(node);
    this.lower(node);
  }

  condition(node: ts.Expression): Branches {
    const expression = unwrap(node);
    if (ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.ExclamationToken) {
      const { yes, no } = this.condition(expression.operand);
      return { yes: no, no: yes };
    }
    const kind = ts.isBinaryExpression(expression) ? expression.operatorToken.kind : undefined;
    if (ts.isBinaryExpression(expression) && kind === ts.SyntaxKind.AmpersandAmpersandToken) {
      const left = this.condition(expression.left);
      this.graph.frontier = left.yes;
      const right = this.condition(expression.right);
      return { yes: right.yes, no: [...left.no, ...right.no] };
    }
    if (ts.isBinaryExpression(expression) && kind === ts.SyntaxKind.BarBarToken) {
      const left = this.condition(expression.left);
      this.graph.frontier = left.no;
      const right = this.condition(expression.right);
      return { yes: [...left.yes, ...right.yes], no: right.no };
    }
    this.visit(expression);
    const start = this.graph.frontier;
    const branch = (says: boolean): readonly number[] => {
      this.graph.frontier = start;
      this.decided(expression, says);
      return this.graph.frontier;
    };
    return { yes: branch(true), no: branch(false) };
  }

  /** `a && b`, `a || b`, `a ?? b`: the right side only where the left one does not decide. */
  #shortCircuit(node: ts.BinaryExpression): void {
    const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    const { yes, no } = this.condition(node.left);
    this.graph.frontier = isAnd ? yes : no;
    this.visit(node.right);
    this.graph.frontier = [...this.graph.frontier, ...(isAnd ? no : yes)];
  }

  #conditional(node: ts.ConditionalExpression): void {
    const { yes, no } = this.condition(node.condition);
    this.graph.frontier = yes;
    this.visit(node.whenTrue);
    const after = this.graph.frontier;
    this.graph.frontier = no;
    this.visit(node.whenFalse);
    this.graph.frontier = [...after, ...this.graph.frontier];
  }

  abstract declare(declaration: ts.VariableDeclaration): void;

  iterate(_list: ts.VariableDeclarationList): void {
    // What the variables of a loop hold is told by what it runs over.
  }

  visitResource(node: ts.Expression, _declaration: ts.VariableDeclaration): () => void {
    this.visit(node);
    return () => {
      // A resource of one scope has no life beyond it.
    };
  }

  result(): undefined {
    return undefined;
  }
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}
