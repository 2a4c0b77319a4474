import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode } from "./declarations.js";

/** What a name in the code can stand for. */
export type Variable = ts.VariableDeclaration | ts.ParameterDeclaration | ts.BindingElement;

export function isVariable(node: ts.Node | undefined): node is Variable {
  return node !== undefined && (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node));
}

/** Whether a variable keeps its value, and if not, who gives it another one. */
export class Variables {
  readonly #assigned = new WeakMap<ts.Node, ReadonlySet<string>>();
  readonly #assignedMembers = new WeakMap<ts.Node, ReadonlySet<string>>();
  readonly #assignedInside = new WeakMap<ts.Node, ReadonlySet<string>>();

  /** Whether it may hold another object later. */
  isReassigned(declaration: Variable): boolean {
    if (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) return false;
    if (!ts.isIdentifier(declaration.name)) return true;
    return this.#assignedIn(enclosingFunction(declaration)).has(declaration.name.text);
  }

  /** Whether every value that it ever has while `owner` runs is given to it by `owner` itself, or before. */
  isFollowed(declaration: Variable, owner: FunctionNode | ts.SourceFile): boolean {
    if (!this.isReassigned(declaration)) return true;
    if (!ts.isIdentifier(declaration.name) || enclosingFunction(declaration) !== owner) return false;
    return !this.#assignedInsideOf(owner).has(declaration.name.text);
  }

  /** Whether the file gives the member that an expression names a value, on whatever object. */
  isMemberAssigned(node: ts.PropertyAccessExpression): boolean {
    const file = node.getSourceFile();
    let names = this.#assignedMembers.get(file);
    if (!names) {
      names = assignedMembers(file);
      this.#assignedMembers.set(file, names);
    }
    return names.has(node.name.text);
  }

  #assignedIn(scope: ts.Node): ReadonlySet<string> {
    let names = this.#assigned.get(scope);
    if (!names) {
      names = assignedNames(scope);
      this.#assigned.set(scope, names);
    }
    return names;
  }

  /** The names that functions inside `owner` assign to. */
  #assignedInsideOf(owner: ts.Node): ReadonlySet<string> {
    const known = this.#assignedInside.get(owner);
    if (known) return known;
    const names = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node)) for (const name of this.#assignedIn(node)) names.add(name);
      else ts.forEachChild(node, visit);
    };
    ts.forEachChild(owner, visit);
    this.#assignedInside.set(owner, names);
    return names;
  }
}

/** Every name that a piece of code assigns to, whatever the scope: one not among them is like `const` there. */
export function assignedNames(part: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (target: ts.Node): void => {
    if (ts.isIdentifier(target)) names.add(target.text);
    else if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target))
      ts.forEachChild(target, add);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node)) add(node.left);
    else if (ts.isPostfixUnaryExpression(node)) add(node.operand);
    else if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        add(node.operand);
    } else if (
      (ts.isForOfStatement(node) || ts.isForInStatement(node)) &&
      !ts.isVariableDeclarationList(node.initializer)
    ) {
      add(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(part);
  return names;
}

function assignedMembers(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const target =
      ts.isBinaryExpression(node) && isAssignment(node)
        ? node.left
        : ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)
          ? node.operand
          : undefined;
    if (target && ts.isPropertyAccessExpression(target)) names.add(target.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** `=`, `+=`, `??=` and their like. */
export function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `n++` or `--n`, and not `!n` or `-n`. */
export function isStep(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): boolean {
  return node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
}
