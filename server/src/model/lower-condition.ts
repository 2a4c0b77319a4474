import { ts } from "../source/syntax.js";
import type { Operand } from "./catalogue/index.js";
import { unwrap } from "./declarations.js";
import { awaited, type FunctionScope } from "./function-scope.js";
import type { Branches } from "./graph.js";
import type { CallLowering } from "./lower-call.js";
import type { TestLowering } from "./lower-test.js";
import { TURN } from "./path.js";

/** Appends what conditions do, and splits control by what they say. */
export class ConditionLowering {
  readonly #scope: FunctionScope;
  readonly #calls: CallLowering;
  readonly #tests: TestLowering;
  readonly #visit: (node: ts.Node) => void;

  constructor(scope: FunctionScope, calls: CallLowering, tests: TestLowering, visit: (node: ts.Node) => void) {
    this.#scope = scope;
    this.#tests = tests;
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
    const { graph } = this.#scope;
    this.#visit(node);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      return this.#tested(unwrap(node.left), awaited(node.right));
    }
    const subject = awaited(node);
    if (!ts.isCallExpression(subject)) return this.#tested(node, undefined);
    if (this.#calls.locks.isBlocking(subject)) return { yes: graph.frontier, no: [] };
    const effect = this.#scope.effectOf(subject);
    if (effect?.effect === "alive") return this.#alive(effect.thread, subject);
    if (effect?.effect === "probe") return this.#probed(effect.lock, subject);
    // What asks somebody outside is a call like those of which nothing is known.
    const mayFail =
      effect?.effect === "outside" || effect?.effect === "acquire" || (effect?.effect === "wait" && effect.permits);
    if (effect && !mayFail) return { yes: graph.frontier, no: graph.frontier };
    return this.#tests.splitByResult(this.#calls.locks.useOf(subject).id, node);
  }

  /** What a variable says, or a comparison. */
  #tested(node: ts.Expression, value: ts.Expression | undefined): Branches {
    const { graph } = this.#scope;
    const waits = value && ts.isCallExpression(value) && this.#calls.locks.isBlocking(value);
    if (waits) return { yes: graph.frontier, no: [] };
    return this.#turn(node) ?? this.#tests.split(node) ?? { yes: graph.frontier, no: graph.frontier };
  }

  /** `if (thread.isAlive())`: who is not has ended. */
  #alive(thread: Operand, node: ts.CallExpression): Branches {
    const { graph } = this.#scope;
    const yes = graph.frontier;
    const handle = this.#scope.pathOf(this.#scope.context.handover.operand(thread, node));
    graph.emit({ kind: "join", handle, of: "known", stops: false, site: this.#scope.site(node) }, false);
    return { yes, no: graph.frontier };
  }

  /** `if (lock.locked())` */
  #probed(operand: Operand, node: ts.CallExpression): Branches {
    const { graph } = this.#scope;
    const lock = this.#scope.lockOf(operand, node);
    const before = graph.frontier;
    if (!lock) return { yes: before, no: before };
    const branch = (isFree: boolean): readonly number[] => {
      graph.frontier = before;
      graph.emit({ kind: "probe", lock, isFree, site: this.#scope.site(node) }, false);
      return graph.frontier;
    };
    return { yes: branch(false), no: branch(true) };
  }

  /** `if (barrier.wait() === 0)`, by which a thread finds out whether it is the one. */
  #turn(node: ts.Expression): Branches | undefined {
    if (!ts.isBinaryExpression(node) || !this.#meetsHere(node.left)) return undefined;
    const operator = node.operatorToken.kind;
    const isEqual = operator === ts.SyntaxKind.EqualsEqualsEqualsToken || operator === ts.SyntaxKind.EqualsEqualsToken;
    const isOther =
      operator === ts.SyntaxKind.ExclamationEqualsEqualsToken || operator === ts.SyntaxKind.ExclamationEqualsToken;
    const value = unwrap(node.right);
    if (!(isEqual || isOther) || !ts.isLiteralExpression(value)) return undefined;
    const { graph } = this.#scope;
    const rest = graph.frontier;
    graph.emit({ kind: "choice", by: TURN, value: value.getText(), is: true, site: this.#scope.site(node) }, false);
    return isEqual ? { yes: graph.frontier, no: rest } : { yes: rest, no: graph.frontier };
  }

  #meetsHere(node: ts.Expression): boolean {
    const call = awaited(node);
    return ts.isCallExpression(call) && this.#scope.effectOf(call)?.effect === "meet";
  }
}
