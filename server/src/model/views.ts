import { ts } from "../source/syntax.js";
import { type Constants, elementBytes } from "./constants.js";
import { siteOf, unwrap } from "./declarations.js";
import type { ViewShape } from "./events.js";
import type { Symbols } from "./symbols.js";
import type { Variables } from "./variables.js";

/** Understands typed arrays: what their elements are, and which part of which buffer they show. */
export class Views {
  readonly #symbols: Symbols;
  readonly #variables: Variables;
  readonly #constants: Constants;

  constructor(symbols: Symbols, variables: Variables, constants: Constants) {
    this.#symbols = symbols;
    this.#variables = variables;
    this.#constants = constants;
  }

  /** The view that an expression is; undefined where its elements are not known. */
  shapeOf(expression: ts.Expression): ViewShape | undefined {
    const type = this.#symbols.typeOf(expression);
    const known = this.#symbols.classOfType(type);
    const array = known?.model.kind === "view" && known.key.startsWith("global/") ? known.key.slice(7) : undefined;
    const bytes = array === undefined ? undefined : elementBytes(array);
    if (array === undefined || bytes === undefined) return undefined;
    const made = this.#madeBy(expression);
    return { array, bytes, shared: this.#shared(type), ...(made ? this.#madeShape(made, bytes) : NOTHING_MADE) };
  }

  /** `Int32Array<SharedArrayBuffer>` is shared, `Int32Array<ArrayBuffer>` is not, the bare name may be either. */
  #shared(type: ts.Type): ViewShape["shared"] {
    const buffer = this.#symbols.typeArguments(type)[0];
    if (!buffer || buffer.isUnion() || buffer.flags & ts.TypeFlags.Any) return "unknown";
    const name = this.#symbols.classOfType(buffer)?.model.kind;
    if (name === "buffer") return "yes";
    return buffer.symbol?.name === "ArrayBuffer" ? "no" : "unknown";
  }

  /** Offset, length and size of the buffer, as far as `new Int32Array(…)` fixes them. */
  #madeShape(node: ts.NewExpression, bytes: number): MadeShape {
    const [first, second, third] = node.arguments ?? [];
    const made = siteOf(node);
    const count = first && this.#constants.numberOf(first);
    if (count !== undefined) return { offset: 0, length: count, bufferBytes: count * bytes, made, buffer: undefined };
    const bufferMade = first && this.#madeBy(first);
    const buffer = bufferMade && siteOf(bufferMade);
    const bufferBytes = bufferMade && this.#bufferBytes(bufferMade);
    const offset = second ? this.#constants.numberOf(second) : 0;
    const given = third && this.#constants.numberOf(third);
    const rest = bufferBytes === undefined || offset === undefined ? undefined : (bufferBytes - offset) / bytes;
    return { offset, length: third ? given : rest, bufferBytes, made, buffer };
  }

  #bufferBytes(made: ts.NewExpression): number | undefined {
    const name = this.#symbols.symbolAt(made.expression)?.name;
    const [size, options] = made.arguments ?? [];
    if (!size || options || (name !== "SharedArrayBuffer" && name !== "ArrayBuffer")) return undefined;
    return this.#constants.numberOf(size);
  }

  /** The `new` expression whose object the expression names for certain. */
  #madeBy(expression: ts.Expression, depth = 0): ts.NewExpression | undefined {
    const node = unwrap(expression);
    if (ts.isNewExpression(node)) return node;
    if (!ts.isIdentifier(node) || depth > 3) return undefined;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    return this.#variables.isReassigned(declaration) ? undefined : this.#madeBy(declaration.initializer, depth + 1);
  }
}

type MadeShape = Pick<ViewShape, "offset" | "length" | "bufferBytes" | "made" | "buffer">;

const NOTHING_MADE: MadeShape = {
  offset: undefined,
  length: undefined,
  bufferBytes: undefined,
  made: undefined,
  buffer: undefined,
};
