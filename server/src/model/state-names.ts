import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, isStatic, unwrap } from "./declarations.js";
import { oncePer } from "./once-per.js";
import type { State } from "./state.js";

/** A name's own declaration, found by scopes alone: no type has to be known, so plain JavaScript is as good. */
export interface Declared {
  readonly node: ts.VariableDeclaration | ts.BindingElement | ts.ParameterDeclaration | ts.FunctionDeclaration;
  /** The function whose scope it is in, or the module. */
  readonly scope: FunctionNode | ts.SourceFile;
}

/** What an entry of a container is called that a call or an index names. */
const MAX_KEY_TEXT = 60;
const MAX_STEPS = 3;

/** Finds out what state an expression means, by the scopes of one file. */
export class StateNames {
  readonly #declared = new Map<ts.Node, ReadonlyMap<string, Declared["node"]>>();

  /** The declaration that a name refers to, or undefined for what the file does not declare as a variable. */
  declarationOf(name: ts.Identifier): Declared | undefined {
    for (let at: ts.Node = name.parent; at; at = at.parent) {
      if (!isScope(at)) continue;
      const node = this.#declarationsIn(at).get(name.text);
      if (node) return { node, scope: isFunctionNode(at) || ts.isSourceFile(at) ? at : enclosingFunction(at) };
    }
    return undefined;
  }

  /** The state an expression in `owner` names, or undefined: locals and parameters are nobody else's. */
  stateOf(expression: ts.Expression, owner: FunctionNode | ts.SourceFile): State | undefined {
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) return this.#ofName(node, owner);
    if (ts.isPropertyAccessExpression(node)) return this.#ofMember(node, owner);
    if (ts.isElementAccessExpression(node)) return this.entryOf(node.expression, node.argumentExpression, owner);
    return undefined;
  }

  /** The entry of a container under a key: `cache[id]`, `cache.get(id)`. */
  entryOf(
    container: ts.Expression,
    key: ts.Expression | undefined,
    owner: FunctionNode | ts.SourceFile,
  ): State | undefined {
    const base = this.containerOf(container, owner);
    const text = key?.getText().replace(/\s+/g, "");
    if (!base || text === undefined || text.length > MAX_KEY_TEXT) return undefined;
    return {
      key: `${base.key}[${text}]`,
      text: `${base.text}[${text}]`,
      taken: base.taken,
      captured: base.captured,
      container: base.key,
    };
  }

  /** The state that an object is which others may hold as well: a field, or a variable that outlives the call. */
  containerOf(expression: ts.Expression, owner: FunctionNode | ts.SourceFile): State | undefined {
    const node = unwrap(expression);
    if (!ts.isIdentifier(node)) return this.stateOf(node, owner);
    const declared = this.declarationOf(node);
    return declared && this.#outliving(node, declared, owner);
  }

  /** The method that `this.name` is, in the class around. */
  methodOf(node: ts.PropertyAccessExpression): FunctionNode | undefined {
    const home = node.expression.kind === ts.SyntaxKind.ThisKeyword ? homeOf(node) : undefined;
    if (!home || !ts.isClassLike(home.node)) return undefined;
    const named = methodsOf(home.node).get(node.name.text) ?? [];
    for (const member of named) if (isFunctionNode(member) && isStaticMember(member) === home.isStatic) return member;
    return undefined;
  }

  #ofName(node: ts.Identifier, owner: FunctionNode | ts.SourceFile): State | undefined {
    const declared = this.declarationOf(node);
    if (!declared || ts.isFunctionDeclaration(declared.node)) return undefined;
    if (ts.getCombinedNodeFlags(declared.node) & ts.NodeFlags.Const) return undefined;
    return this.#outliving(node, declared, owner);
  }

  #outliving(node: ts.Identifier, { node: declaration, scope }: Declared, owner: ts.Node): State | undefined {
    if (ts.isFunctionDeclaration(declaration) || ts.isParameter(declaration)) return undefined;
    if (scope === owner) return undefined;
    return {
      key: `${node.getSourceFile().fileName}@${declaration.pos}`,
      text: node.text,
      taken: false,
      captured: !ts.isSourceFile(scope),
    };
  }

  #ofMember(node: ts.PropertyAccessExpression, owner: FunctionNode | ts.SourceFile): State | undefined {
    const object = unwrap(node.expression);
    if (object.kind === ts.SyntaxKind.ThisKeyword) {
      const home = homeOf(object);
      if (!home || isMethodName(home.node, node.name.text)) return undefined;
      const key = `${node.getSourceFile().fileName}@${home.node.pos}${home.isStatic ? "static" : ""}.${node.name.text}`;
      return { key, text: `this.${node.name.text}`, taken: false, captured: false };
    }
    if (!ts.isIdentifier(object) && !ts.isPropertyAccessExpression(object)) return undefined;
    const base = this.#objectOf(object, owner);
    if (!base || base.text.split(".").length > MAX_STEPS) return undefined;
    return {
      key: `${base.key}.${node.name.text}`,
      text: `${object.getText()}.${node.name.text}`,
      taken: base.taken,
      captured: base.captured,
    };
  }

  /** An object that is state, or was taken out of it into a constant. */
  #objectOf(node: ts.Identifier | ts.PropertyAccessExpression, owner: FunctionNode | ts.SourceFile): State | undefined {
    const container = this.containerOf(node, owner);
    if (container || !ts.isIdentifier(node)) return container;
    const declaration = this.declarationOf(node)?.node;
    if (!declaration || ts.isFunctionDeclaration(declaration)) return undefined;
    const own: State = {
      key: `${node.getSourceFile().fileName}@${declaration.pos}`,
      text: node.text,
      taken: true,
      captured: false,
    };
    if (ts.isParameter(declaration)) return own;
    if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    if (!(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const)) return undefined;
    const value = unwrap(declaration.initializer);
    if (!ts.isCallExpression(value)) return this.stateOf(value, owner);
    const callee = unwrap(value.expression);
    if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "get") return undefined;
    const entry = this.entryOf(callee.expression, value.arguments[0], owner);
    return entry && { ...entry, taken: true };
  }

  #declarationsIn(scope: ts.Node): ReadonlyMap<string, Declared["node"]> {
    const known = this.#declared.get(scope);
    if (known) return known;
    const names = new Map<string, Declared["node"]>();
    const add = (name: ts.BindingName, node: Declared["node"]): void => {
      if (ts.isIdentifier(name)) names.set(name.text, node);
      else for (const each of name.elements) if (ts.isBindingElement(each)) add(each.name, each);
    };
    const isWhole = isFunctionNode(scope) || ts.isSourceFile(scope);
    if (isFunctionNode(scope)) for (const parameter of scope.parameters) add(parameter.name, parameter);
    const visit = (node: ts.Node, isOwn: boolean): void => {
      if (!isOwn && !isWhole) return;
      if (ts.isFunctionDeclaration(node) && node.name && isOwn) names.set(node.name.text, node);
      if (ts.isVariableDeclaration(node)) {
        const isBlockScoped = (ts.getCombinedNodeFlags(node) & ts.NodeFlags.BlockScoped) !== 0;
        if (isBlockScoped ? isOwn : isWhole) add(node.name, node);
        return;
      }
      if (!mayDeclare(node)) return;
      ts.forEachChild(node, (child) => visit(child, isOwn && !isBlock(child, node)));
    };
    ts.forEachChild(scope, (child) => visit(child, true));
    this.#declared.set(scope, names);
    return names;
  }
}

function isScope(node: ts.Node): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.SourceFile:
    case ts.SyntaxKind.Block:
    case ts.SyntaxKind.CaseBlock:
    case ts.SyntaxKind.CatchClause:
    case ts.SyntaxKind.DoStatement:
    case ts.SyntaxKind.WhileStatement:
    case ts.SyntaxKind.ForStatement:
    case ts.SyntaxKind.ForInStatement:
    case ts.SyntaxKind.ForOfStatement:
      return true;
    default:
      return isFunctionNode(node);
  }
}

/** Whether variables may be declared in a node: in an expression only by functions and classes, which are scopes of their own. */
function mayDeclare(node: ts.Node): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.VariableStatement:
    case ts.SyntaxKind.VariableDeclarationList:
    case ts.SyntaxKind.Block:
    case ts.SyntaxKind.IfStatement:
    case ts.SyntaxKind.DoStatement:
    case ts.SyntaxKind.WhileStatement:
    case ts.SyntaxKind.ForStatement:
    case ts.SyntaxKind.ForInStatement:
    case ts.SyntaxKind.ForOfStatement:
    case ts.SyntaxKind.SwitchStatement:
    case ts.SyntaxKind.CaseBlock:
    case ts.SyntaxKind.CaseClause:
    case ts.SyntaxKind.DefaultClause:
    case ts.SyntaxKind.TryStatement:
    case ts.SyntaxKind.CatchClause:
    case ts.SyntaxKind.LabeledStatement:
    case ts.SyntaxKind.WithStatement:
    case ts.SyntaxKind.ModuleDeclaration:
    case ts.SyntaxKind.ModuleBlock:
      return true;
    default:
      return false;
  }
}

/** Whether what is declared in `node` with `let` is not seen around it; a function's own block is the function's scope. */
function isBlock(node: ts.Node, parent: ts.Node): boolean {
  return isScope(node) && !(ts.isBlock(node) && isFunctionNode(parent));
}

interface Home {
  readonly node: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;
  readonly isStatic: boolean;
}

/** Whose `this` an expression sees: the class or object around, through arrow functions. */
function homeOf(node: ts.Node): Home | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isArrowFunction(at)) continue;
    if (ts.isClassLike(at)) return undefined;
    const isMember = ts.isClassElement(at) || ts.isMethodDeclaration(at) || ts.isAccessor(at);
    if (isMember && (ts.isClassLike(at.parent) || ts.isObjectLiteralExpression(at.parent))) {
      return { node: at.parent, isStatic: isStaticMember(at) };
    }
    if (isFunctionNode(at) || ts.isSourceFile(at)) return undefined;
  }
  return undefined;
}

function isStaticMember(node: ts.Node): boolean {
  return ts.isClassStaticBlockDeclaration(node) || isStatic(node);
}

function isMethodName(home: ClassOrObject, name: string): boolean {
  return methodsOf(home).has(name);
}

type ClassOrObject = ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;

/** The methods of a class or an object by name, the first of each name first. */
const methodsOf = oncePer((home: ClassOrObject): ReadonlyMap<string, readonly ts.MethodDeclaration[]> => {
  const members: readonly ts.Node[] = ts.isClassLike(home) ? home.members : home.properties;
  const byName = new Map<string, ts.MethodDeclaration[]>();
  for (const member of members) {
    const name = ts.isMethodDeclaration(member) ? memberText(member.name) : undefined;
    if (name === undefined || !ts.isMethodDeclaration(member)) continue;
    const known = byName.get(name);
    if (known) known.push(member);
    else byName.set(name, [member]);
  }
  return byName;
});

function memberText(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}
