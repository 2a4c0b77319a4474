import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { declarationId, unwrap } from "./declarations.js";
import type { Patience } from "./events.js";
import { awaited, type FunctionScope, isAwaited } from "./function-scope.js";
import type { Path } from "./path.js";
import { property } from "./paths.js";
import type { Invocation } from "./spawns.js";

type AcquireEffect = Effect & { effect: "acquire" };
type SectionEffect = Effect & { effect: "section" };

/** How the result of an acquire is used, which decides who must release it. */
export type ResultUse =
  | { readonly kind: "none" }
  | { readonly kind: "resource" }
  | { readonly kind: "condition"; readonly id: string }
  | { readonly kind: "escapes" };

/** Appends what calls do to locks. */
export class LockLowering {
  readonly #scope: FunctionScope;

  constructor(scope: FunctionScope) {
    this.#scope = scope;
  }

  /** What is done with a call's result, by what surrounds it. */
  useOf(node: ts.CallExpression): ResultUse {
    let at: ts.Node = node;
    while (ts.isParenthesizedExpression(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
    const parent = at.parent;
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
      return { kind: "condition", id: conditionId(parent) };
    }
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return { kind: "none" };
    return { kind: "escapes" };
  }

  patience(effect: AcquireEffect, node: Invocation): Patience {
    if (effect.tries) return "try";
    const options = effect.options === undefined ? undefined : node.arguments?.[effect.options];
    if (!options) return "blocking";
    const literal = unwrap(options);
    if (!ts.isObjectLiteralExpression(literal)) return "timed";
    const blocking = property(literal, "blocking");
    if (blocking && unwrap(blocking).kind !== ts.SyntaxKind.TrueKeyword) return "try";
    return property(literal, "timeout") || property(literal, "signal") ? "timed" : "blocking";
  }

  acquire(effect: AcquireEffect, node: Invocation, use: ResultUse): void {
    if (use.kind === "escapes" && effect.gives === "guard") return; // Whoever gets the guard answers for it.
    // Locks that are taken together cannot be part of a ring.
    const patience = effect.all ? "timed" : this.patience(effect, node);
    const isPromised = effect.async === true && !isAwaited(node);
    for (const operand of this.#operands(effect, node)) {
      const type = operand && this.#scope.context.symbols.classOfType(this.#scope.context.symbols.typeOf(operand));
      this.#scope.graph.emit(
        {
          kind: "acquire",
          // When a promise that nobody awaits here gets its lock, and whether it has, cannot be told.
          lock: isPromised ? undefined : this.#scope.lockAt(operand),
          reentrant: type?.model.reentrant === true,
          reads: type?.model.reads === true,
          patience,
          async: effect.async === true,
          asyncForm: effect.asyncForm,
          by: use.kind === "resource" ? "scope" : "manual",
          condition: this.#conditionFor(effect, patience, use, node),
          site: this.#scope.site(node),
        },
        true,
      );
    }
  }

  /** The locks that a call takes. */
  locksOf(effect: AcquireEffect, node: Invocation): readonly (Path | undefined)[] {
    return this.#operands(effect, node).map((operand) => this.#scope.lockAt(operand));
  }

  #operands(effect: AcquireEffect, node: Invocation): readonly (ts.Expression | undefined)[] {
    const operand = this.#scope.context.handover.operand(effect.lock, node);
    if (!effect.all) return [operand];
    const list = operand && unwrap(operand);
    // Of a list that is not written down here it is not known which locks are in it.
    return list && ts.isArrayLiteralExpression(list) ? list.elements : [undefined];
  }

  /** Which condition tells whether the lock was got; undefined where it was got for certain. */
  #conditionFor(effect: AcquireEffect, patience: Patience, use: ResultUse, node: ts.Node): string | undefined {
    if (effect.gives === "guard" || patience === "blocking") return undefined;
    return use.kind === "condition" ? use.id : `acquired@${node.pos - this.#scope.owner.pos}`;
  }

  release(effect: Effect & { effect: "release" }, node: Invocation): void {
    const lock = this.#scope.lockOf(effect.lock, node);
    this.#scope.graph.emit({ kind: "release", lock, site: this.#scope.site(node) }, false);
  }

  dispose(node: Invocation): void {
    for (const lock of this.#guarded(node)) {
      this.#scope.graph.emit({ kind: "release", lock, site: this.#scope.site(node) }, false);
    }
  }

  /** The locks behind `guard.release()`: what the guard's variable was initialised with. */
  #guarded(node: Invocation): readonly (Path | undefined)[] {
    const receiver = this.#scope.context.handover.operand("this", node) ?? elementReceiver(node);
    const name = receiver && unwrap(receiver);
    if (!name || !ts.isIdentifier(name)) return [undefined];
    const declaration = this.#scope.context.symbols.symbolAt(name)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return [undefined];
    const made = awaited(declaration.initializer);
    const effect = ts.isCallExpression(made) ? this.#scope.effectOf(made) : undefined;
    if (!ts.isCallExpression(made) || effect?.effect !== "acquire") return [undefined];
    return this.locksOf(effect, made);
  }

  /** `lock.withLock(body)` */
  section(effect: SectionEffect, node: Invocation, body: () => void): void {
    const lock = this.#scope.lockOf(effect.lock, node);
    const site = this.#scope.site(node);
    const operand = this.#scope.context.handover.operand(effect.lock, node);
    const type = operand && this.#scope.context.symbols.classOfType(this.#scope.context.symbols.typeOf(operand));
    this.#scope.graph.emit(
      {
        kind: "acquire",
        lock,
        reentrant: type?.model.reentrant === true,
        reads: type?.model.reads === true,
        patience: effect.async && !isAwaited(node) ? "timed" : "blocking",
        async: effect.async === true,
        asyncForm: effect.asyncForm,
        by: "section",
        condition: undefined,
        site: operand ? this.#scope.site(operand) : site,
      },
      true,
    );
    this.#scope.graph.protecting(body, () => void this.#scope.graph.emit({ kind: "release", lock, site }, false), site);
  }
}

/** The condition that tells what a variable says. */
export function conditionId(declaration: ts.Declaration): string {
  return `is@${declarationId(declaration)}`;
}

/** `guard` in `guard[Symbol.dispose]()`. */
function elementReceiver(node: Invocation): ts.Expression | undefined {
  const callee = unwrap(node.expression);
  return ts.isElementAccessExpression(callee) ? callee.expression : undefined;
}
