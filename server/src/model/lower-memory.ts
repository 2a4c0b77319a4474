import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import type { Holder, MemoryEvent } from "./memory.js";
import type { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

const VIEWS =
  /^(Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|Float16|Float32|Float64|BigInt64|BigUint64)Array$|^DataView$/;
/** What a view says of itself without its memory being touched. */
const MEASURES: ReadonlySet<string> = new Set(["buffer", "byteLength", "byteOffset", "length"]);
/** Exported functions that are called so allocate, for which the memory grows when there is none left. */
const ALLOCATES = /alloc|grow/i;

/** Appends what an expression does with views of a WebAssembly memory, in the order in which it happens. */
export class MemoryLowering extends Branching {
  readonly #names: StateNames;
  readonly #owner: FunctionNode | ts.SourceFile;
  readonly #file: ts.SourceFile;

  constructor(graph: GraphBuilder, names: StateNames, owner: FunctionNode | ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#owner = owner;
    this.#file = owner.getSourceFile();
  }

  declare(declaration: ts.VariableDeclaration): void {
    const { name, initializer } = declaration;
    if (!initializer) return;
    this.visit(initializer);
    const holder = ts.isIdentifier(name) && isView(initializer) ? this.#holderOf(name) : undefined;
    if (holder) this.#emit({ kind: "take", holder, makes: true, isFirst: true, site: this.#site(declaration) });
  }

  protected decided(condition: ts.Expression): void {
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node)) return;
      const isMeasure = ts.isPropertyAccessExpression(node) && MEASURES.has(node.name.text);
      const holder = isMeasure ? this.#holderOf(node.expression) : undefined;
      if (holder) this.#emit({ kind: "verify", holder, site: this.#site(node) });
      ts.forEachChild(node, visit);
    };
    visit(condition);
  }

  protected lower(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isBinaryExpression(node) && isAssignment(node)) return this.#assignment(node);
    if (ts.isPropertyAccessExpression(node) && MEASURES.has(node.name.text) && this.#holderOf(node.expression)) return;
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) this.#touch(node);
    if (ts.isPropertyAccessExpression(node)) return this.lowerAll(node.expression);
    ts.forEachChild(node, (child) => this.lowerAll(child));
    if (ts.isAwaitExpression(node)) this.graph.emit({ kind: "await", site: this.#site(node) }, true);
    if (ts.isCallExpression(node) && this.#mayGrow(node)) {
      this.#emit({ kind: "grow", text: node.expression.getText(), site: this.#site(node) });
    }
  }

  #touch(node: ts.Identifier | ts.PropertyAccessExpression): void {
    const holder = isOnlyAsked(node) ? undefined : this.#holderOf(node);
    if (holder) this.#emit({ kind: "touch", holder, site: this.#site(node) });
  }

  #assignment(node: ts.BinaryExpression): void {
    const target = unwrap(node.left);
    this.visit(node.right);
    const holder = this.#holderOf(target);
    if (!holder) return this.lowerAll(target);
    // Whatever else it is given is no view that could be out of date.
    this.#emit({ kind: "take", holder, makes: isView(node.right), isFirst: false, site: this.#site(node) });
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  #emit(event: MemoryEvent): void {
    this.graph.emit(event, event.kind === "grow");
  }

  /** What an expression names, if it can hold a view. */
  #holderOf(expression: ts.Expression): Holder | undefined {
    const node = unwrap(expression);
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    const state = this.#names.containerOf(node, this.#owner);
    if (state && !state.taken) return { key: state.key, text: state.text, isKept: true };
    if (!ts.isIdentifier(node)) return undefined;
    const declared = this.#names.declarationOf(node);
    if (declared?.scope !== this.#owner || !ts.isVariableDeclaration(declared.node)) return undefined;
    // What the module declares outlives every call of its functions.
    const isKept = ts.isSourceFile(this.#owner);
    return { key: `${this.#file.fileName}@${declared.node.pos}`, text: node.text, isKept };
  }

  #mayGrow(call: ts.CallExpression): boolean {
    const callee = unwrap(call.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const { name, expression: object } = callee;
      if (name.text === "grow" && isMemory(object)) return true;
      return ALLOCATES.test(name.text) && this.#isExports(object);
    }
    if (!ts.isIdentifier(callee) || !ALLOCATES.test(callee.text)) return false;
    const declaration = this.#names.declarationOf(callee)?.node;
    const pattern = declaration && ts.isBindingElement(declaration) ? declaration.parent.parent : undefined;
    if (!pattern || !ts.isVariableDeclaration(pattern) || !pattern.initializer) return false;
    return this.#isExports(pattern.initializer);
  }

  /** `instance.exports`, or a variable that was given them. */
  #isExports(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    if (ts.isPropertyAccessExpression(node))
      return node.name.text === "exports" && node.expression.getText() !== "module";
    if (!ts.isIdentifier(node)) return false;
    const declaration = this.#names.declarationOf(node)?.node;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
    const value = unwrap(declaration.initializer);
    return ts.isPropertyAccessExpression(value) && this.#isExports(value);
  }
}

/** Whether an expression is only asked whether there is something. */
function isOnlyAsked({ parent }: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(parent) || ts.isIfStatement(parent)) return true;
  return ts.isBinaryExpression(parent) && ASKING.has(parent.operatorToken.kind);
}

const ASKING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
]);

/** `new Uint8Array(memory.buffer, …)` */
function isView(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || !VIEWS.test(node.expression.text)) return false;
  const [first] = node.arguments ?? [];
  const buffer = first && unwrap(first);
  return (
    buffer !== undefined &&
    ts.isPropertyAccessExpression(buffer) &&
    buffer.name.text === "buffer" &&
    isMemory(buffer.expression)
  );
}

/** The one name that WebAssembly modules export their memory by, however it was got hold of. */
function isMemory(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : "";
  return /^#?_?(wasm)?memory$/i.test(name);
}
