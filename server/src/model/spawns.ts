import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Operand } from "./catalogue/index.js";
import { declarationId, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Argument, OBJECT, type SpawnTarget } from "./events.js";
import type { Capture } from "./function-model.js";
import { extend, type Path } from "./path.js";
import { type Paths, property } from "./paths.js";
import type { Symbols } from "./symbols.js";

/** A call or `new` expression. */
export type Invocation = ts.CallExpression | ts.NewExpression;

/** Understands what is handed to a thread, a task or a function: values, functions, modules, and what they capture. */
export class Handover {
  readonly #symbols: Symbols;
  readonly #paths: Paths;

  constructor(symbols: Symbols, paths: Paths) {
    this.#symbols = symbols;
    this.#paths = paths;
  }

  /** The expression an operand of the catalogue stands for. */
  operand(operand: Operand, node: Invocation): ts.Expression | undefined {
    if (operand === "this") {
      const callee = unwrap(node.expression);
      return ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
    }
    if (typeof operand === "number") return node.arguments?.[operand];
    const holder = node.arguments?.[operand.argument];
    return holder && property(holder, operand.property);
  }

  /** The function an expression is: inline, by name, or by reference to a task of another module. */
  functionOf(expression: ts.Expression | undefined): FunctionNode | undefined {
    if (!expression) return undefined;
    const node = unwrap(expression);
    if (isFunctionNode(node)) return node;
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) {
      const symbol = this.#symbols.symbolAt(node);
      return this.#symbols.functionOf(symbol) ?? this.#referenced(symbol);
    }
    return ts.isCallExpression(node) ? this.#taskReference(node) : undefined;
  }

  #referenced(symbol: ts.Symbol | undefined): FunctionNode | undefined {
    const declaration = symbol?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const held = unwrap(declaration.initializer);
    return ts.isCallExpression(held) ? this.#taskReference(held) : undefined;
  }

  /** `ref<typeof import("./work.js")>(url, "square")` */
  #taskReference(node: ts.CallExpression): FunctionNode | undefined {
    const effect = this.#symbols.effect(this.#symbols.symbolAt(unwrap(node.expression)));
    if (effect?.effect !== "task-reference") return undefined;
    const name = node.arguments[effect.name];
    const module = node.typeArguments?.[0];
    if (!name || !ts.isStringLiteralLike(name) || !module || !ts.isImportTypeNode(module)) return undefined;
    const literal = ts.isLiteralTypeNode(module.argument) ? module.argument.literal : undefined;
    const symbol = literal && this.#symbols.symbolAt(literal);
    return symbol && this.#symbols.functionOf(this.#symbols.exportOf(symbol, name.text));
  }

  /** What a thread runs. */
  target(expression: ts.Expression | undefined, isModule: boolean): SpawnTarget {
    if (!expression) return { kind: "unknown" };
    if (isModule) {
      const file = this.#moduleFile(expression);
      return file === undefined ? { kind: "unknown" } : { kind: "module", file };
    }
    const node = this.functionOf(expression);
    if (!node) return { kind: "unknown" };
    return { kind: "function", id: declarationId(node), name: unwrap(expression).getText().slice(0, 40) };
  }

  /** The file of the program that `new URL("./worker.js", import.meta.url)` and its like name. */
  #moduleFile(expression: ts.Expression): string | undefined {
    const here = expression.getSourceFile();
    let found: string | undefined;
    let isNamed = false;
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) {
        isNamed = true;
        found ??= this.#fileNear(here.fileName, node.text);
      } else if (ts.isIdentifier(node) && node.text === "__filename") found ??= here.fileName;
      else if (ts.isIdentifier(node)) {
        const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
        const held = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
        if (held && held.getSourceFile() === here && held !== expression) visit(held);
      } else ts.forEachChild(node, visit);
    };
    visit(expression);
    // A file that is not there, such as one that is only built, is not this one.
    if (found === undefined && !isNamed && /import\.meta\.url/.test(expression.getText())) return here.fileName;
    return found;
  }

  #fileNear(from: string, specifier: string): string | undefined {
    const base = new URL(specifier, `file://${from}`);
    if (base.protocol !== "file:") return undefined;
    const path = decodeURIComponent(base.pathname);
    const stem = path.replace(/\.[cm]?[jt]sx?$/, "");
    const endings = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs"].map((ending) => `${stem}.${ending}`);
    return [path, ...endings].find((file) => this.#symbols.sourceFile(file));
  }

  /** A value given away, and what becomes of it at a thread boundary. */
  argument(expression: ts.Expression, crossing: boolean): Argument {
    const node = unwrap(expression);
    const callback = this.functionOf(expression);
    const path = callback ? undefined : this.#paths.pathOf(expression);
    return {
      path,
      crosses: crossing && !callback ? this.#crosses(node) : "unknown",
      callback: callback && declarationId(callback),
      literal: this.#literal(node, path),
      each: this.#isBoundIn(this.#repeated(expression), node, path),
      members: this.#members(node, crossing),
    };
  }

  /** What is written down of a value, or that it is an object. */
  #literal(node: ts.Expression, path: Path | undefined): string | undefined {
    if (ts.isLiteralExpression(node) || isLiteralKeyword(node)) return node.getText();
    if (ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node))
      return OBJECT;
    if (path?.root.startsWith("named:") && path.steps.length === 0) return OBJECT;
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    const held =
      declaration && ts.isVariableDeclaration(declaration) && isConstant(declaration) && declaration.initializer;
    return held && held !== node ? this.#literal(unwrap(held), undefined) : undefined;
  }

  /** The innermost loop around an expression, or the function for each element that it belongs to. */
  #repeated(expression: ts.Expression): ts.Node | undefined {
    for (let at: ts.Node = expression.parent; at && !ts.isSourceFile(at); at = at.parent) {
      if (ts.isIterationStatement(at, false)) return at;
      if (!isFunctionNode(at)) continue;
      const call = at.parent;
      const effect = ts.isCallExpression(call)
        ? this.#symbols.effect(this.#symbols.symbolAt(unwrap(call.expression)))
        : undefined;
      return effect?.effect === "invoke" && effect.many ? at : undefined;
    }
    return undefined;
  }

  /** Whether the value of an expression belongs to one iteration of `scope` and to no other. */
  #isBoundIn(scope: ts.Node | undefined, node: ts.Expression, path: Path | undefined, depth = 0): boolean {
    if (!scope || depth > 3) return false;
    if (path?.root.startsWith("new:")) return true;
    let isBound = false;
    const visit = (at: ts.Node): void => {
      if (isBound || isFunctionNode(at)) return;
      if (!ts.isIdentifier(at) || isMemberName(at)) return ts.forEachChild(at, visit);
      const symbol = this.#symbols.symbolAt(at);
      const declaration = symbol?.valueDeclaration;
      if (!declaration || declaration.getSourceFile() !== scope.getSourceFile()) return;
      if (declaration.pos < scope.pos || declaration.end > scope.end) return;
      // A name for something from outside is no other thing; what has no path is a value of its own.
      const own = path && this.#paths.ofSymbol(symbol);
      const held = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
      isBound = !own || !held || isRootedIn(own, declaration) || this.#isBoundIn(scope, held, own, depth + 1);
    };
    visit(node);
    return isBound;
  }

  #members(node: ts.Expression, crossing: boolean): ReadonlyMap<string, Argument> | undefined {
    const members = new Map<string, Argument>();
    if (ts.isObjectLiteralExpression(node)) {
      for (const member of node.properties) {
        if (!member.name || !(ts.isIdentifier(member.name) || ts.isStringLiteralLike(member.name))) continue;
        const value = ts.isPropertyAssignment(member)
          ? member.initializer
          : ts.isShorthandPropertyAssignment(member)
            ? member.name
            : undefined;
        if (value) members.set(member.name.text, this.argument(value, crossing));
      }
      return members;
    }
    if (ts.isArrayLiteralExpression(node) && !node.elements.some((element) => ts.isSpreadElement(element))) {
      node.elements.forEach((element, index) => {
        members.set(String(index), this.argument(element, crossing));
      });
      return members;
    }
    return undefined;
  }

  #crosses(node: ts.Expression): Argument["crosses"] {
    // What is written down as a list, an object or a constant is none of a library's; its type would cost the whole call's.
    if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isLiteralExpression(node))
      return "unknown";
    const type = this.#symbols.typeOf(node);
    const known = this.#symbols.classOfType(type);
    if (known?.model.shared) return "shared";
    if (known?.model.kind === "view") {
      const buffer = this.#symbols.typeArguments(known.type)[0];
      if (buffer && this.#symbols.classOfType(buffer)?.model.kind === "buffer") return "shared";
      return buffer && !buffer.isUnion() && !(buffer.flags & ts.TypeFlags.Any) ? "copied" : "unknown";
    }
    return "unknown";
  }

  /** Where the result of a spawn can be reached later: the variable, field or collection it goes to. */
  handleOf(node: ts.Expression): Path | undefined {
    const parent = node.parent;
    if (
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent) ||
      ts.isNonNullExpression(parent) ||
      ts.isSatisfiesExpression(parent) ||
      ts.isAwaitExpression(parent)
    ) {
      return this.handleOf(parent);
    }
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return this.#variable(parent.name);
    if (ts.isArrayLiteralExpression(parent)) return this.#element(this.handleOf(parent));
    if (ts.isBinaryExpression(parent) && parent.right === node) return this.#paths.pathOf(parent.left);
    if (ts.isPropertyDeclaration(parent) && ts.isIdentifier(parent.name)) {
      return { root: "this", steps: [parent.name.text], text: `this.${parent.name.text}` };
    }
    if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)) {
      const made = ts.isArrowFunction(parent) ? parent : enclosingArrow(parent);
      const call = made && ts.isCallExpression(made.parent) ? made.parent : undefined;
      return call && this.#element(this.handleOf(call));
    }
    if (ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression)) {
      if (parent.expression.name.text === "push")
        return this.#element(this.#paths.pathOf(parent.expression.expression));
    }
    return undefined;
  }

  #variable(name: ts.Identifier): Path | undefined {
    const symbol = this.#symbols.symbolAt(name);
    return symbol && this.#paths.ofSymbol(symbol);
  }

  #element(collection: Path | undefined): Path | undefined {
    return collection && extend(collection, "*", collection.text);
  }

  /** What a function given to a thread uses although it stays behind. */
  captures(expression: ts.Expression | undefined, noun: Capture["noun"]): Capture[] {
    const made = this.functionOf(expression);
    if (!expression || !made || !isNested(made)) return [];
    // A function of another file is lowered with that file, and what it uses changes without this one being looked at.
    if (made.getSourceFile() !== expression.getSourceFile()) return [];
    const inline = isFunctionNode(unwrap(expression));
    const captures = new Map<string, Capture>();
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node)) return;
      if (ts.isIdentifier(node) && !isMemberName(node)) {
        const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
        const scope = declaration && captureScope(declaration, made, inline);
        if (scope && !captures.has(node.text)) {
          const use: Site = siteOf(node);
          captures.set(node.text, {
            site: siteOf(expression),
            name: node.text,
            declaration: siteOf(declaration),
            scope,
            use,
            noun,
          });
        }
      }
      ts.forEachChild(node, visit);
    };
    if (made.body) visit(made.body);
    return [...captures.values()];
  }
}

function isRootedIn(path: Path, declaration: ts.Declaration): boolean {
  return path.root.endsWith(`:${declarationId(declaration)}`);
}

function enclosingArrow(node: ts.Node): ts.ArrowFunction | ts.FunctionExpression | undefined {
  let at = node.parent;
  while (at && !isFunctionNode(at)) at = at.parent;
  return at && (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) ? at : undefined;
}

/** Whether a worker that loads the module again has no way to this very function. */
function isNested(node: FunctionNode): boolean {
  if (ts.isFunctionDeclaration(node)) return !ts.isSourceFile(node.parent);
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  const holder = node.parent;
  return !(ts.isVariableDeclaration(holder) && ts.isSourceFile(holder.parent.parent.parent));
}

function isMemberName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) return parent.name === node;
  return ts.isBindingElement(parent) && parent.propertyName === node;
}

/** Where a captured variable lives; undefined for what the function brings along itself or finds again by import. */
function captureScope(declaration: ts.Declaration, made: FunctionNode, inline: boolean): Capture["scope"] | undefined {
  if (declaration.getSourceFile() !== made.getSourceFile()) return undefined;
  const variable =
    ts.isVariableDeclaration(declaration) || ts.isParameter(declaration) || ts.isBindingElement(declaration);
  if (!variable) return undefined;
  let at: ts.Node = declaration;
  while (at && at !== made && !ts.isSourceFile(at)) at = at.parent;
  if (at === made) return undefined;
  for (let owner: ts.Node = declaration.parent; !ts.isSourceFile(owner); owner = owner.parent) {
    if (isFunctionNode(owner)) return "function";
  }
  return inline ? "module" : undefined;
}

function isConstant(declaration: ts.VariableDeclaration): boolean {
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

function isLiteralKeyword(node: ts.Expression): boolean {
  const { kind } = node;
  if (kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword) return true;
  return kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}
