import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import type { QueueFunction, QueueThread } from "./queue-function.js";
import { isAssignment } from "./variables.js";

/** Says which queue or thread an expression means. */
interface Names {
  queueOf(expression: ts.Expression): string | undefined;
  threadOf(declaration: ts.VariableDeclaration): QueueThread | undefined;
  variableOf(expression: ts.Expression): string | undefined;
}

const TAKES = /^get(?:Async|Nowait)?$/;
const RECEIVES = /^receive(?:Async)?$/;
/** What is read of an item that is to be reported by itself. */
const READ = /^(?:item|deliveries|isDuplicate)$/;
const JOINS = /^join(?:Async)?$/;
/** Names of what asks whether an item is the one behind all others. */
const SAYS_LAST =
  /^(?:is|was|has)?_?(?:end(?!s?with)|last|done|stop|finish|complete|closed?|eof|eos|sentinel|poison|terminat|nothing|null)/i;
/** What leaves the items alone. */
const OTHER = /^(?:putNowait|qsize|empty|full|close)$/;
const PUTS = /^put(?:Async)?$/;

/** Appends what an expression does with queues, in the order in which it happens. */
export class QueueLowering extends Branching {
  readonly joins: QueueFunction["joins"][number][] = [];
  readonly shares = new Set<string>();
  readonly hands = new Set<string>();
  readonly threads: QueueThread[] = [];
  /** The variables that hold an item, by the queue it was taken out of. */
  readonly #items = new Map<string, string>();
  /** The variables that hold an item that is to be reported by itself. */
  readonly #deliveries = new Set<string>();
  /** The variables that hold a member of one. */
  readonly #members = new Set<string>();
  readonly #names: Names;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, names: Names, file: ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#file = file;
  }

  /** What an item is compared with, or whether there is one, says that it was the last. */
  protected decided(condition: ts.Expression, says: boolean): void {
    if (endsLoop(condition)) this.graph.emit({ kind: "counted", site: siteOf(condition, this.#file) }, false);
    else this.#finish(this.#lastIf(condition, says), condition);
  }

  /** What kind of item it is may say so as well. */
  matched({ parent }: ts.CaseOrDefaultClause): void {
    const { expression } = parent.parent;
    this.#finish(this.#itemIn(expression), expression);
  }

  #finish(queue: string | undefined, node: ts.Node): void {
    if (queue !== undefined) this.graph.emit({ kind: "finished", queue, site: siteOf(node, this.#file) }, false);
  }

  #lastIf(condition: ts.Expression, says: boolean): string | undefined {
    if (ts.isCallExpression(condition)) return says ? this.#itemAskedBy(condition) : this.#itemIn(condition);
    if (!ts.isBinaryExpression(condition))
      return says && !this.#isMember(condition) ? undefined : this.#itemIn(condition);
    const { left, operatorToken, right } = condition;
    const bounded = boundedBy(condition);
    if (bounded) return says === bounded.isLast ? this.#itemIn(bounded.value) : undefined;
    if (operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return says ? this.#itemIn(left) : undefined;
    const isEqual =
      operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken;
    const isUnequal =
      operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
      operatorToken.kind === ts.SyntaxKind.ExclamationEqualsToken;
    if (isUnequal ? says : !isEqual || !says) return undefined;
    return this.#itemIn(left) ?? this.#itemIn(right);
  }

  /** `item.done`: a member that is true may say that there is nothing more. */
  #isMember(condition: ts.Expression): boolean {
    const node = unwrap(condition);
    return ts.isIdentifier(node) ? this.#members.has(node.text) : isMemberAccess(node);
  }

  /** `isEnd(item)`, `item.isLast()` */
  #itemAskedBy({ expression, arguments: given }: ts.CallExpression): string | undefined {
    const callee = unwrap(expression);
    const isMethod = ts.isPropertyAccessExpression(callee);
    if (!SAYS_LAST.test(isMethod ? callee.name.text : callee.getText(this.#file))) return undefined;
    const asked = isMethod ? [callee.expression, ...given] : given;
    return asked.map((each) => this.#itemIn(each)).find((queue) => queue !== undefined);
  }

  /** The queue out of which an item was taken that an expression is, or a member of. */
  #itemIn(expression: ts.Expression): string | undefined {
    let node = unwrap(expression);
    while (ts.isAwaitExpression(node) || ts.isTypeOfExpression(node) || isMemberAccess(node)) {
      node = unwrap(node.expression);
    }
    if (ts.isBinaryExpression(node)) return isAssignment(node) ? this.#itemIn(node.right) : undefined;
    if (ts.isIdentifier(node)) return this.#items.get(node.text);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
    return TAKES.test(node.expression.name.text) ? this.#names.queueOf(node.expression.expression) : undefined;
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (!declaration.initializer) return;
    this.visit(declaration.initializer);
    this.#keep(declaration.name, declaration.initializer);
    this.#receive(declaration.name, declaration.initializer);
    const thread = this.#names.threadOf(declaration);
    if (thread) this.threads.push(thread);
  }

  /** `const job = jobs.receive()`, `({ item } = await jobs.receiveAsync())`, `jobs.receive().item` */
  #receive(name: ts.Node, value: ts.Expression): void {
    const call = awaitedCall(value);
    const queue = call && this.#receivedFrom(call);
    if (!call || queue === undefined) return;
    const isVariable = ts.isIdentifier(name);
    const delivery = isVariable ? this.#names.variableOf(name) : undefined;
    const isRead = ts.isObjectBindingPattern(name) && name.elements.every((each) => READ.test(takenOut(each)));
    if (delivery === undefined && !isRead) return;
    if (delivery !== undefined) this.#deliveries.add(delivery);
    const text = isVariable ? name.text : call.getText(this.#file);
    this.graph.emit({ kind: "delivered", queue, delivery, text, site: siteOf(call, this.#file) }, false);
  }

  #isReceive(value: ts.Expression): boolean {
    const call = awaitedCall(value);
    return call !== undefined && this.#receivedFrom(call) !== undefined;
  }

  #receivedFrom({ expression }: ts.CallExpression): string | undefined {
    const callee = unwrap(expression);
    const isReceive = ts.isPropertyAccessExpression(callee) && RECEIVES.test(callee.name.text);
    return isReceive ? this.#names.queueOf(callee.expression) : undefined;
  }

  /** Whoever has it may report it; not who only reads what it is. */
  #useDelivery(node: ts.Identifier): void {
    const delivery = this.#deliveries.size > 0 ? this.#names.variableOf(node) : undefined;
    if (delivery === undefined || !this.#deliveries.has(delivery) || isReadOf(node)) return;
    this.graph.emit({ kind: "delivery-used", delivery, site: siteOf(node, this.#file) }, false);
  }

  #keep(name: ts.Node, value: ts.Expression): void {
    const isOne = ts.isIdentifier(name);
    const queue = isOne || isPattern(name) ? this.#itemIn(value) : undefined;
    if (queue === undefined) return;
    if (isOne) this.#items.set(name.text, queue);
    else if (isPattern(name)) this.#keepMembers(name, queue);
  }

  /** `const { value, done } = queue.get()` */
  #keepMembers({ elements }: ts.BindingPattern, queue: string): void {
    for (const each of elements) {
      if (!ts.isBindingElement(each)) continue;
      if (isPattern(each.name)) this.#keepMembers(each.name, queue);
      else {
        this.#items.set(each.name.text, queue);
        this.#members.add(each.name.text);
      }
    }
  }

  /** `for await (const item of queue)` takes one in each turn. */
  override iterate(list: ts.VariableDeclarationList): void {
    const loop = list.parent;
    if (!ts.isForOfStatement(loop) || !loop.awaitModifier) return;
    const queue = this.#names.queueOf(loop.expression);
    if (queue !== undefined) this.#take(queue, loop.expression, loop.expression);
  }

  #take(queue: string, object: ts.Node, node: ts.Node): void {
    const text = object.getText(this.#file);
    this.graph.emit({ kind: "taken", queue, text, site: siteOf(node, this.#file) }, true);
  }

  protected lower(node: ts.Node): void {
    if (ts.isTypeNode(node)) return;
    if (isFunctionNode(node) || ts.isClassLike(node)) return this.#inside(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isAwaitExpression(node)) {
      this.lowerAll(unwrap(node.expression));
      this.graph.emit({ kind: "await", site: siteOf(node, this.#file) }, true);
      return;
    }
    if (ts.isIdentifier(node)) return this.#name(node);
    if (ts.isBinaryExpression(node) && isAssignment(node)) {
      this.#keep(node.left, node.right);
      if (ts.isIdentifier(node.left) && this.#isReceive(node.right)) {
        this.lowerAll(node.right);
        return this.#receive(node.left, node.right);
      }
    }
    ts.forEachChild(node, (child) => this.lowerAll(child));
  }

  /** What a function inside reports, it reports some time after it was made. */
  #inside(root: ts.Node): void {
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && node.name.text === "taskDone") this.#report(node.expression, node);
      if (ts.isIdentifier(node)) this.#useDelivery(node);
      ts.forEachChild(node, visit);
    };
    visit(root);
  }

  #report(object: ts.Expression, node: ts.Node): void {
    const queue = this.#names.queueOf(object);
    if (queue !== undefined) this.graph.emit({ kind: "reported", queue, site: siteOf(node, this.#file) }, false);
  }

  /** Whoever gets the queue may report what was taken. */
  #name(node: ts.Identifier): void {
    this.#useDelivery(node);
    if (ts.isForOfStatement(node.parent) && node.parent.expression === node) return;
    const queue = this.#names.queueOf(node);
    if (queue === undefined) return;
    this.shares.add(queue);
    if (!isForThread(node)) this.hands.add(queue);
  }

  #call(node: ts.CallExpression): void {
    const callee = unwrap(node.expression);
    const isMember = ts.isPropertyAccessExpression(callee);
    const queue = isMember ? this.#names.queueOf(callee.expression) : undefined;
    if (!isMember || queue === undefined) this.lowerAll(callee);
    for (const argument of node.arguments) this.lowerAll(unwrap(argument));
    if (isMember && queue !== undefined) return this.#method(node, callee, queue);
    const thread = isMember ? this.#joined(node, callee) : undefined;
    if (thread !== undefined) {
      this.graph.emit({ kind: "thread-joined", thread, site: siteOf(node, this.#file) }, true);
      return;
    }
    this.graph.emit({ kind: "suspended", on: [], site: siteOf(node, this.#file) }, true);
  }

  #method(node: ts.CallExpression, callee: ts.PropertyAccessExpression, queue: string): void {
    const method = callee.name.text;
    if (TAKES.test(method)) this.#take(queue, callee.expression, node);
    else if (RECEIVES.test(method)) this.#drop(queue, node);
    else if (method === "taskDone") this.#report(callee.expression, node);
    else if (JOINS.test(method)) {
      this.joins.push({ queue, text: callee.expression.getText(this.#file), site: siteOf(node, this.#file) });
    } else if (PUTS.test(method)) {
      if (node.arguments.length === 1) {
        this.graph.emit({ kind: "putting", queue, site: siteOf(node, this.#file) }, true);
      }
    } else if (method === "shutdown") {
      this.graph.emit({ kind: "shut", queue, site: siteOf(node, this.#file) }, false);
    } else if (!OTHER.test(method)) {
      this.shares.add(queue);
      this.hands.add(queue);
    }
  }

  /** `jobs.receive().item`: nobody has what is to be reported. */
  #drop(queue: string, node: ts.CallExpression): void {
    let at: ts.Node = node;
    while (ts.isAwaitExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
    const { parent } = at;
    const isRead = ts.isPropertyAccessExpression(parent) && READ.test(parent.name.text);
    if (!isRead && !ts.isExpressionStatement(parent)) return;
    const text = node.getText(this.#file);
    this.graph.emit({ kind: "delivered", queue, delivery: undefined, text, site: siteOf(node, this.#file) }, true);
  }

  /** The thread for whose end a call waits, without giving up after a while. */
  #joined(node: ts.CallExpression, { expression, name }: ts.PropertyAccessExpression): string | undefined {
    const thread =
      JOINS.test(name.text) && node.arguments.length === 0 ? this.#names.variableOf(expression) : undefined;
    return this.threads.some((each) => each.thread === thread) ? thread : undefined;
  }
}

/** `call()`, `await call()` */
function awaitedCall(value: ts.Expression): ts.CallExpression | undefined {
  const node = unwrap(value);
  const call = ts.isAwaitExpression(node) ? unwrap(node.expression) : node;
  return ts.isCallExpression(call) ? call : undefined;
}

/** `job.item` */
function isReadOf(node: ts.Identifier): boolean {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node && READ.test(parent.name.text);
}

/** What a pattern takes out of an object; of all the rest, nobody knows what. */
function takenOut({ propertyName, name, dotDotDotToken }: ts.BindingElement): string {
  return dotDotDotToken ? "" : (propertyName ?? name).getText();
}

/** `new Thread({ target, args: [queue] })` */
function isForThread(node: ts.Identifier): boolean {
  const list = node.parent;
  const property = list.parent;
  return (
    ts.isArrayLiteralExpression(list) &&
    ts.isPropertyAssignment(property) &&
    property.name.getText() === "args" &&
    ts.isNewExpression(property.parent.parent)
  );
}

/** Whether a loop asks behind its body whether it goes on, most often a count of the items. */
function endsLoop(condition: ts.Expression): boolean {
  let at: ts.Node = condition;
  while (ts.isParenthesizedExpression(at.parent) || ts.isPrefixUnaryExpression(at.parent) || isLogical(at.parent)) {
    at = at.parent;
  }
  const { parent } = at;
  return (
    (ts.isForStatement(parent) && parent.condition === at) || (ts.isDoStatement(parent) && parent.expression === at)
  );
}

function isLogical(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      node.operatorToken.kind === ts.SyntaxKind.BarBarToken)
  );
}

function isMemberAccess(node: ts.Expression): node is ts.PropertyAccessExpression | ts.ElementAccessExpression {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

function isPattern(node: ts.Node): node is ts.BindingPattern {
  return ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node);
}

/**
 * `n < 0`, `percent >= 100`: a value beyond a fixed bound may be the last one, a negative one by agreement and a large
 * one because all that come are in order.
 */
function boundedBy({
  left,
  operatorToken,
  right,
}: ts.BinaryExpression): { readonly value: ts.Expression; readonly isLast: boolean } | undefined {
  const way = ORDERS.get(operatorToken.kind);
  if (way === undefined) return undefined;
  const [atLeft, atRight] = [fixedNumber(left), fixedNumber(right)];
  const bound = atRight ?? atLeft;
  if (bound === undefined) return undefined;
  const isAbove = way === "above" ? atRight !== undefined : atRight === undefined;
  return { value: atRight === undefined ? right : left, isLast: bound <= 0 ? !isAbove : isAbove };
}

/** The side of the right operand on which such a comparison has the left one. */
const ORDERS: ReadonlyMap<ts.SyntaxKind, "above" | "below"> = new Map([
  [ts.SyntaxKind.GreaterThanToken, "above"],
  [ts.SyntaxKind.GreaterThanEqualsToken, "above"],
  [ts.SyntaxKind.LessThanToken, "below"],
  [ts.SyntaxKind.LessThanEqualsToken, "below"],
]);

function fixedNumber(expression: ts.Expression): number | undefined {
  const node = unwrap(expression);
  const isMinus = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  const literal = isMinus ? unwrap(node.operand) : node;
  return ts.isNumericLiteral(literal) ? Number(literal.text) * (isMinus ? -1 : 1) : undefined;
}
