import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import type { Listed } from "./sends.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A name that may hold memory, a view of it, or a port. */
export interface Holder {
  readonly key: string;
  readonly text: string;
  /** The variable that the name begins with; undefined for `this`. */
  readonly root: ts.Declaration | undefined;
  /** Whether it is a member of something. */
  readonly isMember: boolean;
}

/** `this.pages.front.view` */
const MAX_STEPS = 4;

const VIEW_CLASS =
  /^(Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|Float16|Float32|Float64|BigInt64|BigUint64)Array$|^DataView$/;

/** Members that only views have. */
const VIEW_MEMBER = /^(subarray|BYTES_PER_ELEMENT|[gs]et(Big)?(U?int|Float)\d+|(read|write)(U?Int|Float|Double)\w+)$/i;

/** Whether a name is that of a class of views. */
export function isViewClass(node: ts.Expression): boolean {
  const name = unwrap(node);
  return ts.isIdentifier(name) && VIEW_CLASS.test(name.text);
}

/** The names of one function that hold memory, and which of them hold the same. */
export class Holders {
  readonly #names: StateNames;
  readonly #owner: FunctionNode | ts.SourceFile;
  readonly #views = new Set<string>();
  readonly #buffers = new Set<string>();
  /** Names of small buffers of Node.js, whose memory is everybody's and goes nowhere. */
  readonly #pooled = new Set<string>();
  /** By name, the one that it got its memory from. `plain`: only if that one is a buffer, and no view to be copied. */
  readonly #sources = new Map<string, { readonly key: string; readonly plain: boolean }>();
  /** Names that get a value more than once. */
  readonly #renewed = new Set<string>();
  /** Names of what messages take along whole. */
  readonly #taken = new Set<string>();
  readonly #roots = new Map<string, ts.Declaration>();
  /** Names that functions inside of this one give a value. */
  readonly #renewedInside = new Set<string>();

  /** The names, of all for what a message takes along, under which others may put something else. */
  readonly open = new Set<string>();

  constructor(names: StateNames, owner: FunctionNode | ts.SourceFile) {
    this.#names = names;
    this.#owner = owner;
    this.#read();
  }

  /** The name that an expression is. */
  of(expression: ts.Expression, steps = MAX_STEPS): Holder | undefined {
    const node = unwrap(expression);
    if (node.kind === ts.SyntaxKind.ThisKeyword) return { key: "this", text: "this", root: undefined, isMember: false };
    if (ts.isIdentifier(node)) {
      const declared = this.#names.declarationOf(node)?.node;
      if (!declared || ts.isFunctionDeclaration(declared)) return undefined;
      const key = `@${declared.pos}`;
      this.#roots.set(key, declared);
      return { key, text: node.text, root: declared, isMember: false };
    }
    if (!ts.isPropertyAccessExpression(node) || steps === 0) return undefined;
    const object = this.of(node.expression, steps - 1);
    if (!object) return undefined;
    const { name } = node;
    return { ...object, key: `${object.key}.${name.text}`, text: `${object.text}.${name.text}`, isMember: true };
  }

  /** What a message takes along: its own name, and all names for the same memory. Undefined for what it cannot take. */
  sharing({ of, isBuffer }: Listed): { readonly key: string; readonly keys: readonly string[] } | undefined {
    const holder = this.of(of);
    if (!holder) return undefined;
    const isView = this.isView(holder.key);
    if ((isView && !isBuffer) || this.#pooled.has(holder.key)) return undefined;
    const own = isBuffer ? `${holder.key}.buffer` : holder.key;
    this.#taken.add(own);
    const memory = this.#memoryOf(isView ? holder.key : own);
    const shared = new Set([own]);
    for (const key of [memory, holder.key, ...this.#sources.keys()]) {
      // What has a `buffer` and is not known to be a view may be an object that has much else.
      if (this.#memoryOf(key) === memory && this.isMemory(key)) shared.add(key);
    }
    for (const key of [...shared]) if (this.isView(key)) shared.add(`${key}.buffer`);
    for (const key of shared) if (this.#isOpen(key)) this.open.add(key);
    return { key: own, keys: [...shared] };
  }

  /** Whether a name surely holds a view. */
  isView(key: string): boolean {
    return this.#views.has(key);
  }

  /** Whether a name surely holds memory, which can be copied. */
  isMemory(key: string): boolean {
    return this.#views.has(key) || this.#buffers.has(key) || key.endsWith(".buffer");
  }

  /** Whether others may put another thing under a name. */
  #isOpen(key: string): boolean {
    const name = key.replace(/\.buffer$/, "");
    if (name.includes(".") || this.#renewedInside.has(name)) return true;
    const root = this.#roots.get(name);
    const isConstant = root && ts.getCombinedNodeFlags(root) & ts.NodeFlags.Const;
    return root !== undefined && !isConstant && !this.#isOwn(root);
  }

  /** Whether the function itself declares it. */
  #isOwn(root: ts.Node): boolean {
    for (let at = root.parent; at; at = at.parent) {
      if (at === this.#owner) return true;
      if (isFunctionNode(at)) return false;
    }
    return false;
  }

  #memoryOf(key: string): string {
    let at = key;
    for (let step = 0; step < 8; step++) {
      const source = this.#sources.get(at);
      const isKnown = source && !this.#renewed.has(at) && !this.#renewed.has(source.key);
      if (!isKnown || (source.plain && !this.#isBuffer(source.key))) return at;
      at = source.key;
    }
    return at;
  }

  #isBuffer(key: string): boolean {
    return this.#buffers.has(key) || this.#taken.has(key) || key.endsWith(".buffer");
  }

  /** Reads what the function says of its names, the functions in it included. */
  #read(): void {
    if (!ts.isSourceFile(this.#owner)) for (const parameter of this.#owner.parameters) this.#declared(parameter);
    const visit = (node: ts.Node, isInside: boolean): void => {
      if (ts.isVariableDeclaration(node)) this.#declared(node);
      if (ts.isBinaryExpression(node) && isAssignment(node)) this.#assigned(node.left, isInside);
      if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node)) {
        this.#assigned(node.operand, isInside);
      }
      if (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) this.#usedAsView(node);
      ts.forEachChild(node, (child) => visit(child, isInside || isFunctionNode(child)));
    };
    if (this.#owner.kind === ts.SyntaxKind.SourceFile) visit(this.#owner, false);
    else if ("body" in this.#owner && this.#owner.body) visit(this.#owner.body, false);
  }

  /** `pixels[i]`, `pixels.subarray(…)` */
  #usedAsView(node: ts.ElementAccessExpression | ts.PropertyAccessExpression): void {
    const isOfViews = ts.isElementAccessExpression(node)
      ? !ts.isStringLiteralLike(node.argumentExpression)
      : VIEW_MEMBER.test(node.name.text);
    const holder = isOfViews ? this.of(node.expression) : undefined;
    if (holder) this.#views.add(holder.key);
  }

  #declared(node: ts.VariableDeclaration | ts.ParameterDeclaration): void {
    const { name, initializer, type } = node;
    if (ts.isObjectBindingPattern(name)) return initializer && this.#takenApart(name, initializer);
    if (!ts.isIdentifier(name)) return;
    const key = `@${node.pos}`;
    const typeName = type && ts.isTypeReferenceNode(type) ? type.typeName.getText() : "";
    if (VIEW_CLASS.test(typeName) || typeName === "Buffer") this.#views.add(key);
    if (typeName === "ArrayBuffer") this.#buffers.add(key);
    if (initializer && ts.isVariableDeclaration(node)) this.#made(key, unwrap(initializer));
  }

  /** `const { buffer } = view` */
  #takenApart(pattern: ts.ObjectBindingPattern, initializer: ts.Expression): void {
    const source = this.of(initializer);
    for (const element of pattern.elements) {
      const name = element.propertyName ?? element.name;
      if (!source || !ts.isIdentifier(name) || name.text !== "buffer" || element.dotDotDotToken) continue;
      this.#sources.set(`@${element.pos}`, { key: `${source.key}.buffer`, plain: false });
      this.#sources.set(`${source.key}.buffer`, { key: source.key, plain: false });
      this.#buffers.add(`@${element.pos}`);
    }
  }

  #made(key: string, value: ts.Expression): void {
    const from = (source: ts.Expression | undefined, plain: boolean): void => {
      const holder = source && this.of(source);
      if (!holder) return;
      this.#sources.set(key, { key: holder.key, plain });
      const inner = unwrap(source);
      if (!ts.isPropertyAccessExpression(inner) || inner.name.text !== "buffer") return;
      const view = this.of(inner.expression);
      if (view) this.#sources.set(holder.key, { key: view.key, plain: false });
    };
    if (ts.isIdentifier(value)) from(value, false);
    if (ts.isPropertyAccessExpression(value) && value.name.text === "buffer") {
      this.#buffers.add(key);
      from(value, false);
    }
    if (ts.isNewExpression(value)) {
      if (ts.isIdentifier(value.expression) && value.expression.text === "ArrayBuffer") this.#buffers.add(key);
      if (!isViewClass(value.expression)) return;
      this.#views.add(key);
      const buffer = value.arguments?.[0];
      const isNamed = buffer && ts.isPropertyAccessExpression(unwrap(buffer)) && /\.buffer$/.test(buffer.getText());
      from(buffer, !isNamed);
    }
    if (!ts.isCallExpression(value)) return;
    const callee = unwrap(value.expression);
    if (!ts.isPropertyAccessExpression(callee)) return;
    if (callee.name.text === "subarray") {
      this.#views.add(key);
      from(callee.expression, false);
    }
    if (callee.expression.getText() === "Buffer") this.#madeBuffer(key, callee.name.text, value.arguments[0], from);
  }

  #madeBuffer(
    key: string,
    maker: string,
    given: ts.Expression | undefined,
    from: (source: ts.Expression | undefined, plain: boolean) => void,
  ): void {
    this.#views.add(key);
    const holder = given && this.of(given);
    const isOnMemory = maker === "from" && holder && this.isMemory(holder.key) && !this.isView(holder.key);
    if (isOnMemory) from(given, false);
    else if (maker !== "alloc" && maker !== "allocUnsafeSlow") this.#pooled.add(key);
  }

  #assigned(target: ts.Expression, isInside: boolean): void {
    const node = unwrap(target);
    const holder = this.of(node);
    if (holder) {
      this.#renewed.add(holder.key);
      if (isInside) this.#renewedInside.add(holder.key);
    } else if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) this.#assigned(element, isInside);
    } else if (ts.isObjectLiteralExpression(node)) {
      for (const member of node.properties) {
        if (ts.isPropertyAssignment(member)) this.#assigned(member.initializer, isInside);
        if (ts.isShorthandPropertyAssignment(member)) this.#assigned(member.name, isInside);
      }
    }
  }
}
