import { ts } from "../source/syntax.js";
import { countedWait } from "./counted-waits.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Executor, executorAt, usesOf } from "./executors.js";
import { nodesIn } from "./file-nodes.js";
import { isListener, listeningAt } from "./listening.js";
import { uncertainReceives } from "./receives.js";
import type { FileSettling, Handler, Handover, SettlerFunction, SettlerTimer, StoredSettler } from "./settling.js";
import { skippedNotifies } from "./skipped-notifies.js";
import { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

const TIMERS: ReadonlySet<string> = new Set(["setTimeout", "setImmediate"]);
/** Methods that put something into a container, or ask what is in it without looking at it. */
const NOT_LOOKING: ReadonlySet<string> = new Set(["set", "push", "unshift", "add", "has", "size", "length"]);
const REMOVING: ReadonlySet<string> = new Set(["delete", "splice", "clear", "filter"]);
const STORING: ReadonlySet<string> = new Set(["set", "push", "unshift", "add"]);

const found = new WeakMap<ts.SourceFile, FileSettling | undefined>();

/**
 * Who settles the promises of a file, who wakes its threads, and who listens to whom. The text of the file alone says
 * so, whence the answer lasts as long as the text. Undefined for what has nothing of the kind.
 */
export function settlingOf(file: ts.SourceFile | undefined): FileSettling | undefined {
  if (!file || found.has(file)) return file && found.get(file);
  const settling = lowerOrGiveUp(file);
  found.set(file, settling);
  return settling;
}

function lowerOrGiveUp(file: ts.SourceFile): FileSettling | undefined {
  if (!/\b(?:new Promise|notify|receiveMessageOnPort)\b/.test(file.text)) return undefined;
  try {
    return new Settlers(file).lower();
  } catch (error) {
    // Code can nest deeper than recursion can follow.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Settlers {
  readonly #file: ts.SourceFile;
  readonly #functions: FunctionNode[] = [];
  readonly #indexes = new Map<ts.Node, number>();
  readonly #named = new Map<string, number[]>();
  readonly #stores = new Set<string>();
  readonly #names = new StateNames();

  constructor(file: ts.SourceFile) {
    this.#file = file;
  }

  lower(): FileSettling {
    const executors: Executor[] = [];
    const handlers: ts.Node[] = [];
    for (const node of nodesIn(this.#file).outerFirst) {
      if (isFunctionNode(node)) this.#add(node);
      const executor = executorAt(node);
      if (executor) executors.push(executor);
      if (listeningAt(node)) handlers.push(node);
    }
    const stored = executors.flatMap((each) => this.#stored(each));
    for (const { store } of stored) this.#stores.add(store);
    return {
      functions: stored.length > 0 ? this.#functions.map((node) => this.#settlerFunction(node)) : [],
      stored,
      handlers: handlers.flatMap((node) => this.#handler(node)),
      handovers: stored.length > 0 ? this.#handovers() : [],
      counted: executors.flatMap((each) => countedWait(each) ?? []),
      skipped: skippedNotifies(this.#functions, this.#names),
      receives: uncertainReceives(this.#functions, this.#names),
    };
  }

  #add(node: FunctionNode): void {
    const index = this.#functions.push(node) - 1;
    this.#indexes.set(node, index);
    const name = nameOf(node);
    const known = this.#named.get(name);
    if (known) known.push(index);
    else this.#named.set(name, [index]);
  }

  /** The functions that an expression may mean: itself, or all of the file that are called so. */
  #meant(node: ts.Expression): readonly number[] {
    const value = unwrap(node);
    const own = this.#indexes.get(value);
    if (own !== undefined) return [own];
    const name = ts.isIdentifier(value) ? value : ts.isPropertyAccessExpression(value) ? value.name : undefined;
    if (name) return this.#named.get(name.text) ?? [];
    if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return [];
    return value.expression.name.text === "bind" ? this.#meant(value.expression.expression) : [];
  }

  /** The containers that an executor puts its resolver into. */
  #stored(executor: Executor): readonly StoredSettler[] {
    const timer = this.#timer(executor);
    const stored = usesOf(executor.resolve, executor.node).flatMap((use) => {
      const put = putAround(use, executor);
      return put ? [{ ...put, timer }] : [];
    });
    return stored.slice(0, 1);
  }

  #timer({ node: executor, resolve, reject }: Executor): SettlerTimer | undefined {
    let timer: SettlerTimer | undefined;
    const visit = (node: ts.Node): void => {
      const callback = timerCallback(node);
      const runs = callback && this.#meant(callback)[0];
      const called = runs === undefined ? callback : this.#functions[runs];
      if (called && [resolve, reject ?? resolve].some((name) => mentions(called, name))) {
        // What the timer notes down may keep the waiter from being given anything.
        timer ??= { site: siteOf(node), runs: assigns(called) ? undefined : runs };
      }
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(executor, visit);
    return timer;
  }

  #handler(node: ts.Node): readonly Handler[] {
    const listening = listeningAt(node);
    if (!listening) return [];
    const { event, peer, handler } = listening;
    const site = siteOf(ts.isCallExpression(node) ? (node.arguments[0] ?? node) : node);
    const meant = this.#meant(handler);
    const one = { event, peer: peer.getText(), site };
    return meant.length === 0 ? [{ ...one, runs: undefined }] : meant.map((runs) => ({ ...one, runs }));
  }

  #settlerFunction(node: FunctionNode): SettlerFunction {
    const calls = new Set<number>();
    const takes = new Set<string>();
    const drops = new Set<string>();
    let exits = false;
    let throws = false;
    const add = (expression: ts.Expression): void => {
      for (const each of this.#meant(expression)) calls.add(each);
    };
    const visit = (at: ts.Node): void => {
      if (isFunctionNode(at)) {
        if (!isListener(at)) calls.add(this.#indexes.get(at)!);
        return;
      }
      if (ts.isThrowStatement(at)) throws = true;
      if (ts.isCallExpression(at)) {
        if (/^process\.(?:exit|abort)$/.test(at.expression.getText())) exits = true;
        add(at.expression);
        if (!listeningAt(at)) for (const argument of at.arguments) if (!isFunctionNode(argument)) add(argument);
      }
      const name = ts.isIdentifier(at) || ts.isPrivateIdentifier(at) ? at.text : undefined;
      if (name !== undefined && this.#stores.has(name)) {
        const use = useOfStore(at);
        if (use === "take") takes.add(name);
        if (use === "drop") drops.add(name);
      }
      ts.forEachChild(at, visit);
    };
    if (node.body) ts.forEachChild(node, visit);
    return { name: nameOf(node), site: siteOf(node), calls: [...calls], takes, drops, exits, throws };
  }

  /** `if (waiters[id]) waiters[id](x); else …`: one entry is taken as somebody who waits. */
  #handovers(): readonly Handover[] {
    const handovers: Handover[] = [];
    for (const node of nodesIn(this.#file).outerFirst) {
      const store = ts.isIfStatement(node) && node.elseStatement ? this.#testedStore(node) : this.#shifted(node);
      if (store !== undefined) handovers.push({ store, site: siteOf(ts.isIfStatement(node) ? node.expression : node) });
    }
    return handovers;
  }

  /** The container whose entry a condition asks for, and whose entry the first branch calls. */
  #testedStore({ expression, thenStatement }: ts.IfStatement): string | undefined {
    const tested = unwrap(expression);
    const direct = this.#entryOf(tested);
    if (direct !== undefined) return direct;
    if (!ts.isIdentifier(tested) || !mentions(thenStatement, tested.text)) return undefined;
    const declaration = this.#names.declarationOf(tested)?.node;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    return this.#entryOf(unwrap(declaration.initializer));
  }

  /** The container of `waiters[id]`, `waiters.get(id)`, `waiters.shift()`. */
  #entryOf(node: ts.Expression): string | undefined {
    if (ts.isElementAccessExpression(node)) return this.#storeNamed(node.expression);
    if (!ts.isCallExpression(node)) return undefined;
    const callee = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:get|shift|pop)$/.test(callee.name.text)) return undefined;
    return this.#storeNamed(callee.expression);
  }

  #shifted(node: ts.Node): string | undefined {
    if (!ts.isCallExpression(node)) return undefined;
    const callee = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:shift|pop)$/.test(callee.name.text)) return undefined;
    return this.#storeNamed(callee.expression);
  }

  #storeNamed(node: ts.Expression): string | undefined {
    const name = storeName(node);
    return name !== undefined && this.#stores.has(name) ? name : undefined;
  }
}

/** What a function is called: by its declaration, or by what it is assigned to. */
function nameOf(node: FunctionNode): string {
  const declared = declaredName(node);
  if (declared !== undefined) return declared;
  const { parent } = node;
  const target = ts.isBinaryExpression(parent) && isAssignment(parent) ? parent.left : undefined;
  if (target && ts.isPropertyAccessExpression(target)) return target.name.text;
  return target && ts.isIdentifier(target) ? target.text : "function";
}

function storeName(node: ts.Expression): string | undefined {
  const value = unwrap(node);
  if (ts.isIdentifier(value)) return value.text;
  return ts.isPropertyAccessExpression(value) ? value.name.text : undefined;
}

/** Where a resolver goes: `waiting.set(id, { resolve, reject })`, `waiting[id] = resolve`, `waiting.push(resolve)`. */
function putAround(use: ts.Identifier, executor: Executor): Omit<StoredSettler, "timer"> | undefined {
  for (let at: ts.Node = use; at !== executor.node; at = at.parent) {
    const { parent } = at;
    if (isFunctionNode(parent)) return undefined;
    if (ts.isBinaryExpression(parent) && isAssignment(parent) && parent.right === at) return assigned(parent);
    if (ts.isCallExpression(parent)) return called(parent, at);
    if (ts.isStatement(parent)) return undefined;
  }
  return undefined;
}

function assigned(node: ts.BinaryExpression): Omit<StoredSettler, "timer"> | undefined {
  if (!ts.isElementAccessExpression(node.left)) return undefined;
  const store = storeName(node.left.expression);
  return store === undefined ? undefined : { store, isQueue: false, site: siteOf(node) };
}

function called(node: ts.CallExpression, given: ts.Node): Omit<StoredSettler, "timer"> | undefined {
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || !STORING.has(callee.name.text) || callee === given) return undefined;
  const store = storeName(callee.expression);
  if (store === undefined) return undefined;
  return { store, isQueue: callee.name.text !== "set", site: siteOf(node) };
}

/** Whether an entry is looked at (and so may be settled), or removed, where a container is named. */
function useOfStore(node: ts.Node): "take" | "drop" | "none" {
  let at = node;
  if (ts.isPropertyAccessExpression(at.parent) && at.parent.name === at) at = at.parent;
  const { parent } = at;
  if (ts.isPropertyDeclaration(parent) || ts.isVariableDeclaration(parent)) return "none";
  if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
    // What is cut out of a list is in the hands of whoever uses the result.
    const isCut = parent.name.text === "splice" && !ts.isExpressionStatement(parent.parent.parent);
    if (REMOVING.has(parent.name.text)) return isCut ? "take" : "drop";
    return NOT_LOOKING.has(parent.name.text) ? "none" : "take";
  }
  if (ts.isElementAccessExpression(parent) && parent.expression === at) {
    if (ts.isDeleteExpression(parent.parent)) return "drop";
    const isTarget =
      ts.isBinaryExpression(parent.parent) && parent.parent.left === parent && isAssignment(parent.parent);
    return isTarget ? "none" : "take";
  }
  return "take";
}

function timerCallback(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(unwrap(node.expression))) return undefined;
  return TIMERS.has(node.expression.getText()) ? node.arguments[0] : undefined;
}

function mentions(root: ts.Node, name: string): boolean {
  return (ts.isIdentifier(root) && root.text === name) || usesOf(name, root).length > 0;
}

function assigns(root: ts.Node): boolean {
  let does = false;
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node)) does = true;
    else ts.forEachChild(node, visit);
  };
  visit(root);
  return does;
}
