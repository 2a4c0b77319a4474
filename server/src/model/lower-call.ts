import { ts } from "../source/syntax.js";
import { briefLocalAt } from "./brief-locals.js";
import type { Effect, Hearing } from "./catalogue/index.js";
import { countAt, countOf } from "./counts.js";
import { declarationId, isFunctionNode, unwrap } from "./declarations.js";
import { type Argument, type Callee, type Channel, type Operate, type Pause, UNKNOWN, type When } from "./events.js";
import { type FunctionScope, isAwaited } from "./function-scope.js";
import type { Frontier } from "./graph.js";
import { keptIn } from "./kept-functions.js";
import type { GuardedLowering } from "./lower-guarded.js";
import { outsideCall } from "./lower-lease.js";
import { LockLowering, type ResultUse } from "./lower-lock.js";
import { lowerSpawn } from "./lower-spawn.js";
import type { TestLowering } from "./lower-test.js";
import type { VariableLowering } from "./lower-variable.js";
import { messageFaultsAt } from "./message-faults.js";
import { END, extend, isFamily, messagesTo, type Path, pathKey } from "./path.js";
import { parameterRoot } from "./paths.js";
import { lostClasses } from "./received.js";
import type { Invocation } from "./spawns.js";
import { ValueFlow } from "./value-flow.js";

/** When a function is called that was given to another one, and what becomes of what it returns. */
interface Occasion {
  readonly after?: Channel;
  readonly serves?: boolean;
  readonly result?: string;
}

/** Appends what calls do: those that the catalogue knows, and those of the program's own functions. */
export class CallLowering {
  readonly locks: LockLowering;
  readonly #scope: FunctionScope;
  readonly #guarded: GuardedLowering;
  readonly #tests: TestLowering;
  readonly #flow: ValueFlow;
  readonly #visit: (node: ts.Node) => void;

  constructor(
    scope: FunctionScope,
    variables: VariableLowering,
    tests: TestLowering,
    guarded: GuardedLowering,
    visit: (node: ts.Node) => void,
  ) {
    this.#scope = scope;
    this.#guarded = guarded;
    this.#tests = tests;
    this.#visit = visit;
    this.#flow = new ValueFlow(scope);
    this.locks = new LockLowering(scope, variables);
  }

  call(node: ts.CallExpression, use: ResultUse): void {
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee)) this.#visit(callee.expression);
    else if (!ts.isIdentifier(callee) && !isFunctionNode(callee)) this.#visit(callee);
    const skipped = this.#skips(node);
    const effect = this.#scope.effectOf(node);
    if (effect?.effect === "main") {
      const body = this.#scope.context.handover.functionOf(node.arguments[effect.body]);
      if (body) this.#scope.context.mains.add(declarationId(body));
      return;
    }
    for (const argument of node.arguments) this.#visit(argument);
    this.#message(node);
    this.#guarded.called(node, callee);
    if (effect?.effect === "outside") this.#reachOut(effect, node, use);
    else if (effect && effect.effect !== "plain") this.#apply(effect, node, use);
    else if (!effect && this.locks.releasesBy(callee)) this.locks.disposeOf(callee, node);
    else this.#callUser(node, callee, use, effect === undefined && !this.#isUnresolved(callee));
    this.#scope.graph.frontier = [...this.#scope.graph.frontier, ...skipped];
  }

  /** Besides what it does outside, it is a call like others: nobody knows what becomes of its arguments. */
  #reachOut(effect: Effect & { effect: "outside" }, node: ts.CallExpression, use: ResultUse): void {
    this.#callUser(node, unwrap(node.expression), use, true);
    const outside = outsideCall(effect, node, this.#scope);
    if (outside) this.#scope.graph.emit(outside, false);
  }

  #message(node: Invocation): void {
    for (const fault of messageFaultsAt(node, this.#scope)) this.#scope.graph.emit(fault, false);
    for (const lost of lostClasses(node, this.#scope)) this.#scope.graph.emit(lost, false);
  }

  /** Where declarations are missing, every call would be one that may throw: `console.log` without Node's types, say. */
  #isUnresolved(callee: ts.Expression): boolean {
    const node = unwrap(callee);
    const isNamed = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
    return isNamed && this.#scope.context.symbols.symbolAt(node) === undefined;
  }

  /** `lock?.acquire()`: the ways past the call, where there is nothing to call. */
  #skips(node: ts.CallExpression): Frontier {
    if (!ts.isOptionalChain(node)) return [];
    const { graph } = this.#scope;
    const asked = optionalPart(node);
    const ways = asked && this.#tests.split(asked);
    if (!ways) return graph.frontier;
    graph.frontier = ways.yes;
    return ways.no;
  }

  #apply(effect: Effect, node: Invocation, use: ResultUse): void {
    const { handover, cells, symbols } = this.#scope.context;
    switch (effect.effect) {
      case "acquire":
        return this.locks.acquire(effect, node, use);
      case "release":
        return this.locks.release(effect, node);
      case "dispose":
        return this.locks.dispose(node);
      case "section":
        return this.locks.section(effect, node, () => this.#invoke(effect.body, "now", node));
      case "access": {
        const object = handover.operand(effect.object, node);
        const index = effect.index === undefined ? undefined : node.arguments?.[effect.index];
        const reference = object && cells.ofObject(object, index);
        const inSteps =
          reference !== undefined &&
          effect.access === "write" &&
          ts.isCallExpression(node) &&
          (reference.holder.kind === "container"
            ? this.#flow.restsOnLook(node, object!, index)
            : this.#flow.isStoredBack(node, object!, index));
        const access = inSteps ? "update" : effect.access;
        if (reference) this.#scope.access(reference, { access, atomic: true, inSteps }, node);
        const on = object && this.#channel(object, index);
        const site = this.#scope.site(node);
        const counts = on && countAt(node, effect);
        if (counts) this.#scope.graph.emit({ kind: "count", does: counts, of: "number", on, site }, false);
        if (effect.order && effect.order !== "notifies" && this.#flow.decides(node))
          this.#scope.graph.emit({ kind: "wait", on, pause: undefined, site }, false);
        if (effect.order && effect.order !== "waits") this.#tell(on, false, false, node);
        if (effect.operation) this.#operate(effect.operation, node, on, effect.stores);
        return;
      }
      case "wait":
      case "notify": {
        const object = handover.operand(effect.on, node);
        const index = effect.index === undefined ? undefined : node.arguments?.[effect.index];
        const on = object && this.#channel(object, index);
        const site = this.#scope.site(node);
        if (effect.effect === "wait" && effect.body !== undefined) this.#invoke(effect.body, "now", node);
        if (effect.operation) this.#operate(effect.operation, node, on, undefined);
        const counts = on && countOf(effect);
        if (counts) this.#scope.graph.emit({ kind: "count", does: counts, of: "items", on, site }, false);
        if (effect.effect === "notify") {
          const one = effect.one === true && (node.arguments?.length ?? 0) === 0;
          this.#tell(on, true, effect.underLock === true, node, one);
        } else this.#scope.graph.emit({ kind: "wait", on, pause: pauseOf(effect, node), site }, true);
        if (effect.permits && on) this.#permit(effect, on, node, use);
        return;
      }
      case "meet":
        this.#scope.graph.emit({ kind: "meet", at: this.#place(node), site: this.#scope.site(node) }, true);
        return;
      case "meeting": {
        const parties = node.arguments?.[effect.parties];
        const count = parties && this.#scope.context.constants.numberOf(parties);
        const at = ts.isVariableDeclaration(node.parent)
          ? this.#scope.pathOf(node.parent.name as ts.Identifier)
          : undefined;
        const site = this.#scope.site(node);
        if (at && count !== undefined) this.#scope.graph.emit({ kind: "meeting", at, parties: count, site }, true);
        return;
      }
      case "send":
        this.#tell(messagesTo(effect.to), true, false, node);
        return;
      case "spawn": {
        // What runs in another process has nothing in common with what runs here.
        const owner = effect.owner && handover.operand(effect.owner, node);
        if (owner && symbols.runsProcesses(owner)) return;
        return lowerSpawn(this.#scope, effect, node);
      }
      case "start":
      case "join": {
        const handle = this.#scope.pathOf(handover.operand(effect.thread, node));
        if (effect.effect === "join") {
          const mayGiveUp = effect.options !== undefined && node.arguments?.[effect.options] !== undefined;
          const stops = effect.async !== true;
          if (!mayGiveUp)
            this.#scope.graph.emit({ kind: "join", handle, of: "thread", stops, site: this.#scope.site(node) }, true);
        } else if (handle) this.#scope.graph.emit({ kind: "start", handle, site: this.#scope.site(node) }, true);
        return;
      }
      case "invoke":
        if (!effect.many) {
          const after = effect.hears && this.#listen(effect.hears, handover.operand("this", node), node);
          return this.#invoke(effect.body, effect.when, node, { after, serves: effect.serves === true });
        }
        return this.#scope.graph.repeating(this.#scope.site(node), () => this.#invoke(effect.body, effect.when, node));
      case "hear":
        this.#hear(effect, node);
        return;
      case "keep":
        return this.#keep(effect.value, node);
      default:
        return;
    }
  }

  #permit(effect: Effect & { effect: "wait" | "notify" }, of: Path, node: Invocation, use: ResultUse): void {
    const site = this.#scope.site(node);
    const isGiven = effect.effect === "notify";
    const isPromised = !isGiven && effect.async === true && !isAwaited(node);
    // How many are given back, or when one is got, is known only where the call says so.
    if ((isGiven && (node.arguments?.length ?? 0) > 0) || isPromised || isFamily(of)) return;
    const options = isGiven || effect.options === undefined ? undefined : node.arguments?.[effect.options];
    const mayFail = !isGiven && (effect.tries === true || options !== undefined);
    const condition = mayFail ? use.id : undefined;
    const does = isGiven ? "give" : "take";
    this.#scope.graph.emit({ kind: "permit", does, of, condition, isTried: isTried(node), site }, false);
  }

  #place(node: Invocation): Path | undefined {
    return this.#scope.pathOf(this.#scope.context.handover.operand("this", node));
  }

  #tell(on: Channel, wakes: boolean, underLock: boolean, node: ts.Node, one = false): void {
    this.#scope.graph.emit({ kind: "notify", on, wakes, one, underLock, site: this.#scope.site(node) }, wakes);
  }

  /** What an operation of `Atomics` asks of its array. */
  #operate(operation: Operate["operation"], node: Invocation, on: Channel, stores: number | undefined): void {
    const [array, index] = node.arguments ?? [];
    if (!array || !index) return;
    const { views, constants } = this.#scope.context;
    const stored = stores === undefined ? undefined : node.arguments?.[stores];
    const { parent } = node;
    this.#scope.graph.emit(
      {
        kind: "operate",
        operation,
        name: node.expression.getText(),
        view: views.shapeOf(array),
        text: array.getText(),
        array: this.#scope.site(array),
        on,
        index: constants.numberOf(index),
        usesResult: !ts.isExpressionStatement(parent) && !ts.isVoidExpression(parent),
        storesConstant: stored !== undefined && (isLiteral(stored) || constants.numberOf(stored) !== undefined),
        site: this.#scope.site(node),
      },
      false,
    );
  }

  /** What the event tells that the call names, if another thread brings it about. */
  #listen({ event, told }: Hearing, from: ts.Expression | undefined, node: Invocation): Channel {
    const name = node.arguments?.[event];
    const what = name && ts.isStringLiteralLike(name) ? told[name.text] : undefined;
    if (!what) return undefined;
    const on = what === "end" ? END : messagesTo(what);
    const thread = this.#scope.pathOf(from);
    this.#scope.graph.emit({ kind: "listen", on, from: thread, site: this.#scope.site(node) }, false);
    return on;
  }

  /** `once(worker, "exit")`: other emitters tell nothing of threads. */
  #hear(effect: Effect & { effect: "hear" }, node: Invocation): void {
    const { symbols, handover } = this.#scope.context;
    const from = handover.operand(effect.from, node);
    const isThread = from && symbols.classOfType(symbols.typeOf(from))?.model.kind === "thread";
    if (isThread) this.#listen(effect.hears, from, node);
  }

  #keep(value: number, node: Invocation): void {
    const handle = this.#scope.pathOf(node.arguments?.[value]);
    const collection = handle && this.#scope.pathOf(this.#scope.context.handover.operand("this", node));
    const at = collection && extend(collection, "*", collection.text);
    if (handle && at) this.#scope.graph.emit({ kind: "keep", handle, at, site: this.#scope.site(node) }, false);
  }

  /** Words of one array are channels of their own, where the index says which. */
  #channel(object: ts.Expression, index: ts.Expression | undefined): Channel {
    const path = this.#scope.pathOf(object);
    const cell = index && this.#scope.context.cells.cellAt(index);
    return cell?.kind === "index" ? path && extend(path, String(cell.index), path.text) : path;
  }

  #invoke(argument: number, when: "now" | "later", node: Invocation, how: Occasion = {}): void {
    const body = node.arguments?.at(argument);
    const callee = body && this.#calleeOf(body);
    if (!callee) return;
    const receiver = this.#scope.context.handover.operand("this", node);
    const collection = receiver && this.#scope.pathOf(receiver);
    const element = collection && extend(collection, "*", collection.text);
    const args: Argument[] = element ? [{ ...UNKNOWN, path: element, each: true }] : [];
    this.#emitCall(callee, { root: "this", steps: [], text: "this" }, args, when, node, how);
  }

  #calleeOf(expression: ts.Expression): Callee | undefined {
    const made = this.#scope.context.handover.functionOf(expression);
    if (made) return { kind: "function", id: declarationId(made) };
    const node = unwrap(expression);
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    const collection = declaration && keptIn(declaration, this.#scope);
    if (collection) return { kind: "kept", collection };
    if (!declaration || !ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return undefined;
    const owner = declaration.parent;
    return { kind: "parameter", root: parameterRoot(owner, owner.parameters.indexOf(declaration)) };
  }

  #callUser(node: ts.CallExpression, calleeExpression: ts.Expression, use: ResultUse, mayThrow: boolean): void {
    const { handover } = this.#scope.context;
    const callee = this.#calleeOf(calleeExpression);
    if (callee) {
      const args = node.arguments.map((argument) => handover.argument(argument, false));
      const receiver = ts.isPropertyAccessExpression(calleeExpression)
        ? this.#scope.pathOf(calleeExpression.expression)
        : ({ root: "this", steps: [], text: "this" } as const);
      this.#emitCall(callee, receiver, args, "now", node, { result: use.id });
      return;
    }
    if (mayThrow) this.#emitCall({ kind: "unknown" }, undefined, [], "now", node);
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
    { after, serves = false, result }: Occasion = {},
  ): void {
    const site = this.#scope.site(node);
    const awaited = isAwaited(node);
    const call = { kind: "call", callee, receiver, args, when, serves, after, awaited, result, site } as const;
    this.#scope.graph.emit(call, when === "now");
  }

  /** `new C(…)` */
  construct(node: ts.NewExpression): void {
    for (const argument of node.arguments ?? []) this.#visit(argument);
    this.#message(node);
    const { symbols, paths, handover } = this.#scope.context;
    const symbol = symbols.symbolAt(unwrap(node.expression));
    const known = symbols.classOf(symbol);
    const effect = this.#scope.effectOf(node) ?? this.#newByType(node);
    const self = handover.handleOf(node) ?? { root: `new:${declarationId(node)}`, steps: [], text: "object" };
    for (const [field, index] of paths.storedArguments(symbol)) {
      const given = this.#scope.pathOf(node.arguments?.[index]);
      const stored = extend(self, field, `${self.text}.${field}`);
      if (given && stored) this.#scope.aliases.set(pathKey(stored), given);
    }
    if (known?.model.kind === "lock") this.locks.made(node, self, known.model.shared);
    const maker = symbols.constructorOf(symbol);
    if (maker) {
      const args = (node.arguments ?? []).map((argument) => handover.argument(argument, false));
      this.#emitCall({ kind: "function", id: declarationId(maker) }, self, args, "now", node);
    }
    if (effect?.effect === "spawn") lowerSpawn(this.#scope, effect, node);
    else if (effect?.effect === "thread-local") {
      const local = briefLocalAt(node, this.#scope);
      if (local) this.#scope.graph.emit(local, false);
    } else if (effect?.effect === "crew") {
      this.#scope.graph.emit({ kind: "crew", text: self.text, site: this.#scope.site(node) }, true);
    } else if (effect) this.#apply(effect, node, { kind: "dropped", id: "" });
    else if (this.#isView(node, symbol)) this.#makeView(node);
    else if (!maker) this.#emitCall({ kind: "unknown" }, undefined, [], "now", node);
  }

  #isView(node: ts.NewExpression, symbol: ts.Symbol | undefined): boolean {
    const { symbols } = this.#scope.context;
    const known = symbols.isMadeOf(symbol) ? symbols.classOf(symbol) : symbols.classOfType(symbols.typeOf(node));
    return known?.model.kind === "view" && known.key.startsWith("global/");
  }

  #makeView(node: ts.NewExpression): void {
    const shape = this.#scope.context.views.shapeOf(node);
    const offset = node.arguments?.[1];
    if (!shape) return;
    const at = offset && this.#scope.site(offset);
    this.#scope.graph.emit({ kind: "view-made", shape, offset: at, site: this.#scope.site(node) }, true);
  }

  /** `new Promise(executor)`: the class is a variable whose type declares how it is made. */
  #newByType(node: ts.NewExpression): Effect | undefined {
    const type = this.#scope.context.symbols.typeOf(node.expression).symbol;
    const key = type && this.#scope.context.symbols.key(type);
    return key === undefined ? undefined : this.#scope.context.symbols.constructorEffect(key);
  }
}

/** What stands before `?.`: without it nothing behind is evaluated. */
function optionalPart(node: ts.CallExpression): ts.Expression | undefined {
  if (node.questionDotToken) return node.expression;
  let at: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at)) {
    if (at.questionDotToken) return at.expression;
    at = at.expression;
  }
  return undefined;
}

function pauseOf(effect: Effect & { effect: "wait" }, node: Invocation): Pause | undefined {
  if (!effect.pauses) return undefined;
  const timed = effect.options !== undefined && node.arguments?.[effect.options] !== undefined;
  return {
    stops: effect.pauses === "thread",
    timed,
    inVain: effect.inVain === true,
    underLock: effect.underLock === true,
  };
}

/** A value that is written down: `1`, `-1`, `1n`. */
function isLiteral(node: ts.Expression): boolean {
  const at = unwrap(node);
  return ts.isLiteralExpression(at) || (ts.isPrefixUnaryExpression(at) && isLiteral(at.operand));
}

/** Whether somebody tries whether the call throws, and does nothing else. */
function isTried(call: Invocation): boolean {
  const block = ts.isExpressionStatement(call.parent) ? call.parent.parent : undefined;
  if (!block || !ts.isBlock(block) || block.statements.length > 1 || !ts.isTryStatement(block.parent)) return false;
  return block.parent.tryBlock === block && block.parent.catchClause !== undefined;
}
