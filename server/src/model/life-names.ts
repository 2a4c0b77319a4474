import { ts } from "../source/syntax.js";
import { declarationId, type FunctionNode, isFunctionNode, isStatic, unwrap } from "./declarations.js";
import type { StateNames } from "./state-names.js";

/** How far constants are followed to what they were made of. */
const MAX_STEPS = 3;

/** What expressions name, in terms of the object that the function around belongs to. */
export class LifeNames {
  readonly #names: StateNames;
  readonly #constructors: ReadonlySet<string>;

  /** `constructors`: the functions of the file that are classes by their prototype. */
  constructor(names: StateNames, constructors: ReadonlySet<string>) {
    this.#names = names;
    this.#constructors = constructors;
  }

  /** The class whose object `this` is in the code of a function itself. */
  homeOf(node: FunctionNode): string | undefined {
    if (ts.isArrowFunction(node) && !ts.isPropertyDeclaration(node.parent)) return this.#homeAround(node);
    const { parent } = node;
    if (ts.isClassLike(parent)) return isStatic(node) ? undefined : classKey(parent);
    if (ts.isPropertyDeclaration(parent)) return isStatic(parent) ? undefined : classKey(parent.parent);
    if (ts.isFunctionDeclaration(node) && this.#constructors.has(node.name?.text ?? "")) return node.name?.text;
    return prototypeOf(node)?.home;
  }

  /** The class whose object the function sees, as `this` or by another name. */
  seenHomeOf(node: FunctionNode): string | undefined {
    for (let at: ts.Node = node; at && !ts.isSourceFile(at); at = at.parent) {
      const home = isFunctionNode(at) ? this.homeOf(at) : undefined;
      if (home !== undefined) return home;
    }
    return undefined;
  }

  #homeAround(node: ts.Node): string | undefined {
    for (let at = node.parent; at && !ts.isSourceFile(at); at = at.parent) {
      if (isFunctionNode(at)) return this.homeOf(at);
      if (ts.isPropertyDeclaration(at)) return isStatic(at) ? undefined : classKey(at.parent);
    }
    return undefined;
  }

  /** Whether an expression is the own object: `this`, or a constant that holds it, as `const self = this` does. */
  isOwn(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    if (node.kind === ts.SyntaxKind.ThisKeyword) return this.#homeAround(node) !== undefined;
    const value = ts.isIdentifier(node) ? this.#valueOf(node) : undefined;
    return value?.kind === ts.SyntaxKind.ThisKeyword && this.#homeAround(value) !== undefined;
  }

  /** The own fields that an object may come from: of `this.a`, of `const a = this.a ?? await this.b`. */
  fieldsOf(expression: ts.Expression, steps = MAX_STEPS): readonly string[] {
    const node = unwrap(expression);
    if (ts.isPropertyAccessExpression(node)) return this.isOwn(node.expression) ? [node.name.text] : [];
    if (ts.isAwaitExpression(node)) return this.fieldsOf(node.expression, steps);
    if (ts.isBinaryExpression(node)) return [...this.fieldsOf(node.left, steps), ...this.fieldsOf(node.right, steps)];
    if (!ts.isIdentifier(node) || steps === 0) return [];
    const element = this.#elementOf(node);
    if (element) return [element];
    const value = this.#valueOf(node);
    return value ? this.fieldsOf(value, steps - 1) : [];
  }

  /** The field that `const { field } = this` takes out. */
  #elementOf(node: ts.Identifier): string | undefined {
    const declaration = this.#names.declarationOf(node)?.node;
    if (!declaration || !ts.isBindingElement(declaration) || !ts.isObjectBindingPattern(declaration.parent))
      return undefined;
    const whole = declaration.parent.parent;
    if (!ts.isVariableDeclaration(whole) || !whole.initializer || !this.isOwn(whole.initializer)) return undefined;
    const name = declaration.propertyName ?? declaration.name;
    return ts.isIdentifier(name) ? name.text : undefined;
  }

  /** What a variable was given where it was declared. */
  #valueOf(node: ts.Identifier): ts.Expression | undefined {
    const declaration = this.#names.declarationOf(node)?.node;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    return unwrap(declaration.initializer);
  }

  /** The function that an expression is, as far as the file says. */
  functionOf(expression: ts.Expression): FunctionNode | undefined {
    const node = unwrap(expression);
    if (isFunctionNode(node)) return node;
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      return node.expression.name.text === "bind" ? this.functionOf(node.expression.expression) : undefined;
    }
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.#names.declarationOf(node)?.node;
    if (!declaration) return undefined;
    if (ts.isFunctionDeclaration(declaration)) return isFunctionNode(declaration) ? declaration : undefined;
    const value = this.#valueOf(node);
    return value && isFunctionNode(value) ? value : undefined;
  }

  /** Every name in an expression, with what its constants were made of; no functions inside it, but their ids apart. */
  namesIn(expression: ts.Node): Named {
    const named: Named = { names: [], calls: [], callbacks: [] };
    this.#collect(expression, named, MAX_STEPS);
    return named;
  }

  #collect(root: ts.Node, named: Named, steps: number): void {
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node)) {
        named.callbacks.push(declarationId(node));
        return;
      }
      if (ts.isTypeNode(node) || ts.isClassLike(node)) return;
      if (ts.isCallExpression(node)) {
        const callee = unwrap(node.expression);
        const called = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
        if (ts.isIdentifier(called) || ts.isPrivateIdentifier(called)) named.calls.push(called.text);
      }
      if (ts.isPrivateIdentifier(node)) named.names.push(node.text);
      if (ts.isIdentifier(node)) {
        named.names.push(node.text);
        const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
        const value = isMember || steps === 0 ? undefined : this.#valueOf(node);
        if (value && !isFunctionNode(value)) this.#collect(value, named, steps - 1);
        const element = isMember ? undefined : this.#elementOf(node);
        if (element) named.names.push(element);
      }
      ts.forEachChild(node, visit);
    };
    visit(root);
  }
}

/** What an expression names. */
export interface Named {
  readonly names: string[];
  /** The functions and methods that it calls. */
  readonly calls: string[];
  /** The functions that are written in it. */
  readonly callbacks: string[];
}

export function classKey(node: ts.ClassLikeDeclaration): string {
  return node.name?.text ?? `class@${node.pos}`;
}

/** `Name.prototype.method = function () {}`. */
export function prototypeOf(node: ts.Node): { readonly home: string; readonly method: string } | undefined {
  const { parent } = node;
  if (!parent || !ts.isBinaryExpression(parent) || parent.right !== node) return undefined;
  const { left } = parent;
  if (!ts.isPropertyAccessExpression(left) || !ts.isPropertyAccessExpression(left.expression)) return undefined;
  const { expression: object, name } = left.expression;
  if (name.text !== "prototype" || !ts.isIdentifier(object)) return undefined;
  return { home: object.text, method: left.name.text };
}
