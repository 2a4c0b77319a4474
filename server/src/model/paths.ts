import { ts } from "../source/syntax.js";
import {
  declarationId,
  enclosingFunction,
  type FunctionNode,
  isFunctionNode,
  isStatic,
  unwrap,
} from "./declarations.js";
import { extend, type Path } from "./path.js";
import { classDeclaration, type Symbols } from "./symbols.js";
import type { Variables } from "./variables.js";

/** How many variables, getters and factories a path is followed through before it counts as unknown. */
const MAX_DEPTH = 8;

/** Turns expressions into access paths, following what never changes: constants, readonly fields, plain getters. */
export class Paths {
  readonly #symbols: Symbols;
  readonly #variables: Variables;
  readonly #bySymbol = new Map<ts.Symbol, Path | undefined>();

  constructor(symbols: Symbols, variables: Variables) {
    this.#symbols = symbols;
    this.#variables = variables;
  }

  /** What the expression names, or undefined where that is not certain. */
  pathOf(expression: ts.Expression, depth = 0): Path | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const node = unwrap(expression);
    if (node.kind === ts.SyntaxKind.ThisKeyword) return { root: "this", steps: [], text: "this" };
    if (ts.isIdentifier(node)) return this.#ofName(node, depth);
    if (ts.isPropertyAccessExpression(node)) return this.#ofProperty(node, depth);
    if (ts.isElementAccessExpression(node)) return this.#ofElement(node, depth);
    if (ts.isNewExpression(node)) return this.#ofNew(node, depth);
    if (ts.isCallExpression(node)) return this.#ofCall(node, depth);
    if (ts.isAwaitExpression(node)) return this.pathOf(node.expression, depth + 1);
    return undefined;
  }

  #ofName(node: ts.Identifier, depth: number): Path | undefined {
    const symbol = this.#symbols.symbolAt(node);
    if (this.#symbols.effect(symbol)?.effect === "data") return dataPath(node);
    const path = symbol && this.ofSymbol(symbol, depth);
    return path && path.text !== node.text ? { ...path, text: node.text } : path;
  }

  ofSymbol(symbol: ts.Symbol, depth = 0): Path | undefined {
    if (this.#bySymbol.has(symbol)) return this.#bySymbol.get(symbol);
    // A declaration that refers to itself ends here instead of going round.
    this.#bySymbol.set(symbol, undefined);
    const path = this.#computeSymbol(symbol, depth);
    this.#bySymbol.set(symbol, path);
    return path;
  }

  #computeSymbol(symbol: ts.Symbol, depth: number): Path | undefined {
    const declaration = symbol.valueDeclaration;
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration)) return this.#ofVariable(declaration, depth);
    if (ts.isBindingElement(declaration)) return this.#ofBinding(declaration, depth);
    if (ts.isParameter(declaration)) return this.#ofParameter(declaration);
    return undefined;
  }

  #ofVariable(declaration: ts.VariableDeclaration, depth: number): Path | undefined {
    if (!ts.isIdentifier(declaration.name)) return undefined;
    const text = declaration.name.text;
    const list = declaration.parent;
    if (ts.isVariableDeclarationList(list) && ts.isForOfStatement(list.parent)) {
      const collection = this.pathOf(list.parent.expression, depth + 1);
      return collection && extend(collection, "*", text);
    }
    if (this.#variables.isReassigned(declaration)) return undefined;
    const held = declaration.initializer && this.pathOf(declaration.initializer, depth + 1);
    if (held && !held.root.startsWith("new:")) return { ...held, text };
    return { root: this.#rootOf(declaration), steps: [], text };
  }

  #rootOf(declaration: ts.Declaration): string {
    const owner = enclosingFunction(declaration);
    return `${ts.isSourceFile(owner) ? "module" : "local"}:${declarationId(declaration)}`;
  }

  #ofBinding(element: ts.BindingElement, depth: number): Path | undefined {
    if (element.dotDotDotToken || !ts.isIdentifier(element.name)) return undefined;
    const pattern = element.parent;
    const outer = pattern.parent;
    const step = ts.isArrayBindingPattern(pattern) ? String(pattern.elements.indexOf(element)) : bindingName(element);
    if (step === undefined) return undefined;
    let source: Path | undefined;
    if (ts.isVariableDeclaration(outer)) {
      const held = this.#ofTaken(element, outer, depth);
      if (held) return { ...held, text: element.name.text };
      if (outer.initializer) source = this.pathOf(outer.initializer, depth + 1);
    } else if (ts.isParameter(outer)) {
      source = this.#ofParameter(outer);
    }
    return source && extend(source, step, element.name.text);
  }

  /** The member of an object literal that a pattern takes out of its variable. */
  #ofTaken(element: ts.BindingElement, outer: ts.VariableDeclaration, depth: number): Path | undefined {
    const name = bindingName(element);
    if (name === undefined || !outer.initializer || !ts.isObjectBindingPattern(element.parent)) return undefined;
    const member = this.#symbols.memberOf(this.#symbols.typeOf(outer.initializer), name)?.valueDeclaration;
    return member && this.#ofMember(member, depth);
  }

  #ofParameter(declaration: ts.ParameterDeclaration): Path | undefined {
    const owner = declaration.parent;
    if (!isFunctionNode(owner) || declaration.dotDotDotToken) return undefined;
    const text = ts.isIdentifier(declaration.name) ? declaration.name.text : "argument";
    return { root: parameterRoot(owner, owner.parameters.indexOf(declaration)), steps: [], text };
  }

  #ofProperty(node: ts.PropertyAccessExpression, depth: number): Path | undefined {
    const symbol = this.#symbols.symbolAt(node);
    const text = propertyText(node);
    if (symbol) {
      const meaning = this.#symbols.effect(symbol)?.effect;
      if (meaning === "data") return dataPath(node);
      if (meaning === "face") {
        const whole = this.pathOf(node.expression, depth + 1);
        return whole && { ...whole, text };
      }
      const declaration = symbol.valueDeclaration;
      if (declaration && ts.isVariableDeclaration(declaration)) return this.ofSymbol(symbol, depth);
      if (declaration && ts.isPropertyDeclaration(declaration)) {
        const fixed = this.#ofField(declaration, text, depth);
        if (fixed) return fixed;
        const carried = this.#carriedLock(node, declaration, depth);
        if (carried !== "own") return carried && { ...carried, text };
      }
      const held = declaration && this.#ofMember(declaration, depth);
      if (held) return { ...held, text };
      if (declaration && ts.isGetAccessor(declaration)) return this.#throughGetter(node, declaration, depth);
    }
    const base = this.pathOf(node.expression, depth + 1);
    return base && extend(base, node.name.text, text);
  }

  /** What a member of an object literal holds, where that is one object wherever it is seen. */
  #ofMember(declaration: ts.Declaration, depth: number): Path | undefined {
    const isShorthand = ts.isShorthandPropertyAssignment(declaration);
    if (!isShorthand && !ts.isPropertyAssignment(declaration)) return undefined;
    const value = isShorthand ? declaration.name : declaration.initializer;
    const held = isShorthand ? this.#ofShorthand(declaration, depth) : this.pathOf(value, depth + 1);
    return held && /^(named|module):/.test(held.root) ? held : undefined;
  }

  #ofShorthand(declaration: ts.ShorthandPropertyAssignment, depth: number): Path | undefined {
    const symbol = this.#symbols.symbolAt(declaration.name);
    return symbol && this.ofSymbol(symbol, depth + 1);
  }

  /** What a member of an object holds, told by its declaration; `object` is where the member is. */
  ofDeclared(declaration: ts.Declaration, object: Path): Path | undefined {
    const { name } = declaration as ts.NamedDeclaration;
    if (!name || !(ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) return undefined;
    if (ts.isVariableDeclaration(declaration)) {
      const symbol = this.#symbols.symbolAt(name);
      return symbol && this.ofSymbol(symbol);
    }
    if (ts.isPropertyDeclaration(declaration)) {
      const fixed = this.#ofField(declaration, name.text, 0);
      if (fixed) return fixed;
    }
    if (ts.isGetAccessor(declaration)) {
      const result = onlyResult(declaration);
      const inner = result && this.pathOf(result, 1);
      if (inner && inner.root !== "this") return inner;
      let path: Path | undefined = inner && object;
      for (const step of inner?.steps ?? []) path = path && extend(path, step, step);
      return path;
    }
    return extend(object, name.text, `${object.text}.${name.text}`);
  }

  /** A field that every instance shares: a static one, or one made from a name. */
  #ofField(declaration: ts.PropertyDeclaration, text: string, depth: number): Path | undefined {
    const held = declaration.initializer && this.pathOf(declaration.initializer, depth + 1);
    if (held?.root.startsWith("named:")) return { ...held, text };
    if (isStatic(declaration)) return { root: `module:${declarationId(declaration)}`, steps: [], text };
    return undefined;
  }

  /** The lock behind a field that holds a condition; undefined where nobody knows with which lock it was made. */
  #carriedLock(
    node: ts.PropertyAccessExpression,
    declaration: ts.PropertyDeclaration,
    depth: number,
  ): Path | undefined | "own" {
    const known = this.#symbols.classOfType(this.#symbols.typeOf(declaration.name));
    if (known?.model.lock === undefined) return "own";
    const made = declaration.initializer && unwrap(declaration.initializer);
    if (!made || !ts.isNewExpression(made)) return undefined;
    const lock = made.arguments?.[known.model.lock];
    if (!lock || lock.getText() === "undefined") return "own";
    const given = this.pathOf(lock, depth + 1);
    if (given?.root !== "this") return given;
    let path = this.pathOf(node.expression, depth + 1);
    for (const step of given.steps) path = path && extend(path, step, given.text);
    return path;
  }

  #throughGetter(node: ts.PropertyAccessExpression, getter: FunctionNode, depth: number): Path | undefined {
    const result = onlyResult(getter);
    const inner = result && this.pathOf(result, depth + 1);
    if (!inner) return undefined;
    if (inner.root !== "this") return { ...inner, text: propertyText(node) };
    let path = this.pathOf(node.expression, depth + 1);
    for (const step of inner.steps) path = path && extend(path, step, propertyText(node));
    return path;
  }

  #ofElement(node: ts.ElementAccessExpression, depth: number): Path | undefined {
    const base = this.pathOf(node.expression, depth + 1);
    const index = unwrap(node.argumentExpression);
    const step = ts.isNumericLiteral(index) || ts.isStringLiteralLike(index) ? index.text : "*";
    return base && extend(base, step, `${base.text}[${index.getText()}]`);
  }

  #ofNew(node: ts.NewExpression, depth: number): Path | undefined {
    const symbol = this.#symbols.symbolAt(node.expression);
    const known = this.#symbols.classOf(symbol);
    const fresh: Path = { root: `new:${declarationId(node)}`, steps: [], text: node.getText().slice(0, 40) };
    if (!known) return undefined;
    // A view is its buffer seen as numbers: both name one region.
    const buffer = known.model.kind === "view" && known.model.options === undefined ? node.arguments?.[0] : undefined;
    if (buffer) return this.#ofView(node, buffer, depth) ?? fresh;
    const lock = known.model.lock === undefined ? undefined : node.arguments?.[known.model.lock];
    const given = lock && this.pathOf(lock, depth + 1);
    if (given) return given;
    const options = known.model.options === undefined ? undefined : node.arguments?.[known.model.options];
    const name = options && stringProperty(options, "name");
    const className = known.key.slice(known.key.indexOf("/") + 1);
    if (name !== undefined) return { root: `named:${className}:${name}`, steps: [], text: name };
    return fresh;
  }

  /** A view that begins further on is a region of its own, which one where the offset is known. */
  #ofView(node: ts.NewExpression, buffer: ts.Expression, depth: number): Path | undefined {
    const whole = this.pathOf(buffer, depth + 1);
    const offset = node.arguments?.[1] && unwrap(node.arguments[1]);
    if (!whole || !offset) return whole;
    if (!ts.isNumericLiteral(offset)) return extend(whole, "*", whole.text);
    return Number(offset.text) === 0 ? whole : extend(whole, `+${offset.text}`, whole.text);
  }

  #ofCall(node: ts.CallExpression, depth: number): Path | undefined {
    const callee = unwrap(node.expression);
    const symbol = this.#symbols.symbolAt(callee);
    if (!symbol) return undefined;
    const effect = this.#symbols.effect(symbol);
    if (effect?.effect === "part" && ts.isPropertyAccessExpression(callee)) {
      const given = this.#givenLock(callee.expression, depth);
      if (given) return given;
      const whole = this.pathOf(callee.expression, depth + 1);
      return whole && extend(whole, effect.step, `${whole.text}.${effect.step}`);
    }
    if (effect?.effect === "spawn") return { root: `new:${declarationId(node)}`, steps: [], text: "result" };
    const made = this.#symbols.functionOf(symbol);
    const result = made && onlyResult(made);
    const inner = result && this.pathOf(result, depth + 1);
    if (!inner || !made) return undefined;
    if (inner.root.startsWith("named:") || inner.root.startsWith("module:")) return { ...inner, text: callText(node) };
    if (inner.root === "this" && ts.isPropertyAccessExpression(callee)) {
      let path = this.pathOf(callee.expression, depth + 1);
      for (const step of inner.steps) path = path && extend(path, step, node.getText());
      return path;
    }
    return undefined;
  }

  /** The lock that an object was made with, `new SharedValue("i32", 0, { lock })`. */
  #givenLock(expression: ts.Expression, depth: number): Path | undefined {
    const node = unwrap(expression);
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const made = unwrap(declaration.initializer);
    if (!ts.isNewExpression(made) || this.#variables.isReassigned(declaration)) return undefined;
    const known = this.#symbols.classOf(this.#symbols.symbolAt(made.expression));
    const options = known?.model.options === undefined ? undefined : made.arguments?.[known.model.options];
    const lock = options && property(options, "lock");
    return lock && this.pathOf(lock, depth + 1);
  }

  /** Which constructor argument a field of a user's class merely stores, by field name. */
  storedArguments(symbol: ts.Symbol | undefined): ReadonlyMap<string, number> {
    const stored = new Map<string, number>();
    const maker = classDeclaration(symbol)?.members.find(
      (member): member is ts.ConstructorDeclaration => ts.isConstructorDeclaration(member) && !!member.body,
    );
    if (!maker) return stored;
    maker.parameters.forEach((parameter, index) => {
      if (ts.isParameterPropertyDeclaration(parameter, maker) && ts.isIdentifier(parameter.name)) {
        stored.set(parameter.name.text, index);
      }
    });
    for (const statement of maker.body?.statements ?? []) {
      if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) continue;
      const { left, right, operatorToken } = statement.expression;
      if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left)) continue;
      if (left.expression.kind !== ts.SyntaxKind.ThisKeyword || !ts.isIdentifier(right)) continue;
      const index = maker.parameters.findIndex((p) => ts.isIdentifier(p.name) && p.name.text === right.text);
      if (index >= 0) stored.set(left.name.text, index);
    }
    return stored;
  }
}

/** What the thread that runs this file was given. */
function dataPath(node: ts.Node): Path {
  return { root: `data:${node.getSourceFile().fileName}`, steps: [], text: node.getText() };
}

/** A function with or without a body. */
export type SignatureNode = FunctionNode | ts.SignatureDeclaration;

/** The root of a parameter, seen from inside its function and from the functions nested in it. */
export function parameterRoot(owner: SignatureNode, index: number): string {
  return `param:${declarationId(owner)}:${index}`;
}

function callText(node: ts.CallExpression): string {
  const text = node.getText().replace(/\s+/g, "");
  return text.length <= 60 ? text : "the lock it returns";
}

function propertyText(node: ts.PropertyAccessExpression): string {
  const text = node.getText();
  return text.length <= 60 ? text.replace(/\s+/g, "") : node.name.text;
}

function bindingName(element: ts.BindingElement): string | undefined {
  const name = element.propertyName ?? element.name;
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}

/** What a function of a single `return`, or an arrow of a single expression, hands out. */
function onlyResult(node: FunctionNode): ts.Expression | undefined {
  const body = node.body;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return body;
  const [only] = body.statements;
  return body.statements.length === 1 && only && ts.isReturnStatement(only) ? only.expression : undefined;
}

/** A string that an object literal gives for a property. */
function stringProperty(expression: ts.Expression, name: string): string | undefined {
  const value = property(expression, name);
  if (!value) return undefined;
  const text = unwrap(value);
  return ts.isStringLiteralLike(text) ? text.text : undefined;
}

/** What an object literal gives for a property. */
export function property(expression: ts.Expression, name: string): ts.Expression | undefined {
  const literal = unwrap(expression);
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  for (const member of literal.properties) {
    if (!member.name || !(ts.isIdentifier(member.name) || ts.isStringLiteralLike(member.name))) continue;
    if (member.name.text !== name) continue;
    if (ts.isPropertyAssignment(member)) return member.initializer;
    if (ts.isShorthandPropertyAssignment(member)) return member.name;
  }
  return undefined;
}
