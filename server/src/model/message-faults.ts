import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { ProcessSending, Sending } from "./cloning.js";
import { cutOf, withoutListed } from "./cuts.js";
import { isFunctionNode, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import type {
  InvalidTransfer,
  MessageFault,
  MissingTransfer,
  PooledTransfer,
  SharedWithProcess,
  Uncloneable,
} from "./message.js";
import { pooledBuffer } from "./pooled.js";
import type { Invocation } from "./spawns.js";

/** More of what is wrong says nothing to anybody. */
const MAX_TEXT = 40;

/** What is wrong with the message that a call sends, unless the code is ready for that. */
export function messageFaultsAt(node: Invocation, scope: FunctionScope): readonly MessageFault[] {
  const { cloning } = scope.context;
  const toProcess = cloning.processSendingOf(node);
  if (toProcess) return sharedIn(toProcess, scope);
  const sending = cloning.sendingOf(node);
  if (!sending || isExpected(node)) return [];
  const faults = [uncloneableIn(sending, scope), missingIn(sending, scope)];
  const listed = elementsOf(sending.list).flatMap((each) => [
    invalidAt(each, sending, scope),
    pooledAt(each, sending, scope),
  ]);
  return [...faults, ...listed].filter((fault) => fault !== undefined);
}

function common(
  at: ts.Node,
  { node }: Sending,
  scope: FunctionScope,
): Pick<MessageFault, "text" | "site" | "by" | "sent"> {
  return {
    text: at.getText().split("\n")[0]!.slice(0, MAX_TEXT),
    site: scope.site(at),
    by: `${ts.isNewExpression(node) ? "new " : ""}${node.expression.getText().split("\n").at(-1)!.trim()}`,
    sent: scope.site(node.expression),
  };
}

function uncloneableIn(sending: Sending, scope: FunctionScope): Uncloneable | undefined {
  const { node, message } = sending;
  const [part] = scope.context.cloning.partsOf(message, "throws");
  if (!part) return undefined;
  const member = memberOf(part.at, message);
  const name = member?.name?.getText();
  return {
    kind: "uncloneable",
    ...common(part.at, sending, scope),
    ...(name === undefined ? {} : { text: name }),
    what: part.what,
    cut: member && isFunctionNode(part.at) ? cutOfMember(member) : undefined,
    mayAwait: part.what === "Promise" && !ts.isShorthandPropertyAssignment(part.at.parent) && inAsync(node),
  };
}

function sharedIn(sending: ProcessSending, scope: FunctionScope): readonly SharedWithProcess[] {
  const parts = scope.context.cloning.sharedPartsOf(sending);
  const { fails, task: called } = sending;
  const task = called && scope.site(called);
  return parts.map(({ at, what }) => {
    return { kind: "shared-with-process", ...common(at, sending, scope), what, fails, task };
  });
}

/** What can only be moved, and stands in no list. Lists that are put together elsewhere may hold it. */
function missingIn(sending: Sending, scope: FunctionScope): MissingTransfer | undefined {
  const { message, list } = sending;
  if (list && !ts.isArrayLiteralExpression(unwrap(list))) return undefined;
  const elements = list ? (unwrap(list) as ts.ArrayLiteralExpression).elements : [];
  if (elements.some(ts.isSpreadElement)) return undefined;
  const parts = scope.context.cloning.partsOf(message, "moves");
  const part = parts.find(({ at }) => !elements.some((each) => each.getText().startsWith(at.getText())));
  if (!part) return undefined;
  const text = part.at.getText();
  const isName = ts.isIdentifier(part.at) || ts.isPropertyAccessExpression(part.at);
  const insert = isName && scope.context.cloning.fateOf(part.at)?.fate === "moves" ? listing(sending, text) : undefined;
  return { kind: "unlisted", ...common(part.at, sending, scope), what: part.what, insert };
}

/** What to insert so that a message takes along what is called `text`. */
function listing({ node, list }: Sending, text: string): MissingTransfer["insert"] {
  const { fileName: file } = node.getSourceFile();
  const place = (end: number): Site => ({ file, start: end, end });
  const literal = list && (unwrap(list) as ts.ArrayLiteralExpression);
  const last = literal?.elements.at(-1);
  if (literal) return { at: place(last ? last.end : literal.end - 1), text: last ? `, ${text}` : text };
  const [only, ...more] = node.arguments ?? [];
  if (!only || more.length > 0) return undefined;
  const isClone = node.expression.getText().endsWith("structuredClone");
  return { at: place(only.end), text: isClone ? `, { transfer: [${text}] }` : `, [${text}]` };
}

function elementsOf(list: ts.Expression | undefined): readonly ts.Expression[] {
  const literal = list && unwrap(list);
  if (!literal || !ts.isArrayLiteralExpression(literal)) return [];
  return literal.elements.filter((each) => !ts.isSpreadElement(each) && !ts.isOmittedExpression(each));
}

function invalidAt(element: ts.Expression, sending: Sending, scope: FunctionScope): InvalidTransfer | undefined {
  const found = scope.context.cloning.fateOf(element);
  if (found?.fate !== "view" && found?.fate !== "shared") return undefined;
  const { fate, what } = found;
  return { kind: "unmovable", ...common(element, sending, scope), fate, what, cut: withoutListed(element) };
}

/** `small.buffer` of a buffer that has its memory from the pool of all small ones. */
function pooledAt(element: ts.Expression, sending: Sending, scope: FunctionScope): PooledTransfer | undefined {
  const node = unwrap(element);
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== "buffer") return undefined;
  const made = pooledBuffer(node.expression, scope.context.symbols);
  if (!made) return undefined;
  const { value, maker } = made;
  return { kind: "pooled", ...common(element, sending, scope), maker, made: scope.site(value) };
}

/** The member of an object literal whose value a part of a message is. */
function memberOf(part: ts.Node, message: ts.Expression): ts.ObjectLiteralElementLike | undefined {
  for (let at = part; at && at !== message; at = at.parent) {
    if (ts.isArrayLiteralExpression(at)) return undefined;
    if (ts.isObjectLiteralElementLike(at)) return at;
  }
  return undefined;
}

function cutOfMember(member: ts.ObjectLiteralElementLike): Site | undefined {
  return ts.isObjectLiteralExpression(member.parent) ? cutOf(member.parent.properties, member) : undefined;
}

/** Whether the code is ready for the message to throw: it catches that, or is a test of it. */
function isExpected(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && parent.tryBlock === at && parent.catchClause) return true;
    if (!isFunctionNode(at)) continue;
    if (ts.isCallExpression(parent)) return isExpecting(parent);
    // `const send = () => port.postMessage(…); assert.throws(send);`
    return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) && isExpectedOf(parent.name);
  }
  return false;
}

function isExpecting({ expression }: ts.CallExpression): boolean {
  return /throw|reject|expect|fail/i.test(expression.getText());
}

/** Whether a function is given by its name to what expects it to fail. */
function isExpectedOf({ text, parent }: ts.Identifier): boolean {
  let block: ts.Node = parent;
  while (block.parent && !ts.isBlock(block)) block = block.parent;
  const visit = (node: ts.Node): boolean => {
    const isGiven =
      ts.isCallExpression(node) && node.arguments.some((each) => ts.isIdentifier(each) && each.text === text);
    return (isGiven && isExpecting(node)) || (ts.forEachChild(node, (child) => visit(child) || undefined) ?? false);
  };
  return visit(block);
}

function inAsync(node: ts.Node): boolean {
  let at = node;
  while (at.parent && !isFunctionNode(at)) at = at.parent;
  return isFunctionNode(at) && (ts.getCombinedModifierFlags(at) & ts.ModifierFlags.Async) !== 0;
}
