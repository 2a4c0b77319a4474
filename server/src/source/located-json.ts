import { Lines } from "./lines.js";
import { ts } from "./syntax.js";

/** A value of a JSON file with the offset where it begins, so that what is wrong with it can be shown there. */
export interface LocatedJson {
  readonly at: number;
  /** Strings, numbers, booleans and null as they are; what is composed, as its parts. */
  readonly value: string | number | boolean | null | readonly LocatedJson[] | ReadonlyMap<string, LocatedMember>;
}

export interface LocatedMember extends LocatedJson {
  /** Where the name begins. */
  readonly nameAt: number;
}

/** Not JSON; `at` is the offset of what is not understood. The message is one line without a full stop. */
export class JsonError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads JSON; comments are let pass, as in a tsconfig. Throws `JsonError`. */
export function locateJson(text: string): LocatedJson {
  try {
    return read(text);
  } catch (error) {
    // The compiler's parser recurses, and so does what walks its tree.
    if (error instanceof RangeError) throw new JsonError("This is nested too deeply to be understood", 0);
    throw error;
  }
}

function read(text: string): LocatedJson {
  const tree = ts.parseJsonText("/text.json", text);
  // The compiler's own list of what its parser objected to; no public function hands it out without a program.
  const { parseDiagnostics } = tree as ts.JsonSourceFile & { readonly parseDiagnostics: readonly ts.Diagnostic[] };
  const [wrong] = parseDiagnostics;
  if (wrong) {
    throw new JsonError(ts.flattenDiagnosticMessageText(wrong.messageText, " ").replace(/\.$/, ""), wrong.start ?? 0);
  }
  const [statement] = tree.statements;
  if (!statement) throw new JsonError("The file is empty", 0);
  return located(statement.expression, tree);
}

/** Says `line:character` of an offset into the text, 1-based. */
export function placesIn(text: string): (at: number) => string {
  const lines = new Lines(text);
  return (at) => {
    const { line, character } = lines.position(at);
    return `${line + 1}:${character + 1}`;
  };
}

function located(node: ts.Expression, tree: ts.SourceFile): LocatedJson {
  const at = node.getStart(tree);
  if (ts.isStringLiteral(node) && tree.text[at] === '"') return { at, value: node.text };
  if (ts.isNumericLiteral(node)) return { at, value: Number(node.text) };
  if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) {
    return { at, value: -Number(node.operand.text) };
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { at, value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { at, value: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { at, value: null };
  if (ts.isArrayLiteralExpression(node)) return { at, value: node.elements.map((each) => located(each, tree)) };
  if (ts.isObjectLiteralExpression(node)) return { at, value: membersOf(node, tree) };
  throw new JsonError("This is no JSON value", at);
}

function membersOf(node: ts.ObjectLiteralExpression, tree: ts.SourceFile): ReadonlyMap<string, LocatedMember> {
  const members = new Map<string, LocatedMember>();
  for (const property of node.properties) {
    const nameAt = property.getStart(tree);
    if (!ts.isPropertyAssignment(property) || !ts.isStringLiteral(property.name) || tree.text[nameAt] !== '"') {
      throw new JsonError("A name in double quotes is expected", nameAt);
    }
    const { text } = property.name;
    if (members.has(text)) throw new JsonError(`The name "${text}" is there twice`, nameAt);
    members.set(text, { ...located(property.initializer, tree), nameAt });
  }
  return members;
}

/** What a value is, for messages. */
export function described(value: LocatedJson["value"]): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  return value instanceof Map ? "an object" : "a list";
}
