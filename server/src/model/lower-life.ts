import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { declarationId, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import type { Fill, LifeEvent } from "./life.js";
import type { LifeNames } from "./life-names.js";
import { isAssignment } from "./variables.js";

/** Appends what an expression does with owned objects, in the order in which it happens. */
export class LifeLowering extends Branching {
  readonly #names: LifeNames;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, names: LifeNames, file: ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#file = file;
  }

  protected decided(condition: ts.Expression, says: boolean): void {
    const { names, calls } = this.#names.namesIn(condition);
    this.#emit({ kind: "ask", says, names, calls, site: this.#site(condition) });
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (declaration.initializer) this.visit(declaration.initializer);
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  #emit(event: LifeEvent, mayThrow = false): void {
    this.graph.emit(event, mayThrow);
  }

  protected lower(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isNewExpression(node)) return this.#new(node);
    if (ts.isBinaryExpression(node) && isAssignment(node)) return this.#assignment(node);
    if (ts.isPropertyAccessExpression(node)) return this.#member(node);
    if (ts.isDeleteExpression(node)) return this.#delete(node);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return this.#unary(node);
    ts.forEachChild(node, (child) => this.lowerAll(child));
  }

  #await(node: ts.AwaitExpression): void {
    this.lowerAll(unwrap(node.expression));
    const { names, calls } = this.#names.namesIn(node.expression);
    this.#emit({ kind: "heed", names: [...names, ...calls], site: this.#site(node) });
    this.graph.emit({ kind: "await", site: this.#site(node) }, true);
  }

  #call(node: ts.CallExpression): void {
    const callee = unwrap(node.expression);
    this.lowerAll(callee);
    for (const argument of node.arguments) this.lowerAll(unwrap(argument));
    const isMember = ts.isPropertyAccessExpression(callee);
    const name = isMember ? callee.name.text : ts.isIdentifier(callee) ? callee.text : undefined;
    if (name === undefined) return;
    const object = isMember ? callee.expression : undefined;
    const target = object ? undefined : this.#names.functionOf(callee);
    const functions = node.arguments.flatMap((argument) => this.#names.functionOf(argument) ?? []);
    this.#emit(
      {
        kind: "invoke",
        name,
        target: target && declarationId(target),
        on: object ? (this.#names.isOwn(object) ? "this" : "other") : "nobody",
        fields: object ? this.#names.fieldsOf(object) : [],
        text: object?.getText() ?? "",
        isOptional: isMember && callee.questionDotToken !== undefined,
        callbacks: functions.map(declarationId),
        given: node.arguments.flatMap((argument) => this.#names.fieldsOf(argument)),
        words: node.arguments.flatMap((argument) => (ts.isStringLiteralLike(argument) ? [argument.text] : [])),
        names: node.arguments.flatMap((argument) =>
          isFunctionNode(argument) ? [] : this.#names.namesIn(argument).names,
        ),
        keeper: keeperOf(node),
        isDropped: isDropped(node),
        site: this.#site(node),
      },
      true,
    );
  }

  #new(node: ts.NewExpression): void {
    for (const argument of node.arguments ?? []) this.lowerAll(unwrap(argument));
    const what = lastName(node.expression);
    if (what !== undefined) this.#emit({ kind: "make", what, site: this.#site(node) }, true);
  }

  #assignment(node: ts.BinaryExpression): void {
    const target = unwrap(node.left);
    if (!ts.isPropertyAccessExpression(target)) {
      this.visit(node.left);
      return this.visit(node.right);
    }
    this.#member(target);
    this.visit(node.right);
    this.#assign(target.name.text, node.right, node, {
      isOwn: this.#names.isOwn(target.expression),
      fields: this.#names.fieldsOf(target.expression),
    });
  }

  /** The value that a field has from the start. */
  field(node: ts.PropertyDeclaration): void {
    const { name, initializer } = node;
    if (!initializer || isFunctionNode(unwrap(initializer)) || !(ts.isIdentifier(name) || ts.isPrivateIdentifier(name)))
      return;
    this.visit(initializer);
    this.#assign(name.text, initializer, node, { isOwn: true, fields: [] });
  }

  #assign(member: string, value: ts.Expression, node: ts.Node, of: Pick<Fill, "isOwn" | "fields">): void {
    const handler = /^on[a-z]/.test(member) ? this.#names.functionOf(value) : undefined;
    const { names, callbacks } = this.#names.namesIn(value);
    this.#emit({
      kind: "fill",
      member,
      ...of,
      gives: givenBy(value),
      from: names,
      callbacks: handler ? [declarationId(handler)] : callbacks,
      made: madeBy(value),
      site: this.#site(node),
    });
  }

  /** `++this.count`: another value, made of the old one. */
  #unary({ operator, operand }: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): void {
    const target = unwrap(operand);
    this.lowerAll(target);
    const isStep = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    if (isStep && ts.isPropertyAccessExpression(target)) this.#fill(target, "value", this.#names.namesIn(target).names);
  }

  #delete(node: ts.DeleteExpression): void {
    const target = unwrap(node.expression);
    this.lowerAll(target);
    if (ts.isPropertyAccessExpression(target)) this.#fill(target, "nothing", []);
  }

  /** A member gets what no expression stands for. */
  #fill(target: ts.PropertyAccessExpression, gives: Fill["gives"], from: readonly string[]): void {
    this.#emit({
      kind: "fill",
      member: target.name.text,
      isOwn: this.#names.isOwn(target.expression),
      fields: this.#names.fieldsOf(target.expression),
      gives,
      from,
      callbacks: [],
      made: undefined,
      site: this.#site(target),
    });
  }

  #member(node: ts.PropertyAccessExpression): void {
    this.lowerAll(unwrap(node.expression));
    this.#reach(node);
  }

  /** `this.field.member`, but not `this.field?.member`. */
  #reach(node: ts.PropertyAccessExpression): void {
    const object = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(object) || !this.#names.isOwn(object.expression)) return;
    if (node.flags & ts.NodeFlags.OptionalChain) return;
    this.#emit({ kind: "reach", field: object.name.text, text: object.getText(), site: this.#site(node) }, true);
  }
}

/** The last name of what is called. */
function lastName(node: ts.Expression): string | undefined {
  const callee = unwrap(node);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

function madeBy(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (ts.isAwaitExpression(node)) return madeBy(node.expression);
  return ts.isNewExpression(node) || ts.isCallExpression(node) ? lastName(node.expression) : undefined;
}

function givenBy(expression: ts.Expression): Fill["gives"] {
  const node = unwrap(expression);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return "true";
  if (node.kind === ts.SyntaxKind.NullKeyword || ts.isVoidExpression(node)) return "nothing";
  return ts.isIdentifier(node) && node.text === "undefined" ? "nothing" : "value";
}

/** The variable or member that is given what a call returns, as for the handle of a timer. */
function keeperOf(node: ts.CallExpression): string | undefined {
  let at: ts.Node = node;
  while (isOnlyPassedOn(at)) at = at.parent;
  const { parent } = at;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
  return ts.isBinaryExpression(parent) && isAssignment(parent) && parent.right === at
    ? lastName(parent.left)
    : undefined;
}

/** `(call)`, `call.unref()`: still the same. */
function isOnlyPassedOn({ parent }: ts.Node): boolean {
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isNonNullExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === "unref" && ts.isCallExpression(parent.parent);
  return (
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    parent.expression.name.text === "unref"
  );
}

/** Whether nobody gets the promise that a call returns, nor one that settles after it. */
function isDropped(node: ts.CallExpression): boolean {
  let at: ts.Node = node;
  for (;;) {
    const { parent } = at;
    if (ts.isExpressionStatement(parent)) return true;
    const isChained =
      ts.isParenthesizedExpression(parent) ||
      ts.isVoidExpression(parent) ||
      (ts.isPropertyAccessExpression(parent) && /^(then|catch|finally)$/.test(parent.name.text)) ||
      (ts.isCallExpression(parent) && parent.expression === at);
    if (!isChained) return false;
    at = parent;
  }
}
