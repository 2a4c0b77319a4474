import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import type { ResourceEvent } from "./resource.js";
import { inlineCallback } from "./resource-names.js";
import type { HeldResource, ResourceVariables } from "./resource-variables.js";
import { isAssignment } from "./variables.js";

/** Calls that wait for an object's event, and do nothing with the object. */
const LISTENS = /^(?:events\.)?once$/;
/** What an object says of itself without anybody getting it. */
const TELLS: ReadonlySet<string> = new Set(["pid", "threadId", "connected", "exitCode", "length", "onmessage"]);
/** What a thread is, which nobody has to start to know. */
const DESCRIBES: ReadonlySet<string> = new Set(["name", "ident"]);
/** Events that an object has once, when it ends. */
const ENDED: ReadonlySet<string> = new Set(["exit", "close"]);
/** Handlers of the end: who has one minds the object's life elsewhere. */
const ENDINGS: ReadonlySet<string> = new Set(["exit", "close", "error", "disconnect"]);
/** Methods that wait for what another thread does. */
const WAITS = /^(?:get|wait|join|acquire|take|receive|next|map|apply|starmap)(?:For)?(?:Nowait)?(?:Async)?$/;

/** Appends what an expression does with the function's resources, in the order in which it happens. */
export class ResourceLowering extends Branching {
  readonly #variables: ResourceVariables;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, variables: ResourceVariables, file: ts.SourceFile) {
    super(graph);
    this.#variables = variables;
    this.#file = file;
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  #emit(event: ResourceEvent, mayThrow = false): void {
    this.graph.emit(event, mayThrow);
  }

  protected decided(condition: ts.Expression, says: boolean): void {
    const { tested, isThere } = testOf(condition);
    for (const { resource } of tested ? this.#variables.at(tested) : []) {
      if (says !== isThere) this.#emit({ kind: "absent", resource: resource.id, site: this.#site(condition) });
    }
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (declaration.initializer) this.#give(declaration, declaration.initializer);
  }

  override visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): () => void {
    this.#give(declaration, node);
    const held = this.#variables.of(declaration);
    return () => {
      if (held) this.#do(held, "end", "dispose", declaration);
    };
  }

  /** A variable gets its value. */
  #give(declaration: ts.VariableDeclaration, value: ts.Expression): void {
    this.visit(value);
    const held = this.#variables.of(declaration);
    if (held && this.#variables.makes(value)) {
      this.#emit({ kind: "made", resource: held.resource.id, site: this.#site(unwrap(value)) });
    }
  }

  #do(
    { resource, isElement }: HeldResource,
    deed: "start" | "run" | "wait" | "close" | "end" | "task" | "use",
    method: string,
    node: ts.Node,
    isTimed = false,
  ): void {
    const isOnOneWay = deed === "end" && isConditional(node);
    const isGuarded = isGuardedSince(node, resource.site);
    this.#emit(
      {
        kind: "done",
        resource: resource.id,
        deed,
        method,
        isTimed,
        isElement,
        isOnOneWay,
        isGuarded,
        site: this.#site(node),
      },
      deed === "task" && !/Async$|^imap/.test(method),
    );
  }

  #lose(held: readonly HeldResource[], node: ts.Node): void {
    for (const { resource } of held)
      this.#emit({ kind: "moved", resource: resource.id, to: undefined, site: this.#site(node) });
  }

  protected lower(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isBinaryExpression(node) && isAssignment(node)) return this.#assignment(node);
    if (ts.isBinaryExpression(node) && isComparison(node)) return this.#comparison(node);
    if (ts.isPropertyAccessExpression(node)) return this.#member(node);
    if (ts.isIdentifier(node)) return this.#name(node);
    if (ts.isTypeOfExpression(node) && ts.isIdentifier(unwrap(node.expression))) return;
    ts.forEachChild(node, (child) => this.lowerAll(child));
  }

  #name(node: ts.Identifier): void {
    const held = this.#variables.at(node);
    // What a loop or a condition asks for goes nowhere.
    if (held.length === 0 || this.#variables.isIterated(node) || isTested(node)) return;
    this.#lose(held, node);
  }

  #comparison(node: ts.BinaryExpression): void {
    for (const side of [node.left, node.right]) if (!ts.isIdentifier(unwrap(side))) this.lowerAll(unwrap(side));
  }

  #member(node: ts.PropertyAccessExpression): void {
    const held = this.#variables.at(node.expression);
    if (held.length === 0) return this.lowerAll(unwrap(node.expression));
    for (const each of held) {
      if (DESCRIBES.has(node.name.text)) this.#do(each, "use", node.name.text, node);
      else if (!TELLS.has(node.name.text)) this.#lose([each], node);
    }
  }

  #await(node: ts.AwaitExpression): void {
    this.lowerAll(unwrap(node.expression));
    const ended = this.#endedIn(node.expression);
    const on = [...this.#variables.namedIn(node.expression), ...ended.map(({ resource }) => resource.id)];
    this.#emit({ kind: "suspended", on, site: this.#site(node) }, true);
    for (const held of ended) this.#do(held, "end", "once", node);
  }

  /** What has ended behind an `await once(child, "exit")`, or an `await` of a constant that such a call gives its value. */
  #endedIn(awaited: ts.Expression): readonly HeldResource[] {
    const found: HeldResource[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && LISTENS.test(node.expression.getText(this.#file))) {
        const [emitter, event] = node.arguments;
        if (emitter && event && ts.isStringLiteralLike(event) && ENDED.has(event.text)) {
          found.push(...this.#variables.at(emitter));
        }
      }
      const constant = ts.isIdentifier(node) ? this.#variables.constantOf(node) : undefined;
      if (constant && ts.isCallExpression(constant)) visit(constant);
      ts.forEachChild(node, visit);
    };
    visit(awaited);
    return found;
  }

  #assignment(node: ts.BinaryExpression): void {
    const target = unwrap(node.left);
    if (ts.isIdentifier(target)) {
      const [held] = this.#variables.at(target);
      this.visit(node.right);
      if (!held) return;
      if (this.#variables.makes(node.right)) {
        this.#emit({ kind: "made", resource: held.resource.id, site: this.#site(unwrap(node.right)) });
      } else this.#lose([held], node);
      return;
    }
    this.lowerAll(target);
    this.visit(node.right);
  }

  #call(node: ts.CallExpression): void {
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const receiver = this.#variables.at(callee.expression);
      if (receiver.length > 0) return this.#method(node, callee, receiver);
      if (this.#endsProgram(callee)) return this.#lose(this.#variables.all, node);
    }
    this.lowerAll(callee);
    const isListening = LISTENS.test(callee.getText(this.#file));
    for (const argument of node.arguments) {
      if (!(isListening && ts.isIdentifier(unwrap(argument)))) this.lowerAll(unwrap(argument));
    }
    if (ts.isPropertyAccessExpression(callee) && WAITS.test(callee.name.text)) {
      this.#emit({ kind: "suspended", on: [], site: this.#site(node) });
    }
  }

  #endsProgram(callee: ts.PropertyAccessExpression): boolean {
    return /^(?:process\.(?:exit|abort)|Deno\.exit)$/.test(callee.getText(this.#file));
  }

  #method(node: ts.CallExpression, callee: ts.PropertyAccessExpression, receiver: readonly HeldResource[]): void {
    const method = callee.name.text;
    const iterated = receiver.filter(({ resource, isElement }) => resource.isList && !isElement);
    if (iterated.length > 0) return this.#list(node, method, iterated);
    for (const argument of node.arguments) this.lowerAll(unwrap(argument));
    const [event] = node.arguments;
    for (const held of receiver) {
      const deed = held.methods[method];
      const isEnding = event && ts.isStringLiteralLike(event) && ENDINGS.has(event.text);
      if (deed === undefined || (deed === "use" && isEnding)) this.#lose([held], node);
      else this.#do(held, deed, method, node, deed === "wait" && node.arguments.length > 0);
    }
  }

  /** `threads.push(thread)`, `threads.forEach((thread) => thread.join())` */
  #list(node: ts.CallExpression, method: string, lists: readonly HeldResource[]): void {
    const callback = inlineCallback(node);
    if (callback) {
      this.graph.repeating(this.#site(node), () => this.#inline(callback.body));
      return;
    }
    const [list] = lists;
    if (method !== "push" || !list) return this.#lose(lists, node);
    for (const argument of node.arguments) {
      const moved = this.#variables.at(argument);
      for (const { resource } of moved) {
        this.#emit({ kind: "moved", resource: resource.id, to: list.resource.id, site: this.#site(argument) });
      }
      if (moved.length > 0) continue;
      this.lowerAll(unwrap(argument));
      if (this.#variables.makes(argument)) {
        this.#emit({ kind: "made", resource: list.resource.id, site: this.#site(argument) });
      } else this.#lose(lists, node);
    }
  }

  #inline(body: ts.ConciseBody): void {
    if (!ts.isBlock(body)) return this.visit(body);
    for (const statement of body.statements) if (ts.isExpressionStatement(statement)) this.visit(statement.expression);
  }
}

/** `worker`, `worker !== undefined`: what is asked for, and what the answer is where it is there. */
function testOf(condition: ts.Expression): { readonly tested: ts.Expression | undefined; readonly isThere: boolean } {
  const node = unwrap(condition);
  if (ts.isIdentifier(node)) return { tested: node, isThere: true };
  if (!ts.isBinaryExpression(node) || !isComparison(node)) return { tested: undefined, isThere: true };
  const isEmpty = /^(?:undefined|null)$/.test(node.right.getText());
  return { tested: isEmpty ? node.left : undefined, isThere: node.operatorToken.getText().startsWith("!") };
}

/** Whether something is done in one branch only, or where errors are handled. */
function isConditional(node: ts.Node): boolean {
  for (let at = node; at.parent && !isFunctionNode(at); at = at.parent) {
    const { parent } = at;
    if (ts.isCatchClause(parent) || ts.isCaseOrDefaultClause(parent)) return true;
    if (ts.isIfStatement(parent) && parent.expression !== at) return true;
    if (ts.isConditionalExpression(parent) && parent.condition !== at) return true;
    if (ts.isBinaryExpression(parent) && parent.right === at && isShortCircuit(parent)) return true;
  }
  return false;
}

function isShortCircuit({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** Whether a `try` that handles errors is around this, and not around the place where the object was made. */
function isGuardedSince(node: ts.Node, made: Site): boolean {
  for (let at = node; at.parent && !isFunctionNode(at); at = at.parent) {
    const { parent } = at;
    if (!ts.isTryStatement(parent) || !parent.catchClause || parent.tryBlock !== at) continue;
    if (made.start < at.pos || made.start >= at.end) return true;
  }
  return false;
}

/** Whether a name stands where only its truth is asked for. */
function isTested(node: ts.Identifier): boolean {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isPrefixUnaryExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === at;
  if (ts.isConditionalExpression(parent)) return parent.condition === at;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === at &&
    parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
  );
}

function isComparison({ operatorToken }: ts.BinaryExpression): boolean {
  return (
    operatorToken.kind >= ts.SyntaxKind.EqualsEqualsToken &&
    operatorToken.kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken
  );
}
