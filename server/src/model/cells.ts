import { ts } from "../source/syntax.js";
import type { Constants } from "./constants.js";
import { enclosingFunction, unwrap } from "./declarations.js";
import type { Cell, Holder } from "./events.js";
import type { Guards } from "./guards.js";
import type { Path } from "./path.js";
import type { Paths } from "./paths.js";
import type { Symbols } from "./symbols.js";

/** A cell that an expression reads or writes: an element of a view, or the value of a shared object. */
export interface CellReference {
  readonly object: Path;
  readonly cell: Cell;
  readonly holder: Holder;
}

/** Recognises expressions that touch memory which several threads may see. */
export class Cells {
  readonly #symbols: Symbols;
  readonly #paths: Paths;
  readonly #constants: Constants;
  readonly #guards: Guards;

  constructor(symbols: Symbols, paths: Paths, constants: Constants, guards: Guards) {
    this.#guards = guards;
    this.#symbols = symbols;
    this.#paths = paths;
    this.#constants = constants;
  }

  /** What `node` touches, or undefined where it is ordinary memory of one thread. */
  referenceOf(node: ts.Expression): CellReference | undefined {
    if (ts.isPropertyAccessExpression(node)) return this.#property(node);
    if (ts.isElementAccessExpression(node)) return this.#element(node);
    return undefined;
  }

  #property(node: ts.PropertyAccessExpression): CellReference | undefined {
    // `value` is the only cell-like property in the catalogue; asking about every property would be dear.
    if (node.name.text !== "value") return undefined;
    const symbol = this.#symbols.symbolAt(node);
    if (this.#symbols.effect(symbol)?.effect !== "cell") return undefined;
    return this.ofObject(node.expression, undefined);
  }

  #element(node: ts.ElementAccessExpression): CellReference | undefined {
    const index = unwrap(node.argumentExpression);
    if (ts.isStringLiteralLike(index)) return undefined;
    return this.ofObject(node.expression, index);
  }

  /** The cell of an object: its value, or its element at `index`. */
  ofObject(expression: ts.Expression, index: ts.Expression | undefined): CellReference | undefined {
    const type = this.#symbols.typeOf(expression);
    const known = this.#symbols.classOfType(type);
    const kind = known?.model.kind;
    if (!known || (kind !== "value" && kind !== "view" && kind !== "container")) return undefined;
    if (this.#guards.isFree(expression)) return undefined;
    const object = this.#paths.pathOf(expression);
    if (!object) return undefined;
    const shared = known.model.shared ? "yes" : this.#sharedView(type);
    if (shared === "no") return undefined;
    const element = arrayOf(this.#symbols.typeArguments(known.type)[0]) ?? elementName(type, known.key);
    return {
      object,
      cell: kind === "container" ? keyCell(index) : index ? this.cellAt(index) : { kind: "value" },
      holder: {
        kind,
        shared,
        integer: /^(Big)?(Int|Uint)\d+Array$/.test(element),
        bigint: element.startsWith("Big"),
        wide: element.includes("64"),
        ownLock: known.model.ownLock === true && this.#hasLock(type),
      },
    };
  }

  /** `Int32Array<SharedArrayBuffer>` is shared, `Int32Array<ArrayBuffer>` is not, the bare name may be either. */
  #sharedView(type: ts.Type): "yes" | "no" | "unknown" {
    const parts = type.isIntersection() ? type.types : [type];
    for (const part of parts) {
      const buffer = this.#symbols.typeArguments(part)[0];
      if (!buffer) continue;
      if (buffer.isUnion()) return "unknown";
      if (this.#symbols.classOfType(buffer)?.model.kind === "buffer") return "yes";
      return buffer.flags & ts.TypeFlags.Any ? "unknown" : "no";
    }
    return "unknown";
  }

  #hasLock(type: ts.Type): boolean {
    return type.getProperty("getLock") !== undefined;
  }

  /** Which element an index is. */
  cellAt(index: ts.Expression): Cell {
    const constant = this.#constants.numberOf(index);
    if (constant !== undefined) return { kind: "index", index: constant };
    return this.#isSweep(index) ? { kind: "sweep" } : { kind: "unknown" };
  }

  /** A loop variable that starts at a constant runs over the same indices in every thread: that is no partition. */
  #isSweep(node: ts.Expression): boolean {
    const at = unwrap(node);
    if (!ts.isIdentifier(at)) return false;
    const declaration = this.#symbols.symbolAt(at)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
    const loop = declaration.parent.parent;
    if (!loop || !ts.isForStatement(loop) || this.#constants.numberOf(declaration.initializer) === undefined)
      return false;
    return loop.incrementor !== undefined && this.#isFixedStep(loop.incrementor) && !this.#dependsOnParameter(loop);
  }

  #isFixedStep(node: ts.Expression): boolean {
    if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) return true;
    return ts.isBinaryExpression(node) && this.#constants.numberOf(node.right) !== undefined;
  }

  /** Whether an argument of the thread decides how far the loop runs, other than by the length of the view itself. */
  #dependsOnParameter(loop: ts.ForStatement): boolean {
    const condition = loop.condition;
    if (!condition || !ts.isBinaryExpression(condition)) return true;
    const bound = unwrap(condition.right);
    if (ts.isPropertyAccessExpression(bound) && bound.name.text === "length") return false;
    if (this.#constants.numberOf(bound) !== undefined) return false;
    return !ts.isSourceFile(enclosingFunction(loop));
  }
}

/** The entry under a key: what is written in the same words is taken for the same key, and nothing else is. */
function keyCell(key: ts.Expression | undefined): Cell {
  return key ? { kind: "key", key: unwrap(key).getText().replace(/\s+/g, "") } : { kind: "unknown" };
}

/** The element type's array name, for a plain view or the runtime's typed arrays. */
function elementName(type: ts.Type, key: string): string {
  const parts = type.isIntersection() ? type.types : [type];
  const array = parts
    .map((part) => part.symbol?.name ?? "")
    .find((name) => /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/.test(name));
  return array ?? key.slice(key.lastIndexOf("/") + 1);
}

/** The array name for an element type of the runtime, which is the type argument of its shared arrays. */
function arrayOf(element: ts.Type | undefined): string | undefined {
  const [, letter = "", bits] = (element?.isStringLiteral() && /^([iuf])(\d+)$/.exec(element.value)) || [];
  if (bits === undefined) return undefined;
  const numbers = { i: "Int", u: "Uint", f: "Float" }[letter];
  return `${letter !== "f" && bits === "64" ? "Big" : ""}${numbers}${bits}Array`;
}
