import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { isUse } from "./executors.js";
import { listeningAt } from "./listening.js";
import { ownFunctionOf } from "./own-functions.js";
import type { Declared, StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

/** A reply to a message, whose sending may fail, and nobody catches that: whoever asked gets no reply. */
export interface UncaughtReply {
  /** What is called to send it. */
  readonly send: string;
  /** What is sent in it, as far as it has a name. */
  readonly name: string;
  readonly site: Site;
  /** The call that gives what is sent. */
  readonly call: Site;
  /** Where other failures are caught. */
  readonly caught: Site;
}

/** Whether a text may have one: a message is listened for, one is sent, and failures are caught. */
export function mayReply(text: string): boolean {
  return (
    /\bon(?:ce)?\s*\(\s*["'`]message["'`]|\bonmessage\b|\baddEventListener\s*\(\s*["'`]message["'`]/.test(text) &&
    /\.(?:postMessage|send)\s*\(|\bpostMessage\s*\(/.test(text) &&
    /\bcatch\b/.test(text)
  );
}

export function uncaughtRepliesIn(file: ts.SourceFile, names: StateNames): readonly UncaughtReply[] {
  return new Replies(file, names).find();
}

/** Follows what functions of others give to the messages in which it is sent. */
class Replies {
  readonly #names: StateNames;
  readonly #calls: ts.CallExpression[] = [];
  readonly #uses = new Map<string, ts.Identifier[]>();
  readonly #handlers: FunctionNode[] = [];
  #exposed: ReadonlySet<FunctionNode> | undefined;
  #sending: ReadonlySet<FunctionNode> | undefined;

  constructor(file: ts.SourceFile, names: StateNames) {
    this.#names = names;
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (ts.isCallExpression(node)) this.#calls.push(node);
      if (ts.isIdentifier(node) && isUse(node)) {
        const known = this.#uses.get(node.text);
        if (known) known.push(node);
        else this.#uses.set(node.text, [node]);
      }
      const listening = listeningAt(node);
      const handler = listening?.event === "message" ? ownFunctionOf(listening.handler, names) : undefined;
      if (handler) this.#handlers.push(handler);
    };
    visit(file);
  }

  find(): readonly UncaughtReply[] {
    if (this.#handlers.length === 0) return [];
    const found = new Map<ts.Node, UncaughtReply>();
    for (const call of this.#calls) {
      const caught = this.#isOfOthers(call) ? catcherOf(call) : undefined;
      if (!caught) continue;
      for (const { send, value } of this.#sendsOf(call)) {
        if (found.has(send) || !this.#isExposed(send)) continue;
        if (!this.#sends(caught) && !this.#fills(caught, value)) continue;
        found.set(send, {
          send: send.expression.getText(),
          name: ts.isIdentifier(value) ? value.text : "the result",
          site: siteOf(send),
          call: siteOf(call),
          caught: siteOf(caught),
        });
      }
    }
    return [...found.values()];
  }

  /** A call of a function that the file does not know: one that was given to it, or that it loads or looks up by name. */
  #isOfOthers(call: ts.CallExpression): boolean {
    const callee = unwrap(call.expression);
    if (ts.isPropertyAccessExpression(callee) && /^(?:apply|call)$/.test(callee.name.text)) {
      return this.#isUnknown(callee.expression);
    }
    return this.#isUnknown(callee);
  }

  #isUnknown(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    if (ts.isElementAccessExpression(node)) {
      return !ts.isStringLiteralLike(node.argumentExpression) && this.#isLoaded(node.expression);
    }
    if (!ts.isIdentifier(node)) return false;
    const declared = this.#names.declarationOf(node)?.node;
    if (!declared || ts.isFunctionDeclaration(declared)) return false;
    if (ts.isParameter(declared)) return !isExecutor(declared.parent) && !this.#isHandlerParameter(declared);
    return this.#valuesOf(declared, node.text).some((value) => this.#isLookedUp(value));
  }

  /** A table of functions that the file has not written down itself, nor imports by name. */
  #isLoaded(table: ts.Expression): boolean {
    const node = unwrap(table);
    if (!ts.isIdentifier(node)) return false;
    const declared = this.#names.declarationOf(node)?.node;
    if (!declared || ts.isFunctionDeclaration(declared)) return false;
    if (ts.isParameter(declared)) return true;
    return this.#valuesOf(declared, node.text).some((value) => isLoad(value));
  }

  /** Whether a value is a function by its name: `functions.get(name)`, `module[name]`, `await import(file)`. */
  #isLookedUp(value: ts.Expression): boolean {
    const node = unwrap(value);
    if (ts.isAwaitExpression(node)) return this.#isLookedUp(node.expression);
    if (isLoad(node)) return true;
    if (ts.isElementAccessExpression(node)) return this.#isUnknown(node);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const [key] = node.arguments;
    return node.expression.name.text === "get" && key !== undefined && !ts.isStringLiteralLike(key);
  }

  #isHandlerParameter(parameter: ts.ParameterDeclaration): boolean {
    return this.#handlers.some((handler) => handler === parameter.parent);
  }

  /** What a variable is given, where it is declared and later. */
  #valuesOf(declared: Declared["node"], name: string): readonly ts.Expression[] {
    const whole = ts.isBindingElement(declared) ? declared.parent.parent : declared;
    const first = ts.isVariableDeclaration(whole) && whole.initializer ? [whole.initializer] : [];
    const later = this.#usesOf(declared, name).flatMap(({ parent }) =>
      ts.isBinaryExpression(parent) && isAssignment(parent) && ts.isIdentifier(parent.left) ? [parent.right] : [],
    );
    return [...first, ...later];
  }

  #usesOf(declared: ts.Node, name: string): readonly ts.Identifier[] {
    return (this.#uses.get(name) ?? []).filter((use) => this.#names.declarationOf(use)?.node === declared);
  }

  /** Whether code gives the variable that is sent another value. */
  #fills(root: ts.Node, value: ts.Expression): boolean {
    const declared = ts.isIdentifier(value) ? this.#names.declarationOf(value)?.node : undefined;
    if (!declared || !ts.isIdentifier(value)) return false;
    return this.#usesOf(declared, value.text).some(
      ({ parent }) => covers(root, parent) && ts.isBinaryExpression(parent) && isAssignment(parent),
    );
  }

  /** Whether code sends something, itself or by calling functions of the file. */
  #sends(root: ts.Node): boolean {
    this.#sending ??= this.#sendingFunctions();
    const sending = this.#sending;
    return this.#calls.some(
      (call) => covers(root, call) && (isSend(call) || this.#called(call.expression).some((fn) => sending.has(fn))),
    );
  }

  #sendingFunctions(): ReadonlySet<FunctionNode> {
    const sending = new Set<FunctionNode>();
    const add = (place: ts.Node): void => {
      const fn = enclosingFunction(place);
      if (isFunctionNode(fn)) sending.add(fn);
    };
    for (const call of this.#calls) if (isSend(call)) add(call);
    for (let size = -1; size !== sending.size; ) {
      size = sending.size;
      for (const call of this.#calls) if (this.#called(call.expression).some((fn) => sending.has(fn))) add(call);
    }
    return sending;
  }

  /** The functions of the file that an expression may be; a parameter is what callers give for it. */
  #called(expression: ts.Expression): readonly FunctionNode[] {
    const own = ownFunctionOf(expression, this.#names);
    if (own) return [own];
    const node = unwrap(expression);
    const declared = ts.isIdentifier(node) ? this.#names.declarationOf(node)?.node : undefined;
    if (!declared || !ts.isParameter(declared)) return [];
    const index = declared.parent.parameters.indexOf(declared);
    return this.#calls.flatMap((call) => {
      const given = call.arguments[index];
      if (!given || ownFunctionOf(call.expression, this.#names) !== declared.parent) return [];
      return ownFunctionOf(given, this.#names) ?? [];
    });
  }

  /** The messages in which what a call gives is sent as it is. */
  #sendsOf(call: ts.CallExpression): readonly { readonly send: ts.CallExpression; readonly value: ts.Expression }[] {
    const found: { send: ts.CallExpression; value: ts.Expression }[] = [];
    const followed = new Set<ts.Node>();
    const pending: ts.Expression[] = [call];
    for (let value = pending.pop(); value; value = pending.pop()) {
      if (followed.has(value)) continue;
      followed.add(value);
      const { at, parent } = outer(value);
      if (ts.isCallExpression(parent) && at !== parent.expression && isSend(parent)) {
        if (parent.arguments[0] === at) found.push({ send: parent, value });
      } else pending.push(...this.#next(at, parent));
    }
    return found;
  }

  /** Where a value is to be found next, one step on. */
  #next(at: ts.Node, parent: ts.Node): readonly ts.Identifier[] {
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return this.#read(parent, parent.name.text);
    if (ts.isBinaryExpression(parent) && isAssignment(parent) && ts.isIdentifier(parent.left)) {
      const declared = this.#names.declarationOf(parent.left)?.node;
      return declared ? this.#read(declared, parent.left.text) : [];
    }
    if (ts.isPropertyAccessExpression(parent) && parent.name.text === "then" && ts.isCallExpression(parent.parent)) {
      const [settled] = parent.parent.arguments;
      return settled ? this.#called(settled).flatMap((fn) => this.#parameter(fn, 0)) : [];
    }
    if (!ts.isCallExpression(parent)) return [];
    const index = parent.arguments.indexOf(at as ts.Expression);
    return index < 0 ? [] : this.#called(parent.expression).flatMap((fn) => this.#parameter(fn, index));
  }

  #parameter(fn: FunctionNode, index: number): readonly ts.Identifier[] {
    const parameter = fn.parameters[index];
    return parameter && ts.isIdentifier(parameter.name) ? this.#read(parameter, parameter.name.text) : [];
  }

  /** The places that read a variable; none if its type is one that can always be sent. */
  #read(declared: Declared["node"], name: string): readonly ts.Identifier[] {
    const type = ts.isFunctionDeclaration(declared) || ts.isBindingElement(declared) ? undefined : declared.type;
    if (type && SENDABLE.has(type.kind)) return [];
    return this.#usesOf(declared, name).filter(
      (use) => !(ts.isBinaryExpression(use.parent) && isAssignment(use.parent) && use.parent.left === use),
    );
  }

  /** Whether an exception at a place comes out of the handler of a message, past everybody who could reply. */
  #isExposed(place: ts.Node): boolean {
    this.#exposed ??= this.#exposedFunctions();
    return this.#isOpen(place, this.#exposed);
  }

  #exposedFunctions(): ReadonlySet<FunctionNode> {
    const exposed = new Set(this.#handlers);
    for (let size = -1; size !== exposed.size; ) {
      size = exposed.size;
      for (const call of this.#calls) {
        if (!this.#isOpen(call, exposed)) continue;
        for (const fn of this.#called(call.expression)) exposed.add(fn);
        for (const given of call.arguments) {
          const fn = ts.isIdentifier(unwrap(given)) ? ownFunctionOf(given, this.#names) : undefined;
          if (fn) exposed.add(fn);
        }
      }
    }
    return exposed;
  }

  /** Whether nobody around a place catches what it throws, up to a function that is called by the handler of a message. */
  #isOpen(place: ts.Node, exposed: ReadonlySet<FunctionNode>): boolean {
    for (let at = place; !ts.isSourceFile(at); at = at.parent) {
      if (isCaughtIn(at)) return false;
      if (!isFunctionNode(at)) continue;
      if (exposed.has(at)) return true;
      if (!ts.isCallExpression(at.parent)) return false;
    }
    return false;
  }
}

const SENDABLE: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.VoidKeyword,
]);

function isSend({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  if (ts.isIdentifier(callee)) return callee.text === "postMessage";
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const object = unwrap(callee.expression);
  const isProcess = ts.isIdentifier(object) && /process$/i.test(object.text);
  return callee.name.text === "postMessage" || (callee.name.text === "send" && isProcess);
}

/** `require(file)`, `import(file)`: of a module whose name somebody gives. */
function isLoad(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isAwaitExpression(node)) return isLoad(node.expression);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return isLoad(node.expression);
  if (ts.isConditionalExpression(node)) return isLoad(node.whenTrue) || isLoad(node.whenFalse);
  if (!ts.isCallExpression(node)) return false;
  const isCall = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require";
  const [file] = node.arguments;
  return isCall && file !== undefined && !ts.isStringLiteralLike(file);
}

function isExecutor({ parent }: ts.Node): boolean {
  return ts.isNewExpression(parent) && parent.expression.getText() === "Promise";
}

/** Whether what `node` throws, or rejects with, is caught right around it. */
function isCaughtIn(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isTryStatement(parent)) return parent.tryBlock === node && parent.catchClause !== undefined;
  return rejectionHandlerOf(node) !== undefined;
}

/** `node.catch(f)`, `node.then(_, f)`. */
function rejectionHandlerOf(node: ts.Node): ts.Node | undefined {
  const { parent } = node;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return undefined;
  const call = parent.parent;
  if (!ts.isCallExpression(call) || call.expression !== parent) return undefined;
  if (parent.name.text === "catch") return call.arguments[0];
  return parent.name.text === "then" ? call.arguments[1] : undefined;
}

/** The code that is run when a call fails, in the function that it is in. */
function catcherOf(call: ts.Node): ts.Node | undefined {
  for (let at = call; at.parent && !isFunctionNode(at); at = at.parent) {
    if (ts.isTryStatement(at.parent) && at.parent.tryBlock === at && at.parent.catchClause)
      return at.parent.catchClause;
    const handler = rejectionHandlerOf(at);
    if (handler) return handler;
  }
  return undefined;
}

/** The outermost expression that is the value of another one, or a message that it is a part of. */
function outer(value: ts.Expression): { readonly at: ts.Node; readonly parent: ts.Node } {
  let at: ts.Node = value;
  for (;;) {
    const { parent } = at;
    const isPassedOn =
      ts.isAwaitExpression(parent) ||
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent) ||
      ts.isNonNullExpression(parent) ||
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isPropertyAssignment(parent) && parent.initializer === at);
    if (!isPassedOn) return { at, parent };
    at = parent;
  }
}

function covers(outside: ts.Node, inside: ts.Node): boolean {
  return outside.pos <= inside.pos && inside.end <= outside.end;
}
