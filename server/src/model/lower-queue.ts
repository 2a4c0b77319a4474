import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import type { QueueFunction } from "./queue-function.js";

/** Says which queue an expression means. */
interface Names {
  queueOf(expression: ts.Expression): string | undefined;
}

const TAKES = /^get(?:Async|Nowait)?$/;
const JOINS = /^join(?:Async)?$/;
/** What leaves the items alone. */
const OTHER = /^(?:put|putAsync|putNowait|qsize|empty|full|shutdown|close)$/;

/** Appends what an expression does with queues, in the order in which it happens. */
export class QueueLowering extends Branching {
  readonly joins: QueueFunction["joins"][number][] = [];
  readonly shares = new Set<string>();
  readonly #names: Names;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, names: Names, file: ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#file = file;
  }

  protected decided(): void {
    // No answer says anything about a queue's items.
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (declaration.initializer) this.visit(declaration.initializer);
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
    if (queue !== undefined) this.shares.add(queue);
  }

  #call(node: ts.CallExpression): void {
    const callee = unwrap(node.expression);
    const isMember = ts.isPropertyAccessExpression(callee);
    const queue = isMember ? this.#names.queueOf(callee.expression) : undefined;
    if (!isMember || queue === undefined) this.lowerAll(callee);
    for (const argument of node.arguments) this.lowerAll(unwrap(argument));
    if (isMember && queue !== undefined) return this.#method(node, callee, queue);
    this.graph.emit({ kind: "suspended", on: [], site: siteOf(node, this.#file) }, true);
  }

  #method(node: ts.CallExpression, callee: ts.PropertyAccessExpression, queue: string): void {
    const method = callee.name.text;
    if (TAKES.test(method)) this.#take(queue, callee.expression, node);
    else if (method === "taskDone") this.#report(callee.expression, node);
    else if (JOINS.test(method)) {
      this.joins.push({ queue, text: callee.expression.getText(this.#file), site: siteOf(node, this.#file) });
    } else if (!OTHER.test(method)) this.shares.add(queue);
  }
}
