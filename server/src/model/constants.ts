import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import type { Symbols } from "./symbols.js";
import type { Variables } from "./variables.js";

/** Constants that are defined by constants: deeper than this nobody looks. */
const MAX_DEPTH = 6;

/** Numbers that the source fixes: literals, constants, enum members, sizes of elements, and sums and products of those. */
export class Constants {
  readonly #symbols: Symbols;
  readonly #variables: Variables;

  constructor(symbols: Symbols, variables: Variables) {
    this.#symbols = symbols;
    this.#variables = variables;
  }

  /** A text that the source fixes: a literal, or a constant that is one. */
  textOf(node: ts.Expression, depth = 0): string | undefined {
    const at = unwrap(node);
    if (ts.isStringLiteralLike(at)) return at.text;
    if (!ts.isIdentifier(at) || depth > MAX_DEPTH) return undefined;
    const declaration = this.#symbols.symbolAt(at)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    return this.#variables.isReassigned(declaration) ? undefined : this.textOf(declaration.initializer, depth + 1);
  }

  numberOf(node: ts.Expression, depth = 0): number | undefined {
    const at = unwrap(node);
    if (ts.isNumericLiteral(at)) return Number(at.text);
    if (depth > MAX_DEPTH) return undefined;
    if (ts.isBinaryExpression(at)) return this.#computed(at, depth);
    if (!ts.isIdentifier(at) && !ts.isPropertyAccessExpression(at)) return undefined;
    const symbol = this.#symbols.symbolAt(at);
    const declaration = symbol?.valueDeclaration;
    if (!declaration) return undefined;
    if (
      ts.isVariableDeclaration(declaration) &&
      declaration.initializer &&
      !this.#variables.isReassigned(declaration)
    ) {
      return this.numberOf(declaration.initializer, depth + 1);
    }
    if (ts.isEnumMember(declaration)) {
      const value = declaration.initializer && this.numberOf(declaration.initializer, depth + 1);
      return value ?? (declaration.initializer ? undefined : declaration.parent.members.indexOf(declaration));
    }
    if (ts.isPropertyAssignment(declaration)) return this.numberOf(declaration.initializer, depth + 1);
    if (ts.isPropertyAccessExpression(at) && at.name.text === "BYTES_PER_ELEMENT") {
      const owner = symbol && this.#symbols.key(symbol);
      return owner === undefined ? undefined : elementBytes(owner.replace(/^global\/(\w+Array)Constructor\..*$/, "$1"));
    }
    return undefined;
  }

  #computed(node: ts.BinaryExpression, depth: number): number | undefined {
    const operator = node.operatorToken.kind;
    const isSum = operator === ts.SyntaxKind.PlusToken;
    if (!isSum && operator !== ts.SyntaxKind.AsteriskToken) return undefined;
    const left = this.numberOf(node.left, depth + 1);
    const right = left === undefined ? undefined : this.numberOf(node.right, depth + 1);
    if (left === undefined || right === undefined) return undefined;
    return isSum ? left + right : left * right;
  }
}

/** How many bytes an element of `Int32Array` and its like takes; undefined for what is no typed array. */
export function elementBytes(array: string): number | undefined {
  const bits = /^(?:Big)?(?:Int|Uint|Float)(8|16|32|64)(?:Clamped)?Array$/.exec(array)?.[1];
  return bits === undefined ? undefined : Number(bits) / 8;
}
