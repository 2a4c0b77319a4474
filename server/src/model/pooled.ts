import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import type { Symbols } from "./symbols.js";

/** A buffer whose memory is a part of the pool that Node.js cuts all small ones from. */
export interface PooledBuffer {
  /** The expression that makes it. */
  readonly value: ts.Expression;
  readonly maker: string;
}

/** Functions of `Buffer` that use the pool for what is small, whatever they are given. */
const POOLED: ReadonlySet<string> = new Set(["allocUnsafe", "concat"]);
/** From half of the pool's size on every buffer has memory of its own. Node.js 24 has the largest pool, of 64 KiB. */
const MAX_POOLED = 32_768;

/** The buffer from the pool that an expression is, or a constant that has never had another value. */
export function pooledBuffer(expression: ts.Expression, symbols: Symbols): PooledBuffer | undefined {
  const value = heldBy(unwrap(expression), symbols);
  if (!ts.isCallExpression(value)) return undefined;
  const callee = unwrap(value.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.expression.getText() !== "Buffer") return undefined;
  const { text } = callee.name;
  const isPooled = POOLED.has(text) || (text === "from" && isCopied(value.arguments[0], symbols));
  if (!isPooled || isLarge(value.arguments[0])) return undefined;
  return { value, maker: `Buffer.${text}` };
}

function heldBy(node: ts.Expression, symbols: Symbols): ts.Expression {
  const declaration = ts.isIdentifier(node) ? symbols.symbolAt(node)?.valueDeclaration : undefined;
  const isConstant = declaration && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
  if (!isConstant || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return node;
  return unwrap(declaration.initializer);
}

/** Whether `Buffer.from` copies what it is given, as it does with all but whole buffers: texts, lists, views. */
function isCopied(given: ts.Expression | undefined, symbols: Symbols): boolean {
  if (!given) return false;
  const type = symbols.typeOf(given);
  return (type.flags & ts.TypeFlags.StringLike) !== 0 || symbols.isList(type);
}

function isLarge(given: ts.Expression | undefined): boolean {
  const node = given && unwrap(given);
  return node !== undefined && ts.isNumericLiteral(node) && Number(node.text) >= MAX_POOLED;
}
