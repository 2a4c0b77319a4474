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
const JOINS = /^join(?:Async)?$/;
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
  readonly #names: Names;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, names: Names, file: ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#file = file;
  }

  /** What an item is compared with, or whether there is one, says that it was the last. */
  protected decided(condition: ts.Expression, says: boolean): void {
    const queue = endsLoop(condition) ? undefined : this.#lastIf(condition, says);
    if (endsLoop(condition)) this.graph.emit({ kind: "counted", site: siteOf(condition, this.#file) }, false);
    if (queue !== undefined) this.graph.emit({ kind: "finished", queue, site: siteOf(condition, this.#file) }, false);
  }

  #lastIf(condition: ts.Expression, says: boolean): string | undefined {
    if (!ts.isBinaryExpression(condition)) return says && !isMember(condition) ? undefined : this.#itemIn(condition);
    const { left, operatorToken, right } = condition;
    const isEqual =
      operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken;
    const isUnequal =
      operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
      operatorToken.kind === ts.SyntaxKind.ExclamationEqualsToken;
    if (isUnequal ? says : !isEqual || !says) return undefined;
    return this.#itemIn(left) ?? this.#itemIn(right);
  }

  /** The queue out of which an item was taken that an expression is, or a member of. */
  #itemIn(expression: ts.Expression): string | undefined {
    let node = unwrap(expression);
    while (ts.isAwaitExpression(node) || ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
    if (ts.isBinaryExpression(node)) return isAssignment(node) ? this.#itemIn(node.right) : undefined;
    if (ts.isIdentifier(node)) return this.#items.get(node.text);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
    return TAKES.test(node.expression.name.text) ? this.#names.queueOf(node.expression.expression) : undefined;
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (!declaration.initializer) return;
    this.visit(declaration.initializer);
    this.#keep(declaration.name, declaration.initializer);
    const thread = this.#names.threadOf(declaration);
    if (thread) this.threads.push(thread);
  }

  #keep(name: ts.Node, value: ts.Expression): void {
    const queue = ts.isIdentifier(name) ? this.#itemIn(value) : undefined;
    if (queue !== undefined && ts.isIdentifier(name)) this.#items.set(name.text, queue);
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
    if (ts.isBinaryExpression(node) && isAssignment(node)) this.#keep(node.left, node.right);
    ts.forEachChild(node, (child) => this.lowerAll(child));
  }

  /** What a function inside reports, it reports some time after it was made. */
  #inside(root: ts.Node): void {
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && node.name.text === "taskDone") this.#report(node.expression, node);
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

  /** The thread for whose end a call waits, without giving up after a while. */
  #joined(node: ts.CallExpression, { expression, name }: ts.PropertyAccessExpression): string | undefined {
    const thread =
      JOINS.test(name.text) && node.arguments.length === 0 ? this.#names.variableOf(expression) : undefined;
    return this.threads.some((each) => each.thread === thread) ? thread : undefined;
  }
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

/** `item.done`: a member that is true may say that there is nothing more. */
function isMember(condition: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(unwrap(condition));
}
