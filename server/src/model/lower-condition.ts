import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import { ON_MAIN_THREAD } from "./events.js";
import { awaited, type FunctionScope } from "./function-scope.js";
import type { Frontier } from "./graph.js";
import type { CallLowering } from "./lower-call.js";
import { conditionId } from "./lower-lock.js";
import { TURN } from "./path.js";

/** Where control goes when a condition holds, and when it does not. */
export interface Branches {
  readonly yes: Frontier;
  readonly no: Frontier;
}

/** Appends what conditions do, and splits control by what they say. */
export class ConditionLowering {
  readonly #scope: FunctionScope;
  readonly #calls: CallLowering;
  readonly #visit: (node: ts.Node) => void;

  constructor(scope: FunctionScope, calls: CallLowering, visit: (node: ts.Node) => void) {
    this.#scope = scope;
    this.#calls = calls;
    this.#visit = visit;
  }

  /** Lowers a condition; both branches know what it says about acquired locks. */
  lower(expression: ts.Expression): Branches {
    const node = unwrap(expression);
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const { yes, no } = this.lower(node.operand);
      return { yes: no, no: yes };
    }
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (operator === ts.SyntaxKind.AmpersandAmpersandToken || operator === ts.SyntaxKind.BarBarToken) {
        const left = this.lower(node.left);
        const isAnd = operator === ts.SyntaxKind.AmpersandAmpersandToken;
        this.#scope.graph.frontier = isAnd ? left.yes : left.no;
        const right = this.lower(node.right);
        return isAnd
          ? { yes: right.yes, no: [...left.no, ...right.no] }
          : { yes: [...left.yes, ...right.yes], no: right.no };
      }
    }
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { yes: this.#scope.graph.frontier, no: [] };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { yes: [], no: this.#scope.graph.frontier };
    return this.#decided(node);
  }

  #decided(node: ts.Expression): Branches {
    const subject = awaited(node);
    const effect = ts.isCallExpression(subject) ? this.#scope.effectOf(subject) : undefined;
    if (ts.isCallExpression(subject) && effect?.effect === "acquire" && effect.gives === "boolean") {
      const waits = this.#calls.locks.patience(effect, subject) === "blocking";
      const id = `acquired@${subject.pos - this.#scope.owner.pos}`;
      this.#calls.call(subject, waits ? { kind: "none" } : { kind: "condition", id });
      return waits ? { yes: this.#scope.graph.frontier, no: [] } : this.#assume(id, node);
    }
    this.#visit(node);
    const id = this.#constantId(node);
    if (id !== undefined) return this.#assume(id, node);
    return this.#chosen(node) ?? { yes: this.#scope.graph.frontier, no: this.#scope.graph.frontier };
  }

  /** `if (id === 0)`, by which a thread finds out whether it is the one. */
  #chosen(node: ts.Expression): Branches | undefined {
    if (!ts.isBinaryExpression(node)) return undefined;
    const operator = node.operatorToken.kind;
    const isEqual = operator === ts.SyntaxKind.EqualsEqualsEqualsToken || operator === ts.SyntaxKind.EqualsEqualsToken;
    const isOther =
      operator === ts.SyntaxKind.ExclamationEqualsEqualsToken || operator === ts.SyntaxKind.ExclamationEqualsToken;
    const value = unwrap(node.right);
    if (!(isEqual || isOther) || !(ts.isLiteralExpression(value) || isKeywordValue(value))) return undefined;
    const by = this.#meetsHere(node.left) ? TURN : this.#scope.pathOf(node.left);
    if (!by) return undefined;
    const rest = this.#scope.graph.frontier;
    this.#scope.graph.emit({ kind: "choice", by, value: value.getText(), site: this.#scope.site(node) }, false);
    const one = this.#scope.graph.frontier;
    return isEqual ? { yes: one, no: rest } : { yes: rest, no: one };
  }

  #meetsHere(node: ts.Expression): boolean {
    const call = awaited(node);
    return ts.isCallExpression(call) && this.#scope.effectOf(call)?.effect === "meet";
  }

  #assume(condition: string, node: ts.Node): Branches {
    const entry = this.#scope.graph.frontier;
    const branch = (value: boolean): Frontier => {
      this.#scope.graph.frontier = entry;
      this.#scope.graph.emit({ kind: "assume", condition, value, site: this.#scope.site(node) }, false);
      return this.#scope.graph.frontier;
    };
    return { yes: branch(true), no: branch(false) };
  }

  /** A name for a variable that has one value as long as the function runs. */
  #constantId(node: ts.Expression): string | undefined {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    const symbol = this.#scope.context.symbols.symbolAt(node);
    if (this.#scope.context.symbols.effect(symbol)?.effect === "on-main-thread") return ON_MAIN_THREAD;
    const declaration = symbol?.valueDeclaration;
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration)) {
      return this.#scope.context.paths.isReassigned(declaration) ? undefined : conditionId(declaration);
    }
    return ts.isParameter(declaration) ? conditionId(declaration) : undefined;
  }
}

function isKeywordValue(node: ts.Node): boolean {
  const { kind } = node;
  return (
    kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword || kind === ts.SyntaxKind.NullKeyword
  );
}
