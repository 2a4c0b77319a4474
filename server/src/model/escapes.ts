import { ts } from "../source/syntax.js";
import { declarationId, isFunctionNode, unwrap } from "./declarations.js";
import type { Path } from "./path.js";
import type { Handover } from "./spawns.js";
import type { Symbols } from "./symbols.js";

/**
 * Tells whether code that nobody can see may have got hold of an object: it was exported, returned, stored, or given to
 * a function or thread without a source. Asked only where a rule would conclude from what the program does *not* do.
 */
export class Escapes {
  readonly #symbols: Symbols;
  readonly #handover: Handover;
  readonly #known = new Map<ts.Symbol, boolean>();

  constructor(symbols: Symbols, handover: Handover) {
    this.#symbols = symbols;
    this.#handover = handover;
  }

  /** Whether what a path begins with may be in unknown hands. What has a name is found by its name alone. */
  mayEscape(path: Path): boolean {
    if (path.root.startsWith("named:")) return false;
    const [, id = ""] = /^(?:module|local):(.*)$/.exec(path.root) ?? [];
    const file = this.#symbols.sourceFile(id.slice(0, id.indexOf("#")));
    const declaration = file && variableNamed(file, id);
    const symbol = declaration && this.#symbols.symbolAt(declaration.name);
    return !symbol || this.#symbolEscapes(symbol);
  }

  #symbolEscapes(symbol: ts.Symbol): boolean {
    const known = this.#known.get(symbol);
    if (known !== undefined) return known;
    this.#known.set(symbol, false); // Found again on its own way, it escapes there or not at all.
    const escapes = this.#computeSymbol(symbol);
    this.#known.set(symbol, escapes);
    return escapes;
  }

  #computeSymbol(symbol: ts.Symbol): boolean {
    const declaration = symbol.valueDeclaration;
    if (!declaration) return true;
    if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) return true;
    let escapes = false;
    const visit = (node: ts.Node): void => {
      if (escapes) return;
      if (ts.isIdentifier(node) && node.text === symbol.name && this.#symbols.symbolAt(node) === symbol) {
        escapes = node.parent !== declaration && this.#useEscapes(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(declaration.getSourceFile());
    return escapes;
  }

  /** Whether what the expression names, or something it is part of, gets out of sight by what is done with it. */
  #useEscapes(node: ts.Expression): boolean {
    const { parent } = node;
    if (ts.isAsExpression(parent) || ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent)) {
      return this.#useEscapes(parent);
    }
    if (ts.isElementAccessExpression(parent) && parent.expression === node) return false;
    if (ts.isPropertyAccessExpression(parent)) return this.#memberEscapes(parent);
    if (ts.isVariableDeclaration(parent)) return this.#bindingEscapes(parent.name);
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return this.#argumentEscapes(parent, node);
    if (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent))
      return this.#literalEscapes(parent);
    if (ts.isArrayLiteralExpression(parent)) return this.#literalEscapes(node);
    return !(ts.isExpressionStatement(parent) || ts.isTypeOfExpression(parent) || ts.isTypeQueryNode(parent));
  }

  #memberEscapes(member: ts.PropertyAccessExpression): boolean {
    const effect = this.#symbols.effect(this.#symbols.symbolAt(member));
    if (effect && effect.effect !== "part") return false;
    if (/^(length|byteLength|byteOffset)$/.test(member.name.text)) return false;
    return this.#useEscapes(member);
  }

  #bindingEscapes(name: ts.BindingName): boolean {
    if (ts.isIdentifier(name)) {
      const symbol = this.#symbols.symbolAt(name);
      return !symbol || this.#symbolEscapes(symbol);
    }
    return name.elements.some((element) => ts.isBindingElement(element) && this.#bindingEscapes(element.name));
  }

  #argumentEscapes(call: ts.CallExpression | ts.NewExpression, node: ts.Expression): boolean {
    if (ts.isNewExpression(call)) {
      const known = this.#symbols.classOf(this.#symbols.symbolAt(call.expression));
      return known?.model.kind === "view" ? this.#useEscapes(call) : true;
    }
    const effect = this.#symbols.effect(this.#symbols.symbolAt(unwrap(call.expression)));
    if (effect) return effect.effect === "send" || effect.effect === "spawn";
    const made = this.#handover.functionOf(call.expression);
    const parameter = made?.parameters[call.arguments.indexOf(node)];
    return !parameter || !!parameter.dotDotDotToken || this.#bindingEscapes(parameter.name);
  }

  /** A member of a literal that is given to a thread goes where the thread has it. */
  #literalEscapes(member: ts.Node): boolean {
    let at: ts.Node = member.parent;
    while (ts.isObjectLiteralExpression(at) || ts.isArrayLiteralExpression(at) || ts.isPropertyAssignment(at)) {
      at = at.parent;
    }
    if (!ts.isCallExpression(at) && !ts.isNewExpression(at)) return true;
    const key = ts.isNewExpression(at) ? this.#symbols.classOf(this.#symbols.symbolAt(at.expression))?.key : undefined;
    const effect = ts.isNewExpression(at)
      ? key === undefined
        ? undefined
        : this.#symbols.constructorEffect(key)
      : this.#symbols.effect(this.#symbols.symbolAt(unwrap(at.expression)));
    if (effect?.effect !== "spawn") return true;
    const target = this.#handover.operand(effect.target, at);
    if (effect.module) {
      const known = this.#handover.target(target, true);
      const file = known.kind === "module" ? this.#symbols.sourceFile(known.file) : undefined;
      return !file || this.#dataEscapes(file);
    }
    const made = this.#handover.functionOf(target);
    return !made || made.parameters.some(({ name }) => this.#bindingEscapes(name));
  }

  /** Whether a module gives away what its thread was given. */
  #dataEscapes(file: ts.SourceFile): boolean {
    let escapes = false;
    const visit = (node: ts.Node): void => {
      if (escapes || ts.isImportDeclaration(node)) return;
      if (ts.isIdentifier(node) && !isFunctionNode(node.parent)) {
        const isData = this.#symbols.effect(this.#symbols.symbolAt(node))?.effect === "data";
        if (isData)
          escapes = this.#useEscapes(
            ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node,
          );
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return escapes;
  }
}

function variableNamed(file: ts.SourceFile, id: string): ts.VariableDeclaration | undefined {
  let found: ts.VariableDeclaration | undefined;
  const visit = (node: ts.Node): void => {
    if (found) return;
    if (ts.isVariableDeclaration(node) && declarationId(node) === id) found = node;
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
