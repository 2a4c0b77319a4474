import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { property } from "./paths.js";
import type { Invocation } from "./spawns.js";
import type { StateNames } from "./state-names.js";
import { assignedNames } from "./variables.js";

/** A call that sends a message, or copies as one does. */
export interface Send {
  readonly call: Invocation;
  /** What it is called by: `postMessage`, `structuredClone`, or a function of the file that sends what it is given. */
  readonly name: string;
  readonly payload: readonly ts.Expression[];
  /** What it takes along. */
  readonly list: readonly Listed[];
}

/** What a message takes along. */
export interface Listed {
  /** Where that is written. */
  readonly at: ts.Expression;
  /** What is taken along, or a view of it. */
  readonly of: ts.Expression;
  /** Whether `of` stands for its `buffer`. */
  readonly isBuffer: boolean;
}

/** What a file mentions that sends to another thread or window; others have a `postMessage` too, of a chat for one. */
const PEERS =
  /\b(?:\w*Worker|worker\w*|MessageChannel|MessagePort|ports?|parentPort|self|window|contentWindow|opener|onmessage|transferList|\w*Array(?:Buffer)?|Buffer|ImageBitmap|OffscreenCanvas)\b/;

/** Whether a file can hold a message that takes something along. */
export function mayTransfer(file: ts.SourceFile): boolean {
  return /\bpostMessage\b|\bstructuredClone\b|\btransferList\b/.test(file.text) && PEERS.test(file.text);
}

/** The message that a call sends, by the names that are the same in Node, browsers and libraries. */
export function sendOf(node: ts.Node, names: StateNames): Send | undefined {
  if (ts.isNewExpression(node)) return workerOf(node);
  if (!ts.isCallExpression(node)) return undefined;
  return directSend(node, names) ?? wrappedSend(node, names);
}

function directSend(call: ts.CallExpression, names: StateNames): Send | undefined {
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  if (name !== "postMessage" && name !== "structuredClone") return undefined;
  if (functionCalled(call, names) || isOwnMethod(callee, names)) return undefined;
  const [first, second, third] = call.arguments;
  if (!first) return undefined;
  // `window.postMessage(message, origin, list)`, and Electron's `postMessage(channel, message, list)`.
  if (third && second) return { call, name, payload: [first, second], list: listed(third, names) };
  return { call, name, payload: [first], list: second ? listed(second, names) : [] };
}

/** Whether it is a method that a class of the file has given its objects under the same name: `const bus = new Bus()`. */
function isOwnMethod(callee: ts.Expression, names: StateNames): boolean {
  const object = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : undefined;
  const declared = object && ts.isIdentifier(object) ? names.declarationOf(object)?.node : undefined;
  const made = declared && ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
  if (!made || !ts.isNewExpression(made) || !ts.isIdentifier(made.expression)) return false;
  const { text } = made.expression;
  const isIt = (node: ts.Node): boolean =>
    ts.isClassLike(node) &&
    node.name?.text === text &&
    node.members.some((member) => member.name?.getText() === "postMessage" && ts.isMethodDeclaration(member));
  return callee.getSourceFile().statements.some(isIt);
}

/** `new Worker(file, { workerData, transferList })` */
function workerOf(node: ts.NewExpression): Send | undefined {
  const [, options] = node.arguments ?? [];
  const literal = options && unwrap(options);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  const data = property(literal, "workerData");
  const list = property(literal, "transferList");
  const elements = list && unwrap(list);
  if (!data || !elements || !ts.isArrayLiteralExpression(elements)) return undefined;
  return { call: node, name: "new Worker", payload: [data], list: elementsOf(elements) };
}

/** What is in `[a, b]`, `{ transfer: [a, b] }`, or a constant that is one of them. */
function listed(expression: ts.Expression, names: StateNames): readonly Listed[] {
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) return elementsOf(node);
  if (ts.isObjectLiteralExpression(node)) {
    const list = property(node, "transfer");
    return list ? listed(list, names) : [];
  }
  if (!ts.isIdentifier(node)) return [];
  const declared = names.declarationOf(node);
  const variable = declared?.scope === enclosingFunction(node) ? declared.node : undefined;
  const isConstant = variable && ts.getCombinedNodeFlags(variable) & ts.NodeFlags.Const;
  if (!isConstant || !ts.isVariableDeclaration(variable) || !variable.initializer) return [];
  const value = unwrap(variable.initializer);
  return ts.isArrayLiteralExpression(value) ? elementsOf(value) : [];
}

function elementsOf(list: ts.ArrayLiteralExpression): readonly Listed[] {
  return list.elements.flatMap((element) =>
    ts.isSpreadElement(element) || ts.isOmittedExpression(element) ? [] : listedAt(element),
  );
}

function listedAt(at: ts.Expression): Listed {
  const node = unwrap(at);
  if (ts.isPropertyAccessExpression(node) && node.name.text === "buffer") {
    return { at, of: unwrap(node.expression), isBuffer: true };
  }
  return { at, of: node, isBuffer: false };
}

/** The function of the file that a call names: `send(…)`, `this.send(…)`. */
export function functionCalled(call: ts.CallExpression, names: StateNames): FunctionNode | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return names.methodOf(callee);
  const declaration = ts.isIdentifier(callee) ? names.declarationOf(callee)?.node : undefined;
  if (!declaration) return undefined;
  if (ts.isFunctionDeclaration(declaration)) return isFunctionNode(declaration) ? declaration : undefined;
  const isConstant = ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
  const value = isConstant && ts.isVariableDeclaration(declaration) && declaration.initializer;
  return value && isFunctionNode(unwrap(value)) ? (unwrap(value) as FunctionNode) : undefined;
}

/** A call of a function that hands parameters of its own on to a message. */
function wrappedSend(call: ts.CallExpression, names: StateNames): Send | undefined {
  const callee = functionCalled(call, names);
  const sender = callee && senderOf(callee, names);
  if (!callee || !sender) return undefined;
  const list = sender.list === undefined ? undefined : call.arguments[sender.list];
  const taken = sender.taken.flatMap(({ parameter, isBuffer }): readonly Listed[] => {
    const at = call.arguments[parameter];
    return at ? [{ at, of: unwrap(at), isBuffer }] : [];
  });
  return {
    call,
    name: callee.name?.getText() ?? (ts.isIdentifier(call.expression) ? call.expression.text : "it"),
    payload: call.arguments.filter((argument) => argument !== list),
    list: [...(list ? listed(list, names) : []), ...taken],
  };
}

/** What a function does with its parameters, by their numbers. */
interface Sender {
  /** The one that is the list of what the message takes along. */
  readonly list: number | undefined;
  /** Those that stand in such a list. */
  readonly taken: readonly { readonly parameter: number; readonly isBuffer: boolean }[];
}

const senders = new WeakMap<FunctionNode, Sender | undefined>();

function senderOf(node: FunctionNode, names: StateNames): Sender | undefined {
  if (senders.has(node)) return senders.get(node);
  const sender = findSender(node, names);
  senders.set(node, sender);
  return sender;
}

/** Only what happens whenever the function is called, as a statement of its own or as what it returns. */
function findSender(node: FunctionNode, names: StateNames): Sender | undefined {
  const { body } = node;
  if (!body) return undefined;
  const values = ts.isBlock(body)
    ? body.statements.flatMap((each) =>
        (ts.isExpressionStatement(each) || ts.isReturnStatement(each)) && each.expression ? each.expression : [],
      )
    : [body];
  const assigned = assignedNames(body);
  for (const value of values) {
    const call = unwrap(ts.isAwaitExpression(value) ? value.expression : value);
    const send = ts.isCallExpression(call) ? directSend(call, names) : undefined;
    if (!send) continue;
    const numberOf = (expression: ts.Expression | undefined): number => {
      const name = expression && unwrap(expression);
      if (!name || !ts.isIdentifier(name) || assigned.has(name.text)) return -1;
      return node.parameters.findIndex(({ name: own }) => ts.isIdentifier(own) && own.text === name.text);
    };
    const list = numberOf(send.call.arguments?.at(-1));
    const taken = send.list.flatMap(({ of, isBuffer }) => {
      const parameter = numberOf(of);
      return parameter < 0 ? [] : [{ parameter, isBuffer }];
    });
    const isList = list > 0 && send.call.arguments?.length === 2;
    if (isList || taken.length > 0) return { list: isList ? list : undefined, taken };
  }
  return undefined;
}
