import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { declarationId, enclosingFunction, siteOf, unwrap } from "./declarations.js";
import type { Patience } from "./events.js";
import { awaited, type FunctionScope, isAwaited } from "./function-scope.js";
import { replacedLock, staysInside } from "./lock-owner.js";
import { hasRemark, isEmptyFunction, isInFinally, nextStatement, ownStatement } from "./lock-place.js";
import { conditionId, type VariableLowering } from "./lower-variable.js";
import type { Path } from "./path.js";
import { property } from "./paths.js";
import type { Invocation } from "./spawns.js";

type AcquireEffect = Effect & { effect: "acquire" };
type SectionEffect = Effect & { effect: "section" };

/** What becomes of a call's result, which decides who must release a lock, and the condition that asks for it. */
export interface ResultUse {
  readonly kind: "dropped" | "resource" | "kept" | "escapes";
  readonly id: string;
}

/** Appends what calls do to locks. */
export class LockLowering {
  readonly #scope: FunctionScope;
  readonly #variables: VariableLowering;

  constructor(scope: FunctionScope, variables: VariableLowering) {
    this.#scope = scope;
    this.#variables = variables;
  }

  /** What is done with a call's result, by what surrounds it. */
  useOf(node: ts.CallExpression): ResultUse {
    const own = `result@${node.end - this.#scope.owner.pos}`;
    let at: ts.Node = node;
    while (ts.isParenthesizedExpression(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
    const parent = at.parent;
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
      return this.#kept(parent.name.text, parent);
    }
    if (ts.isBinaryExpression(parent) && isPlainAssignment(parent) && parent.right === at) {
      const variable = this.#variables.followed(parent.left);
      if (variable) return this.#kept(parent.left.getText(), variable);
    }
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return { kind: "dropped", id: own };
    return { kind: "escapes", id: own };
  }

  #kept(name: string, variable: ts.Declaration): ResultUse {
    this.#scope.keptResults.add(name);
    return { kind: "kept", id: conditionId(variable) };
  }

  /** `new Lock()` */
  made(node: ts.NewExpression, held: Path, shared: boolean): void {
    const lock = this.#scope.pathOf(node) ?? held;
    const site = this.#scope.site(node);
    const { symbols } = this.#scope.context;
    const replaced = replacedLock(node, symbols);
    const isOwn = !lock.root.startsWith("named:") && staysInside(node, symbols);
    const replaces = replaced && this.#scope.site(replaced);
    const named = ts.isVariableDeclaration(node.parent) ? this.#scope.pathOf(node.parent.name as ts.Expression) : lock;
    this.#scope.graph.emit({ kind: "lock-made", lock: named ?? lock, shared, isOwn, replaces, site }, false);
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

  /** Whether a call comes back only with its lock. */
  isBlocking(node: ts.CallExpression): boolean {
    const effect = this.#scope.effectOf(node);
    if (effect?.effect !== "acquire" || effect.gives !== "boolean") return false;
    return this.patience(effect, node) === "blocking";
  }

  acquire(effect: AcquireEffect, node: Invocation, use: ResultUse): void {
    // Locks that are taken together cannot be part of a ring.
    const patience = effect.all ? "timed" : this.patience(effect, node);
    const isReleaser = effect.gives === "releaser";
    const isGuard = effect.gives === "guard" || (isReleaser && use.kind === "kept");
    // A function that releases goes anywhere; what it gives back, and when, is known only where it is just called.
    const isLost = isReleaser && use.kind !== "dropped" && !(use.kind === "kept" && isOnlyCalled(node));
    const isPromised = effect.async === true && !isAwaited(node);
    const site = this.#scope.site(node);
    if (isGuard && use.kind === "kept") {
      this.#scope.graph.emit({ kind: "assign", condition: use.id, truth: undefined, root: undefined, site }, false);
    }
    const isDropped = use.kind === "dropped" || (use.kind === "kept" && isForgotten(node));
    for (const operand of this.#operands(effect, node)) {
      const type = operand && this.#scope.context.symbols.classOfType(this.#scope.context.symbols.typeOf(operand));
      this.#scope.graph.emit(
        {
          kind: "acquire",
          // When a promise that nobody awaits here gets its lock, and whether it has, cannot be told.
          lock: isPromised || isLost ? undefined : this.#scope.lockAt(operand),
          reentrant: type?.model.reentrant === true,
          reads: type?.model.reads === true,
          patience,
          async: effect.async === true,
          asyncForm: effect.asyncForm,
          by: use.kind === "resource" ? "scope" : use.kind === "escapes" && isGuard ? "handed" : "manual",
          condition: isGuard || patience === "blocking" ? undefined : use.id,
          guard: isGuard && use.kind !== "dropped" ? use.id : undefined,
          gives: isReleaser ? "nothing" : effect.gives,
          isDropped,
          isFloating: isPromised && isDropped,
          inFinally: isInFinally(node),
          field: this.#field(operand),
          madeByEach: this.#madeByEach(operand),
          isEmpty: patience === "blocking" && this.#isEmpty(node, use),
          isLeased: type?.model.leased === true,
          text: operand?.getText() ?? "lock",
          site,
        },
        true,
      );
    }
  }

  /** Which field of its object the lock is. */
  #field(operand: ts.Expression | undefined): string | undefined {
    const node = operand && unwrap(operand);
    if (!node || !ts.isPropertyAccessExpression(node)) return undefined;
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    return declaration && declarationId(declaration);
  }

  /** The `new` of a field of `this` that no other object shares. */
  #madeByEach(operand: ts.Expression | undefined): Site | undefined {
    const lock = operand && this.#scope.lockAt(operand);
    const node = operand && unwrap(operand);
    if (lock?.root !== "this" || lock.steps.length !== 1 || !node) return undefined;
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isPropertyDeclaration(declaration) || !declaration.initializer) return undefined;
    const made = unwrap(declaration.initializer);
    return ts.isNewExpression(made) ? siteOf(made) : undefined;
  }

  /** `lock.acquire(); lock.release();`, or a guard whose scope ends at once. */
  #isEmpty(node: Invocation, use: ResultUse): boolean {
    const statement = ownStatement(node);
    if (!statement || hasRemark(statement)) return false;
    const next = nextStatement(statement);
    if (next === "end") return use.kind === "resource";
    if (!next || use.kind !== "dropped" || !ts.isExpressionStatement(next)) return false;
    const call = unwrap(next.expression);
    if (!ts.isCallExpression(call) || this.#scope.effectOf(call)?.effect !== "release") return false;
    return receiverText(call) === receiverText(node);
  }

  /** Whether the code is the callback of another section. */
  #isInSection(node: ts.Node): boolean {
    const owner = enclosingFunction(node);
    const { parent } = owner;
    return parent && ts.isCallExpression(parent) ? this.#scope.effectOf(parent)?.effect === "section" : false;
  }

  #operands(effect: AcquireEffect, node: Invocation): readonly (ts.Expression | undefined)[] {
    const operand = this.#scope.context.handover.operand(effect.lock, node);
    if (!effect.all) return [operand];
    const list = operand && unwrap(operand);
    // Of a list that is not written down here it is not known which locks are in it.
    return list && ts.isArrayLiteralExpression(list) ? list.elements : [undefined];
  }

  release(effect: Effect & { effect: "release" }, node: Invocation): void {
    this.#release(this.#scope.lockOf(effect.lock, node), undefined, node);
  }

  dispose(node: Invocation): void {
    this.disposeOf(this.#scope.context.handover.operand("this", node) ?? elementReceiver(node), node);
  }

  /** Whether calling the name gives a lock back: it keeps what the acquire handed out for that. */
  releasesBy(callee: ts.Expression): boolean {
    const made = ts.isIdentifier(callee) ? this.#madeBy(callee) : undefined;
    const effect = made && this.#scope.effectOf(made);
    return effect?.effect === "acquire" && effect.gives === "releaser";
  }

  /** Gives back what the guard, or the function that releases, was made for. */
  disposeOf(receiver: ts.Expression | undefined, node: Invocation): void {
    const variable = receiver && this.#variables.followed(unwrap(receiver));
    const locks = this.#guarded(receiver);
    // Where the function has the guard it is known what for; else the variable's declaration tells.
    for (const lock of locks) this.#release(lock, variable && conditionId(variable), node);
  }

  #release(lock: Path | undefined, guard: string | undefined, node: ts.Node): void {
    this.#scope.graph.emit({ kind: "release", lock, guard, by: "call", site: this.#scope.site(node) }, false);
  }

  /** The locks behind `guard.release()`: what the guard's variable was initialised with. */
  #guarded(receiver: ts.Expression | undefined): readonly (Path | undefined)[] {
    const name = receiver && unwrap(receiver);
    const made = name && ts.isIdentifier(name) ? this.#madeBy(name) : undefined;
    const effect = made && this.#scope.effectOf(made);
    if (!made || effect?.effect !== "acquire") return [undefined];
    return this.#operands(effect, made).map((operand) => this.#scope.lockAt(operand));
  }

  /** The call whose result a variable was declared with. */
  #madeBy(name: ts.Identifier): ts.CallExpression | undefined {
    const declaration = this.#scope.context.symbols.symbolAt(name)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const made = awaited(declaration.initializer);
    return ts.isCallExpression(made) ? made : undefined;
  }

  /** `lock.withLock(body)` */
  section(effect: SectionEffect, node: Invocation, body: () => void): void {
    const site = this.#scope.site(node);
    const operand = this.#scope.context.handover.operand(effect.lock, node);
    const named = effect.named ? namedLock(this.#scope, operand, node) : undefined;
    const lock = effect.named ? named?.lock : this.#scope.lockAt(operand);
    const type = operand && this.#scope.context.symbols.classOfType(this.#scope.context.symbols.typeOf(operand));
    this.#scope.graph.emit(
      {
        kind: "acquire",
        lock,
        reentrant: type?.model.reentrant === true,
        reads: named ? named.reads : type?.model.reads === true,
        patience: effect.async && !isAwaited(node) ? "timed" : "blocking",
        async: effect.async === true,
        asyncForm: effect.asyncForm,
        by: "section",
        condition: undefined,
        guard: undefined,
        gives: "nothing",
        isDropped: false,
        isFloating: false,
        inFinally: isInFinally(node),
        field: this.#field(operand),
        madeByEach: this.#madeByEach(operand),
        isEmpty: isEmptyFunction(node.arguments?.at(effect.body)) && standsAlone(node) && !this.#isInSection(node),
        isLeased: type?.model.leased === true,
        text: operand?.getText() ?? "lock",
        site: operand ? this.#scope.site(operand) : site,
      },
      true,
    );
    const release = { kind: "release", lock, guard: undefined, by: "scope", site } as const;
    this.#scope.graph.protecting(body, () => void this.#scope.graph.emit(release, false), site);
  }
}

/** Whether the call is a statement, and no remark above it says why. */
function standsAlone(call: ts.Node): boolean {
  const statement = ownStatement(call);
  return statement !== undefined && !hasRemark(statement);
}

function receiverText(call: Invocation): string | undefined {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression.getText() : undefined;
}

/**
 * A lock that is asked for by its name, with options between name and callback. Undefined where nobody knows the name or
 * the options, or where they let it go without the lock.
 */
function namedLock(
  scope: FunctionScope,
  operand: ts.Expression | undefined,
  node: Invocation,
): { readonly lock: Path; readonly reads: boolean } | undefined {
  const text = operand && scope.context.constants.textOf(operand);
  const [, ...between] = node.arguments?.slice(0, -1) ?? [];
  const [options] = between;
  const literal = options && unwrap(options);
  if (text === undefined || (literal && !ts.isObjectLiteralExpression(literal))) return undefined;
  if (literal?.properties.some(({ name }) => name?.getText() !== "mode")) return undefined;
  const mode = literal && property(literal, "mode");
  const reads = mode !== undefined && scope.context.constants.textOf(mode) === "shared";
  return { lock: { root: `named:LockManager:${text}`, steps: [], text }, reads };
}

/** Whether the function around does nothing with the variable that keeps a result but test and call it. */
function isOnlyCalled(call: ts.Node): boolean {
  let at = call;
  while (ts.isParenthesizedExpression(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const { name } = parent;
  const owner = enclosingFunction(parent);
  const isHarmless = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node) && node.text === name.text && node !== name) {
      const isCall = ts.isCallExpression(node.parent) && node.parent.expression === node;
      return isCall && enclosingFunction(node) === owner;
    }
    return ts.forEachChild(node, (child) => !isHarmless(child) || undefined) === undefined;
  };
  return isHarmless(owner);
}

/** Whether the variable that keeps the result of an acquire is never spoken of again. */
function isForgotten(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
  const declaration = at.parent;
  if (!ts.isVariableDeclaration(declaration)) return false;
  const { name } = declaration;
  const statement = declaration.parent.parent;
  if (!ts.isIdentifier(name) || (ts.isVariableStatement(statement) && isExported(statement))) return false;
  // Somebody else's variable of the same name makes it count as used, which is the safe side.
  return !mentionsBeside(enclosingFunction(declaration), name);
}

function isExported(statement: ts.VariableStatement): boolean {
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function mentionsBeside(node: ts.Node, name: ts.Identifier): boolean {
  if (ts.isIdentifier(node)) return node !== name && node.text === name.text;
  return ts.forEachChild(node, (child) => mentionsBeside(child, name) || undefined) ?? false;
}

/** `guard` in `guard[Symbol.dispose]()`. */
function elementReceiver(node: Invocation): ts.Expression | undefined {
  const callee = unwrap(node.expression);
  return ts.isElementAccessExpression(callee) ? callee.expression : undefined;
}

function isPlainAssignment(node: ts.BinaryExpression): boolean {
  return node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}
