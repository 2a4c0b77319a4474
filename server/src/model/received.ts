import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, isStatic, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import type { ClassLost } from "./message.js";
import type { Invocation } from "./spawns.js";
import { assignedNames } from "./variables.js";

/** Code with these makes instances of copies again, or may. */
const MENDS = /\b(setPrototypeOf|plainToInstance|plainToClass|assign)\b/;

type Named = ts.VariableDeclaration | ts.ParameterDeclaration | ts.BindingElement;

/**
 * Uses of what only the class of an object gives it, where the object is a copy: `structuredClone` and messages make plain
 * objects of instances.
 */
export function lostClasses(node: Invocation, scope: FunctionScope): readonly ClassLost[] {
  if (!ts.isCallExpression(node)) return [];
  const callee = unwrap(node.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  if (name === "structuredClone") return new Copies(node, "copied", scope).ofClone(node);
  const [event, listener] = node.arguments;
  if (!event || !listener || !ts.isStringLiteralLike(event) || event.text !== "message") return [];
  const effect = scope.effectOf(node);
  const body = unwrap(listener);
  if (effect?.effect !== "invoke" || !effect.hears || !isFunctionNode(body)) return [];
  return new Copies(node, "received", scope).ofParameter(body);
}

class Copies {
  readonly #call: ts.CallExpression;
  readonly #how: ClassLost["how"];
  readonly #scope: FunctionScope;
  readonly #copies = new Set<ts.Declaration>();
  readonly #found: ClassLost[] = [];

  constructor(call: ts.CallExpression, how: ClassLost["how"], scope: FunctionScope) {
    this.#call = call;
    this.#how = how;
    this.#scope = scope;
  }

  /** `structuredClone(order).total()`, and the constant that the copy goes to. */
  ofClone(call: ts.CallExpression): readonly ClassLost[] {
    let at: ts.Node = call;
    while (isTransparent(at.parent)) at = at.parent;
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent)) this.#use(parent);
    if (ts.isVariableDeclaration(parent) && isConstant(parent)) this.#through(parent, enclosingFunction(parent));
    return this.#found;
  }

  /** What a listener is given. */
  ofParameter(listener: FunctionNode): readonly ClassLost[] {
    const [message] = listener.parameters;
    if (message) this.#through(message, listener);
    return this.#found;
  }

  /** Looks at all that a piece of code does with a variable that holds a copy, and those that hold a part of it. */
  #through(variable: Named, home: ts.Node): void {
    if (MENDS.test(home.getText())) return;
    const assigned = assignedNames(home);
    const add = (name: ts.BindingName, declaration: Named): void => {
      if (ts.isIdentifier(name) && !assigned.has(name.text)) this.#copies.add(declaration);
      if (ts.isObjectBindingPattern(name))
        for (const each of name.elements) if (!each.initializer) add(each.name, each);
    };
    add(variable.name, variable);
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) && node.initializer && this.#isCopy(node.initializer)) add(node.name, node);
      if (ts.isPropertyAccessExpression(node) && this.#isCopy(node.expression)) this.#use(node);
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) this.#test(node);
      ts.forEachChild(node, visit);
    };
    visit(home);
  }

  /** Whether an expression is a variable that holds a copy, or a member of one. */
  #isCopy(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.#isCopy(node.expression);
    if (!ts.isIdentifier(node)) return false;
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    return declaration !== undefined && this.#copies.has(declaration);
  }

  #use(node: ts.PropertyAccessExpression): void {
    const declaration = this.#scope.context.symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || declaration.getSourceFile().isDeclarationFile || !isOfPrototype(declaration)) return;
    const owner = (declaration.parent as ts.ClassLikeDeclaration).name?.text ?? "its class";
    this.#report(node, owner, ts.isMethodDeclaration(declaration) ? "method" : "accessor");
  }

  /** `order instanceof Order` */
  #test(node: ts.BinaryExpression): void {
    if (!this.#isCopy(node.left)) return;
    const declaration = this.#scope.context.symbols.symbolAt(unwrap(node.right))?.valueDeclaration;
    if (!declaration || !ts.isClassLike(declaration) || declaration.getSourceFile().isDeclarationFile) return;
    this.#report(node, declaration.name?.text ?? "its class", "test");
  }

  #report(node: ts.Node, owner: string, what: ClassLost["what"]): void {
    const text = node.getText();
    if (text.includes("\n")) return;
    this.#found.push({
      kind: "class-lost",
      text,
      owner,
      what,
      how: this.#how,
      from: this.#scope.site(this.#call.expression),
      site: this.#scope.site(node),
    });
  }
}

function isTransparent(node: ts.Node): boolean {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node);
}

function isConstant(node: ts.Declaration): boolean {
  return (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
}

/** Whether what is declared is on the prototype of a class. */
function isOfPrototype(declaration: ts.Declaration): boolean {
  const isMember = ts.isMethodDeclaration(declaration) || ts.isAccessor(declaration);
  return isMember && ts.isClassLike(declaration.parent) && !isStatic(declaration);
}
