import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Effect, Side } from "./catalogue/index.js";
import type { CellReference } from "./cells.js";
import { declarationId, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import {
  type Access,
  type Argument,
  type Callee,
  type Capture,
  type Channel,
  ON_MAIN_THREAD,
  type Patience,
  type When,
} from "./events.js";
import type { Frontier, GraphBuilder } from "./graph.js";
import { extend, isFamily, type Path, pathKey, TURN } from "./path.js";
import { isAssignment, parameterRoot, property } from "./paths.js";
import type { Invocation } from "./spawns.js";
import type { FileContext } from "./vocabulary.js";

interface Target {
  readonly graph: GraphBuilder;
  readonly context: FileContext;
  readonly owner: FunctionNode | ts.SourceFile;
  readonly aliases: Map<string, Path>;
  readonly captures: Capture[];
}

/** Where control goes when a condition holds, and when it does not. */
export interface Branches {
  readonly yes: Frontier;
  readonly no: Frontier;
}

/** How the result of an acquire is used, which decides who must release it. */
type ResultUse =
  | { readonly kind: "none" }
  | { readonly kind: "resource" }
  | { readonly kind: "condition"; readonly id: string }
  | { readonly kind: "escapes" };

/** Appends what an expression does, in the order in which it happens. */
export class ExpressionLowering {
  readonly #graph: GraphBuilder;
  readonly #context: FileContext;
  readonly #owner: FunctionNode | ts.SourceFile;
  readonly #aliases: Map<string, Path>;
  readonly #captures: Capture[];
  readonly #file: ts.SourceFile;

  constructor(target: Target) {
    this.#graph = target.graph;
    this.#context = target.context;
    this.#owner = target.owner;
    this.#aliases = target.aliases;
    this.#captures = target.captures;
    this.#file = target.owner.getSourceFile();
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  visit(node: ts.Expression): void {
    this.#visitNode(node);
  }

  #visitNode(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node)) return this.#call(node, this.#useOf(node));
    if (ts.isNewExpression(node)) return this.#new(node);
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
    const effect = this.#effectOf(acquired);
    if (effect?.effect === "acquire" && effect.gives === "boolean" && this.#patience(effect, acquired) === "blocking") {
      // A blocking acquire that returns has the lock: the branch for `false` is never taken.
      const condition = conditionId(declaration);
      this.#graph.emit({ kind: "assume", condition, value: true, site: this.#site(node) }, false);
    }
  }

  /** The initializer of a `using` declaration; returns what gives the resource back, where it is a lock. */
  visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): (() => void) | undefined {
    const acquired = awaited(node);
    const effect = ts.isCallExpression(acquired) ? this.#effectOf(acquired) : undefined;
    if (!ts.isCallExpression(acquired) || effect?.effect !== "acquire" || effect.gives !== "guard") {
      this.visit(node);
      const owned = this.#pathOf(declaration.name as ts.Expression);
      // A pool that leaves its scope ends its tasks with it.
      return (
        owned && (() => void this.#graph.emit({ kind: "join", handle: owned, site: this.#site(declaration) }, false))
      );
    }
    const lock = this.#lockOf(effect.lock, acquired);
    this.#call(acquired, { kind: "resource" });
    if (acquired !== node) this.#graph.emit({ kind: "await", site: this.#site(node) }, true);
    return () => void this.#graph.emit({ kind: "release", lock, site: this.#site(declaration) }, false);
  }

  /** Lowers a condition; both branches know what it says about acquired locks. */
  condition(expression: ts.Expression): Branches {
    const node = unwrap(expression);
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const { yes, no } = this.condition(node.operand);
      return { yes: no, no: yes };
    }
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (operator === ts.SyntaxKind.AmpersandAmpersandToken || operator === ts.SyntaxKind.BarBarToken) {
        const left = this.condition(node.left);
        const isAnd = operator === ts.SyntaxKind.AmpersandAmpersandToken;
        this.#graph.frontier = isAnd ? left.yes : left.no;
        const right = this.condition(node.right);
        return isAnd
          ? { yes: right.yes, no: [...left.no, ...right.no] }
          : { yes: [...left.yes, ...right.yes], no: right.no };
      }
    }
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { yes: this.#graph.frontier, no: [] };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { yes: [], no: this.#graph.frontier };
    return this.#decided(node);
  }

  #decided(node: ts.Expression): Branches {
    const subject = awaited(node);
    const effect = ts.isCallExpression(subject) ? this.#effectOf(subject) : undefined;
    if (ts.isCallExpression(subject) && effect?.effect === "acquire" && effect.gives === "boolean") {
      const waits = this.#patience(effect, subject) === "blocking";
      const id = `acquired@${subject.pos - this.#owner.pos}`;
      this.#call(subject, waits ? { kind: "none" } : { kind: "condition", id });
      return waits ? { yes: this.#graph.frontier, no: [] } : this.#assume(id, node);
    }
    this.visit(node);
    const id = this.#constantId(node);
    if (id !== undefined) return this.#assume(id, node);
    return this.#chosen(node) ?? { yes: this.#graph.frontier, no: this.#graph.frontier };
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
    const by = this.#meetsHere(node.left) ? TURN : this.#pathOf(node.left);
    if (!by) return undefined;
    const rest = this.#graph.frontier;
    this.#graph.emit({ kind: "choice", by, value: value.getText(), site: this.#site(node) }, false);
    const one = this.#graph.frontier;
    return isEqual ? { yes: one, no: rest } : { yes: rest, no: one };
  }

  #meetsHere(node: ts.Expression): boolean {
    const call = awaited(node);
    return ts.isCallExpression(call) && this.#effectOf(call)?.effect === "meet";
  }

  #assume(condition: string, node: ts.Node): Branches {
    const entry = this.#graph.frontier;
    const branch = (value: boolean): Frontier => {
      this.#graph.frontier = entry;
      this.#graph.emit({ kind: "assume", condition, value, site: this.#site(node) }, false);
      return this.#graph.frontier;
    };
    return { yes: branch(true), no: branch(false) };
  }

  /** A name for a variable that has one value as long as the function runs. */
  #constantId(node: ts.Expression): string | undefined {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    const symbol = this.#context.symbols.symbolAt(node);
    if (this.#context.symbols.effect(symbol)?.effect === "on-main-thread") return ON_MAIN_THREAD;
    const declaration = symbol?.valueDeclaration;
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration)) {
      return this.#context.paths.isReassigned(declaration) ? undefined : conditionId(declaration);
    }
    return ts.isParameter(declaration) ? conditionId(declaration) : undefined;
  }

  #pathOf(node: ts.Expression | undefined): Path | undefined {
    return node && this.#context.paths.pathOf(node);
  }

  #effectOf(node: Invocation): Effect | undefined {
    const symbol = this.#context.symbols.symbolAt(unwrap(node.expression));
    if (ts.isNewExpression(node)) {
      const known = this.#context.symbols.classOf(symbol);
      return known && this.#context.symbols.constructorEffect(known.key);
    }
    return this.#context.symbols.effect(symbol);
  }

  /** The lock an operand names; a guard variable stands for the lock it guards. */
  #lockOf(operand: Parameters<FileContext["handover"]["operand"]>[0], node: Invocation): Path | undefined {
    const path = this.#pathOf(this.#context.handover.operand(operand, node));
    return path && !isFamily(path) ? path : undefined;
  }

  /** What is done with a call's result, by what surrounds it. */
  #useOf(node: ts.CallExpression): ResultUse {
    let at: ts.Node = node;
    while (ts.isParenthesizedExpression(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
    const parent = at.parent;
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
      return { kind: "condition", id: conditionId(parent) };
    }
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return { kind: "none" };
    return { kind: "escapes" };
  }

  #call(node: ts.CallExpression, use: ResultUse): void {
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee)) this.#visitNode(callee.expression);
    else if (!ts.isIdentifier(callee) && !isFunctionNode(callee)) this.#visitNode(callee);
    const skipped = ts.isOptionalChain(node) ? this.#graph.frontier : [];
    const effect = this.#effectOf(node);
    if (effect?.effect === "main") {
      const body = this.#context.handover.functionOf(node.arguments[effect.body]);
      if (body) this.#context.mains.add(declarationId(body));
      return;
    }
    for (const argument of node.arguments) this.#visitNode(argument);
    if (effect) this.#apply(effect, node, use);
    else this.#callUser(node, callee);
    this.#graph.frontier = [...this.#graph.frontier, ...skipped];
  }

  #apply(effect: Effect, node: Invocation, use: ResultUse): void {
    const { handover, cells } = this.#context;
    switch (effect.effect) {
      case "acquire":
        return this.#acquire(effect, node, use);
      case "release":
        this.#graph.emit({ kind: "release", lock: this.#lockOf(effect.lock, node), site: this.#site(node) }, false);
        return;
      case "dispose":
        this.#graph.emit({ kind: "release", lock: this.#guarded(node), site: this.#site(node) }, false);
        return;
      case "section":
        return this.#section(effect, node);
      case "access": {
        const object = handover.operand(effect.object, node);
        const index = effect.index === undefined ? undefined : node.arguments?.[effect.index];
        const reference = object && cells.ofObject(object, index);
        if (reference) this.#access(reference, effect.access, true, node);
        const on = object && this.#channel(object, index);
        const site = this.#site(node);
        if (effect.order !== "notifies") this.#graph.emit({ kind: "wait", on, site }, false);
        if (effect.order !== "waits") this.#graph.emit({ kind: "notify", on, site }, false);
        return;
      }
      case "wait":
      case "notify": {
        const object = handover.operand(effect.on, node);
        const index = effect.index === undefined ? undefined : node.arguments?.[effect.index];
        const on = object && this.#channel(object, index);
        this.#graph.emit({ kind: effect.effect, on, site: this.#site(node) }, true);
        return;
      }
      case "meet":
        this.#graph.emit({ kind: "meet", site: this.#site(node) }, true);
        return;
      case "send":
        this.#graph.emit({ kind: "notify", on: messages(effect.to), site: this.#site(node) }, true);
        return;
      case "spawn":
        return this.#spawn(effect, node);
      case "start":
      case "join": {
        const handle = this.#pathOf(handover.operand(effect.thread, node));
        if (effect.effect === "join") {
          const mayGiveUp = effect.options !== undefined && node.arguments?.[effect.options] !== undefined;
          if (!mayGiveUp) this.#graph.emit({ kind: "join", handle, site: this.#site(node) }, true);
        } else if (handle) this.#graph.emit({ kind: "start", handle, site: this.#site(node) }, true);
        return;
      }
      case "invoke":
        if (!effect.many) return this.#invoke(effect.body, effect.when, node, effect.sentTo && messages(effect.sentTo));
        return this.#graph.repeating(this.#site(node), () => this.#invoke(effect.body, effect.when, node));
      default:
        return;
    }
  }

  /** Words of one array are channels of their own, where the index says which. */
  #channel(object: ts.Expression, index: ts.Expression | undefined): Channel {
    const path = this.#pathOf(object);
    const cell = index && this.#context.cells.cellAt(index);
    return cell?.kind === "index" ? path && extend(path, String(cell.index), path.text) : path;
  }

  #patience(effect: Effect & { effect: "acquire" }, node: Invocation): Patience {
    if (effect.tries) return "try";
    const options = effect.options === undefined ? undefined : node.arguments?.[effect.options];
    if (!options) return "blocking";
    const literal = unwrap(options);
    if (!ts.isObjectLiteralExpression(literal)) return "timed";
    const blocking = property(literal, "blocking");
    if (blocking && unwrap(blocking).kind !== ts.SyntaxKind.TrueKeyword) return "try";
    return property(literal, "timeout") || property(literal, "signal") ? "timed" : "blocking";
  }

  #acquire(effect: Effect & { effect: "acquire" }, node: Invocation, use: ResultUse): void {
    if (use.kind === "escapes" && effect.gives === "guard") return; // Whoever gets the guard answers for it.
    const patience = this.#patience(effect, node);
    const isPromised = effect.async === true && !isAwaited(node);
    const operand = this.#context.handover.operand(effect.lock, node);
    const type = operand && this.#context.symbols.classOfType(this.#context.symbols.typeOf(operand));
    this.#graph.emit(
      {
        kind: "acquire",
        // When a promise that nobody awaits here gets its lock, and whether it has, cannot be told.
        lock: isPromised ? undefined : this.#lockOf(effect.lock, node),
        reentrant: type?.model.reentrant === true,
        patience,
        async: effect.async === true,
        by: use.kind === "resource" ? "scope" : "manual",
        condition: this.#conditionFor(effect, patience, use, node),
        site: this.#site(node),
      },
      true,
    );
  }

  /** Which condition tells whether the lock was got; undefined where it was got for certain. */
  #conditionFor(
    effect: Effect & { effect: "acquire" },
    patience: Patience,
    use: ResultUse,
    node: ts.Node,
  ): string | undefined {
    if (effect.gives === "guard" || patience === "blocking") return undefined;
    return use.kind === "condition" ? use.id : `acquired@${node.pos - this.#owner.pos}`;
  }

  /** The lock behind `guard.release()`: what the guard's variable was initialised with. */
  #guarded(node: Invocation): Path | undefined {
    const receiver = this.#context.handover.operand("this", node) ?? elementReceiver(node);
    const name = receiver && unwrap(receiver);
    if (!name || !ts.isIdentifier(name)) return undefined;
    const declaration = this.#context.symbols.symbolAt(name)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const made = awaited(declaration.initializer);
    const effect = ts.isCallExpression(made) ? this.#effectOf(made) : undefined;
    if (!ts.isCallExpression(made) || effect?.effect !== "acquire") return undefined;
    return this.#lockOf(effect.lock, made);
  }

  #section(effect: Effect & { effect: "section" }, node: Invocation): void {
    const lock = this.#lockOf(effect.lock, node);
    const site = this.#site(node);
    const operand = this.#context.handover.operand(effect.lock, node);
    const type = operand && this.#context.symbols.classOfType(this.#context.symbols.typeOf(operand));
    this.#graph.emit(
      {
        kind: "acquire",
        lock,
        reentrant: type?.model.reentrant === true,
        patience: effect.async && !isAwaited(node) ? "timed" : "blocking",
        async: effect.async === true,
        by: "section",
        condition: undefined,
        site: operand ? this.#site(operand) : site,
      },
      true,
    );
    this.#graph.protecting(
      () => this.#invoke(effect.body, "now", node),
      () => void this.#graph.emit({ kind: "release", lock, site }, false),
      site,
    );
  }

  #invoke(argument: number, when: "now" | "later", node: Invocation, after?: Channel): void {
    const body = node.arguments?.[argument];
    const callee = body && this.#calleeOf(body);
    if (!callee) return;
    const receiver = this.#context.handover.operand("this", node);
    const collection = receiver && this.#pathOf(receiver);
    const element = collection && extend(collection, "*", collection.text);
    const args: Argument[] = element
      ? [{ path: element, crosses: "unknown", callback: undefined, each: true, members: undefined }]
      : [];
    this.#emitCall(callee, { root: "this", steps: [], text: "this" }, args, when, node, after);
  }

  #calleeOf(expression: ts.Expression): Callee | undefined {
    const made = this.#context.handover.functionOf(expression);
    if (made) return { kind: "function", id: declarationId(made) };
    const node = unwrap(expression);
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.#context.symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return undefined;
    const owner = declaration.parent;
    return { kind: "parameter", root: parameterRoot(owner, owner.parameters.indexOf(declaration)) };
  }

  #callUser(node: ts.CallExpression, calleeExpression: ts.Expression): void {
    const { handover } = this.#context;
    const callee = this.#calleeOf(calleeExpression);
    if (callee) {
      const args = node.arguments.map((argument) => handover.argument(argument, false));
      const receiver = ts.isPropertyAccessExpression(calleeExpression)
        ? this.#pathOf(calleeExpression.expression)
        : ({ root: "this", steps: [], text: "this" } as const);
      this.#emitCall(callee, receiver, args, "now", node);
      return;
    }
    this.#emitCall({ kind: "unknown" }, undefined, [], "now", node);
    // A function given to code the engine cannot see runs at some time on this thread, under locks nobody knows.
    for (const argument of node.arguments) {
      const given = handover.functionOf(argument);
      if (given) this.#emitCall({ kind: "function", id: declarationId(given) }, undefined, [], "unknown", node);
    }
  }

  #emitCall(
    callee: Callee,
    receiver: Path | undefined,
    args: readonly Argument[],
    when: When,
    node: ts.Node,
    after?: Channel,
  ): void {
    this.#graph.emit(
      { kind: "call", callee, receiver, args, when, after, awaited: isAwaited(node), site: this.#site(node) },
      when === "now",
    );
  }

  #new(node: ts.NewExpression): void {
    for (const argument of node.arguments ?? []) this.#visitNode(argument);
    const { symbols, paths, handover } = this.#context;
    const symbol = symbols.symbolAt(unwrap(node.expression));
    const effect = this.#effectOf(node) ?? this.#newByType(node);
    const self = handover.handleOf(node) ?? { root: `new:${declarationId(node)}`, steps: [], text: "object" };
    for (const [field, index] of paths.storedArguments(symbol)) {
      const given = this.#pathOf(node.arguments?.[index]);
      const stored = extend(self, field, `${self.text}.${field}`);
      if (given && stored) this.#aliases.set(pathKey(stored), given);
    }
    const maker = symbols.constructorOf(symbol);
    if (maker) {
      const args = (node.arguments ?? []).map((argument) => handover.argument(argument, false));
      this.#emitCall({ kind: "function", id: declarationId(maker) }, self, args, "now", node);
    }
    if (effect?.effect === "spawn") this.#spawn(effect, node);
    else if (effect) this.#apply(effect, node, { kind: "none" });
    else if (!maker) this.#emitCall({ kind: "unknown" }, undefined, [], "now", node);
  }

  /** `new Promise(executor)`: the class is a variable whose type declares how it is made. */
  #newByType(node: ts.NewExpression): Effect | undefined {
    const type = this.#context.symbols.typeOf(node.expression).symbol;
    const key = type && this.#context.symbols.key(type);
    return key === undefined ? undefined : this.#context.symbols.constructorEffect(key);
  }

  #spawn(effect: Effect & { effect: "spawn" }, node: Invocation): void {
    const { handover, symbols } = this.#context;
    const given = handover.operand(effect.target, node);
    const handle = handover.handleOf(node) ?? { root: `new:${declarationId(node)}`, steps: [], text: effect.noun };
    let target = handover.target(given, effect.module === true);
    if (target.kind === "unknown" && effect.method !== undefined && ts.isNewExpression(node)) {
      const symbol = symbols.symbolAt(unwrap(node.expression));
      const method = symbols.methodOf(symbol, effect.method);
      if (method && symbol)
        target = { kind: "function", id: declarationId(method), name: `${symbol.name}.${effect.method}` };
    }
    if (effect.noun !== "worker") this.#captures.push(...handover.captures(given, effect.noun));
    const args = effect.args === undefined ? undefined : handover.operand(effect.args, node);
    const data = effect.data === undefined ? undefined : handover.operand(effect.data, node);
    const members = args && handover.argument(args, true).members;
    this.#graph.emit(
      {
        kind: "spawn",
        id: `${declarationId(node)}`,
        target,
        args: members ? [...members.values()] : [],
        data: data && handover.argument(data, true),
        handle,
        owner: effect.owner && this.#pathOf(handover.operand(effect.owner, node)),
        startsNow: effect.startsNow,
        joinedNow: effect.joinedNow === true,
        many: effect.many === true,
        repeats: this.#repeats(node),
        joinable: effect.joinable,
        noun: effect.noun,
        site: this.#site(node),
      },
      true,
    );
  }

  /** Whether the function, called once, comes by here more than once, or is itself called for every element. */
  #repeats(node: ts.Node): boolean {
    for (let at = node.parent; at && at !== this.#owner; at = at.parent) {
      if (ts.isIterationStatement(at, false)) return true;
    }
    const call = this.#owner.parent;
    if (!call || !ts.isCallExpression(call)) return false;
    return this.#effectOf(call)?.effect === "invoke";
  }

  #await(node: ts.AwaitExpression): void {
    this.#visitNode(node.expression);
    const site = this.#site(node);
    this.#graph.emit({ kind: "await", site }, true);
    const handle = this.#pathOf(node.expression);
    if (handle) this.#graph.emit({ kind: "join", handle, site }, false);
  }

  #yield(node: ts.YieldExpression): void {
    if (node.expression) this.#visitNode(node.expression);
    this.#graph.emit({ kind: "await", site: this.#site(node) }, true);
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
      const skipped = this.#graph.frontier;
      this.#visitNode(node.right);
      this.#graph.frontier = [...skipped, ...this.#graph.frontier];
      return;
    }
    const { yes, no } = this.condition(node);
    this.#graph.frontier = [...yes, ...no];
  }

  #conditional(node: ts.ConditionalExpression): void {
    const { yes, no } = this.condition(node.condition);
    this.#graph.frontier = yes;
    this.#visitNode(node.whenTrue);
    const after = this.#graph.frontier;
    this.#graph.frontier = no;
    this.#visitNode(node.whenFalse);
    this.#graph.frontier = [...after, ...this.#graph.frontier];
  }

  #assignment(node: ts.BinaryExpression): void {
    const target = unwrap(node.left);
    const reference = this.#context.cells.referenceOf(target);
    this.#visitParts(target);
    const plain = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (!reference) {
      if (!ts.isIdentifier(target) && !ts.isPropertyAccessExpression(target)) this.#visitNode(target);
      this.#visitNode(node.right);
      return;
    }
    this.#visitNode(node.right);
    const access = plain && !mentions(node.right, target) ? "write" : "update";
    this.#access(reference, access, false, node);
  }

  #unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): void {
    const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    const target = unwrap(node.operand);
    const reference = steps ? this.#context.cells.referenceOf(target) : undefined;
    if (!reference) return this.#visitNode(node.operand);
    this.#visitParts(target);
    this.#access(reference, "update", false, node);
  }

  #read(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    this.#visitParts(node);
    const reference = this.#context.cells.referenceOf(node);
    if (reference) this.#access(reference, "read", false, node);
  }

  /** What must be evaluated before a member is read or written. */
  #visitParts(node: ts.Expression): void {
    if (ts.isPropertyAccessExpression(node)) this.#visitNode(node.expression);
    else if (ts.isElementAccessExpression(node)) {
      this.#visitNode(node.expression);
      this.#visitNode(node.argumentExpression);
    }
  }

  #access(reference: CellReference, access: Access["access"], atomic: boolean, node: ts.Node): void {
    this.#graph.emit({ kind: "access", ...reference, access, atomic, site: this.#site(node) }, false);
  }
}

/** The messages that are sent to one side of the channel between a worker and its maker. */
function messages(to: Side): Path {
  return { root: `named:messages:${to}`, steps: [], text: "messages" };
}

function conditionId(declaration: ts.Declaration): string {
  return `is@${declarationId(declaration)}`;
}

function isKeywordValue(node: ts.Node): boolean {
  const { kind } = node;
  return (
    kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword || kind === ts.SyntaxKind.NullKeyword
  );
}

/** Whether a promise is awaited on the spot, or handed to the caller who may. */
function isAwaited(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  return (
    ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === at)
  );
}

/** What stands behind parentheses and `await`. */
function awaited(node: ts.Expression): ts.Expression {
  const at = unwrap(node);
  return ts.isAwaitExpression(at) ? awaited(at.expression) : at;
}

/** `guard` in `guard[Symbol.dispose]()`. */
function elementReceiver(node: Invocation): ts.Expression | undefined {
  const callee = unwrap(node.expression);
  return ts.isElementAccessExpression(callee) ? callee.expression : undefined;
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
