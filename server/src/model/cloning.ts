import { ts } from "../source/syntax.js";
import type { CloneFate, Operand } from "./catalogue/index.js";
import { cloneFates, cloningCalls } from "./catalogue/index.js";
import { unwrap } from "./declarations.js";
import type { Handover, Invocation } from "./spawns.js";
import type { Symbols } from "./symbols.js";

/** How deep in a message anything is looked for. */
const MAX_DEPTH = 5;

/** A part of a message that is not copied. */
export interface Part {
  readonly at: ts.Node;
  readonly fate: CloneFate;
  /** What it is: `function`, `symbol`, or the name of its class. */
  readonly what: string;
}

/** Says of the parts of a message what the structured-clone algorithm does with them. */
export class Cloning {
  readonly #symbols: Symbols;
  readonly #handover: Handover;

  constructor(symbols: Symbols, handover: Handover) {
    this.#symbols = symbols;
    this.#handover = handover;
  }

  /** The value that a call copies for another thread, or as if for one. Nobody is asked unless the names are those. */
  messageOf(node: Invocation): ts.Expression | undefined {
    const callee = unwrap(node.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    if (!ts.isIdentifier(name)) return undefined;
    const isMade = ts.isNewExpression(node);
    if (isMade ? (node.arguments?.length ?? 0) < 2 : name.text !== "postMessage" && name.text !== "structuredClone") {
      return undefined;
    }
    const operand = isMade ? this.#madeWith(callee) : this.#calledWith(callee);
    return operand === undefined ? undefined : this.#handover.operand(operand, node);
  }

  #madeWith(callee: ts.Expression): Operand | undefined {
    const known = this.#symbols.classOf(this.#symbols.symbolAt(callee));
    return known && cloningCalls.get(`${known.key}.constructor`);
  }

  #calledWith(callee: ts.Expression): Operand | undefined {
    const symbol = this.#symbols.symbolAt(callee);
    const key = symbol && this.#symbols.key(symbol);
    if (key !== undefined) return cloningCalls.get(key);
    // In a worker, where nobody has declared the name.
    return !symbol && ts.isIdentifier(callee) ? 0 : undefined;
  }

  /** The first part of a message that is not copied. */
  partOf(message: ts.Expression): Part | undefined {
    return this.#inExpression(message, MAX_DEPTH);
  }

  #inExpression(expression: ts.Expression, depth: number): Part | undefined {
    const node = unwrap(expression);
    if (depth === 0) return undefined;
    if (ts.isObjectLiteralExpression(node)) {
      for (const member of node.properties) {
        const part = this.#inMember(member, depth);
        if (part) return part;
      }
      return undefined;
    }
    if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) {
        const part = ts.isSpreadElement(element) ? undefined : this.#inExpression(element, depth - 1);
        if (part) return part;
      }
      return undefined;
    }
    if (isProxy(this.#valueOf(node))) return { at: node, fate: "throws", what: "Proxy" };
    return this.#ofType(this.#symbols.typeOf(node), node, depth);
  }

  #inMember(member: ts.ObjectLiteralElementLike, depth: number): Part | undefined {
    if (ts.isMethodDeclaration(member)) return { at: member, fate: "throws", what: "function" };
    if (ts.isPropertyAssignment(member)) return this.#inExpression(member.initializer, depth - 1);
    if (ts.isShorthandPropertyAssignment(member)) return this.#inExpression(member.name, depth - 1);
    return undefined;
  }

  /** What a constant was given. */
  #valueOf(node: ts.Expression): ts.Expression {
    if (!ts.isIdentifier(node)) return node;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return node;
    return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? unwrap(declaration.initializer) : node;
  }

  #ofType(type: ts.Type, at: ts.Node, depth: number): Part | undefined {
    const found = this.#fateOf(type, depth, new Set());
    return found && { at, ...found };
  }

  /** What surely is in a value of a type; where several types are possible, what is in all of them. */
  #fateOf(type: ts.Type, depth: number, seen: Set<ts.Type>): Omit<Part, "at"> | undefined {
    if (depth === 0 || seen.has(type)) return undefined;
    seen.add(type);
    if (type.isUnion()) {
      const fates = type.types.map((each) => this.#fateOf(each, depth, seen));
      return fates.every((fate) => fate !== undefined) ? fates[0] : undefined;
    }
    if (type.flags & ts.TypeFlags.ESSymbolLike) return { fate: "throws", what: "symbol" };
    if (!(type.flags & ts.TypeFlags.Object)) return undefined;
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
      return { fate: "throws", what: "function" };
    }
    const symbol = type.symbol;
    const known = symbol && this.#classFate(symbol);
    if (known) return known;
    if (this.#symbols.isList(type)) {
      const [element] = this.#symbols.typeArguments(type);
      return element && this.#fateOf(element, depth - 1, seen);
    }
    return symbol && this.#inMembers(type, depth, seen);
  }

  #classFate(symbol: ts.Symbol): Omit<Part, "at"> | undefined {
    let at: ts.Symbol | undefined = symbol;
    for (let step = 0; at && step < 8; step++) {
      const key = this.#symbols.key(at);
      const fate = key === undefined ? undefined : cloneFates.get(plainKey(key));
      if (fate) return { fate, what: at.name };
      at = this.#symbols.baseOf(at);
    }
    return undefined;
  }

  /** The members that an object has itself: what a class has on its prototype no message copies. */
  #inMembers(type: ts.Type, depth: number, seen: Set<ts.Type>): Omit<Part, "at"> | undefined {
    for (const member of this.#symbols.membersOf(type)) {
      const declaration = member.valueDeclaration;
      if (!declaration || member.flags & ts.SymbolFlags.Optional || !isOwn(declaration)) continue;
      const found = this.#fateOf(this.#symbols.memberType(member, declaration), depth - 1, seen);
      if (found) return found;
    }
    return undefined;
  }
}

/** Whether what is declared is a property of the object and of no prototype, and always there. */
function isOwn(declaration: ts.Declaration): boolean {
  if (declaration.getSourceFile().isDeclarationFile) return false;
  if (ts.isPropertyDeclaration(declaration)) {
    const isStatic = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static;
    return !isStatic && ts.isIdentifier(declaration.name) && declaration.initializer !== undefined;
  }
  const isOfLiteral = ts.isMethodDeclaration(declaration) && ts.isObjectLiteralExpression(declaration.parent);
  return isOfLiteral || ts.isPropertyAssignment(declaration) || ts.isShorthandPropertyAssignment(declaration);
}

function isProxy(node: ts.Expression): boolean {
  return ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Proxy";
}

/** Without the namespaces in which declarations have some classes. */
function plainKey(key: string): string {
  const slash = key.lastIndexOf("/");
  return key.slice(0, slash + 1) + key.slice(key.lastIndexOf(".") + 1).replace(/^.*\//, "");
}
