import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { Branching } from "./branching.js";
import { withoutListed } from "./cuts.js";
import { type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { GraphBuilder } from "./graph.js";
import { type Holder, type Holders, isViewClass } from "./holders.js";
import { functionCalled, type Send, sendOf } from "./sends.js";
import type { StateNames } from "./state-names.js";
import type { Reuse, TransferEvent } from "./transfer.js";
import { assignedNames, isAssignment } from "./variables.js";

/** What something says of itself when it is no longer there. */
const MEASURES: ReadonlySet<string> = new Set(["byteLength", "byteOffset", "length", "detached", "maxByteLength"]);
/** What does no harm to one who no longer has it. */
const HARMLESS =
  /^(close|cancel|destroy|terminate|unref|ref|on|once|off|addEventListener|remove\w+|constructor|onmessage|onclose)$/;
/** Methods of others that read the memory which they are given. */
const READS_ARGUMENT: ReadonlySet<string> = new Set(["decode", "write", "writeSync", "update", "digest", "set"]);
const WRITES_FILE = /^(write|append)File(Sync)?$/;
/** A condition that is longer is not looked for again. */
const MAX_CONDITION = 80;

/** Appends what an expression does with what is handed over to other threads, in the order in which it happens. */
export class TransferLowering extends Branching {
  readonly #names: StateNames;
  readonly #holders: Holders;
  readonly #owner: FunctionNode | ts.SourceFile;
  readonly #file: ts.SourceFile;
  /** What the message being lowered takes along, and so mentions. */
  #taken: ReadonlySet<string> = new Set();

  #assigned: ReadonlySet<string> | undefined;

  constructor(graph: GraphBuilder, names: StateNames, holders: Holders, owner: FunctionNode | ts.SourceFile) {
    super(graph);
    this.#names = names;
    this.#holders = holders;
    this.#owner = owner;
    this.#file = owner.getSourceFile();
  }

  declare({ name, initializer }: ts.VariableDeclaration): void {
    if (initializer) this.visit(initializer);
    this.#renewNames(name);
  }

  override iterate(list: ts.VariableDeclarationList): void {
    for (const { name } of list.declarations) this.#renewNames(name);
  }

  protected decided(condition: ts.Expression, says: boolean): void {
    const asked: string[] = [];
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node)) return;
      const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
      const holder = isName ? this.#holders.of(node) : undefined;
      if (holder) asked.push(holder.key);
      ts.forEachChild(node, visit);
    };
    visit(condition);
    if (asked.length > 0) this.#emit({ kind: "renew", keys: asked, site: this.#site(condition) });
    const text = condition.getText(this.#file);
    if (text.length > MAX_CONDITION || !this.#isConstant(condition)) return;
    const site = this.#site(condition);
    this.graph.emit({ kind: "assume", condition: text, value: says, by: undefined, sorts: false, site }, false);
  }

  /** Whether a condition has the same outcome whenever the function asks. */
  #isConstant(condition: ts.Expression): boolean {
    this.#assigned ??= assignedNames(this.#owner);
    const visit = (node: ts.Node): boolean => {
      if (ts.isCallExpression(node) || ts.isAwaitExpression(node) || isFunctionNode(node)) return false;
      if (ts.isBinaryExpression(node) && isAssignment(node)) return false;
      if (ts.isIdentifier(node) && this.#assigned?.has(node.text)) return false;
      return !ts.forEachChild(node, (child) => !visit(child) || undefined);
    };
    return visit(condition);
  }

  protected lower(node: ts.Node): void {
    if (isFunctionNode(node)) return this.#nested(node);
    if (ts.isClassLike(node) || ts.isTypeNode(node)) return;
    if (ts.isBinaryExpression(node) && isAssignment(node)) return this.#assignment(node);
    const send = sendOf(node, this.#names);
    if (send) return this.#send(send);
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return this.#name(node);
    ts.forEachChild(node, (child) => this.lowerAll(child));
    if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) this.#renewOpen(node);
    if (ts.isCallExpression(node) && this.#mayRenew(node)) this.#renewOpen(node);
  }

  #name(node: ts.Identifier | ts.PropertyAccessExpression): void {
    const holder = this.#holders.of(node);
    const how = holder && this.#use(node);
    if (holder && how) this.#reuse(holder, how, node);
    if (ts.isPropertyAccessExpression(node)) this.lowerAll(node.expression);
  }

  #reuse(holder: Holder, how: Reuse["how"], node: ts.Node): void {
    if (this.#taken.has(holder.key)) return;
    this.#emit({ kind: "reuse", key: holder.key, text: holder.text, how, site: this.#site(node) });
  }

  /** What is done with the value of a name; undefined where it may be nothing that needs what is behind it. */
  #use(node: ts.Expression): Reuse["how"] | undefined {
    let at: ts.Node = node;
    while (unwraps(at.parent)) at = at.parent;
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
      const name = parent.name.text;
      if (MEASURES.has(name)) return isReckoned(parent) ? "use" : undefined;
      if (name === "buffer" || HARMLESS.test(name)) return undefined;
      return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? "use" : undefined;
    }
    if (ts.isElementAccessExpression(parent) && parent.expression === at) {
      return ts.isStringLiteralLike(parent.argumentExpression) ? undefined : "use";
    }
    if (ts.isSpreadElement(parent) || (ts.isForOfStatement(parent) && parent.expression === at)) return "use";
    if (ts.isNewExpression(parent)) {
      return isViewClass(parent.expression) && parent.arguments?.[0] === at ? "use" : undefined;
    }
    if (ts.isCallExpression(parent) && parent.expression !== at) return this.#given(parent, at) ? "use" : undefined;
    return undefined;
  }

  /** Whether a call reads the memory that it is given. */
  #given(call: ts.CallExpression, argument: ts.Node): boolean {
    const callee = unwrap(call.expression);
    const index = call.arguments.indexOf(argument as ts.Expression);
    const own = functionCalled(call, this.#names);
    if (own) return this.#readsParameter(own, index);
    if (!ts.isPropertyAccessExpression(callee)) return ts.isIdentifier(callee) && WRITES_FILE.test(callee.text);
    const { name, expression } = callee;
    if (name.text === "from") return expression.getText(this.#file) === "Buffer" && index === 0;
    if (name.text === "set") return call.arguments.length === 1;
    return (READS_ARGUMENT.has(name.text) && index === 0) || WRITES_FILE.test(name.text);
  }

  /** Whether a function of the file uses what it is given, without having asked whether it is there. */
  #readsParameter(node: FunctionNode, index: number): boolean {
    const parameter = node.parameters[index];
    if (!parameter || !ts.isIdentifier(parameter.name) || !node.body) return false;
    const { text } = parameter.name;
    if (assignedNames(node.body).has(text)) return false;
    let uses = false;
    let asks = false;
    const visit = (at: ts.Node): void => {
      if (isFunctionNode(at)) return;
      if (ts.isIdentifier(at) && at.text === text) {
        const { parent } = at;
        if (ts.isElementAccessExpression(parent) && parent.expression === at) uses = true;
        else if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
          if (MEASURES.has(parent.name.text)) asks = true;
          else if (ts.isCallExpression(parent.parent) && !HARMLESS.test(parent.name.text)) uses = true;
        } else if (ts.isNewExpression(parent) && isViewClass(parent.expression)) uses = true;
        else if (!ts.isCallExpression(parent)) asks = true;
      }
      ts.forEachChild(at, visit);
    };
    visit(node.body);
    return uses && !asks;
  }

  #send({ call, name, payload, list }: Send): void {
    const callee = unwrap(call.expression);
    if (ts.isPropertyAccessExpression(callee)) this.lowerAll(callee);
    const taken = list.flatMap((listed) => {
      const shared = this.#holders.sharing(listed);
      return shared ? [{ listed, ...shared }] : [];
    });
    const before = this.#taken;
    this.#taken = new Set([...before, ...taken.flatMap(({ keys }) => keys)]);
    for (const argument of payload) {
      this.visit(argument);
      this.#mentioned(argument);
    }
    this.#taken = before;
    if (taken.length === 0) this.graph.emit({ kind: "merge", site: this.#site(call) }, true);
    for (const [index, { listed, key, keys }] of taken.entries()) {
      const text = listed.of.getText(this.#file);
      const site = this.#site(listed.at);
      this.#emit({ kind: "reuse", key, text, how: "transfer", site });
      const isMemory = this.#holders.isMemory(key);
      const inList = isMemory && name !== "new Worker" ? withoutListed(listed.at) : undefined;
      // Either all are taken along or, where that fails, none.
      const sent = this.#site(call);
      this.graph.emit(
        { kind: "transfer", keys, text, isMemory, by: name, listed: inList, call: sent, site },
        index === 0,
      );
    }
  }

  /** What a message holds: names in it, and in objects and arrays that are written in it. */
  #mentioned(part: ts.Expression): void {
    const node = unwrap(part);
    if (ts.isObjectLiteralExpression(node)) {
      for (const member of node.properties) {
        if (ts.isPropertyAssignment(member)) this.#mentioned(member.initializer);
        if (ts.isShorthandPropertyAssignment(member)) this.#mentioned(member.name);
      }
    } else if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) this.#mentioned(element);
    } else if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) {
      const holder = this.#holders.of(node);
      if (holder) this.#reuse(holder, "message", node);
    }
  }

  /**
   * A function inside of this one. One that is called at once does here what it does; what any other uses is gone by the
   * time it is called, unless it asks, or puts something else there.
   */
  #nested(node: FunctionNode): void {
    if (!node.body) return;
    const { parent } = node;
    const isExecutor =
      ts.isNewExpression(parent) && ts.isIdentifier(parent.expression) && parent.expression.text === "Promise";
    const assigned = assignedNames(node.body);
    const reused: { readonly holder: Holder; readonly how: Reuse["how"]; readonly at: ts.Node }[] = [];
    const sends: Send[] = [];
    const asked = new Set<string>();
    const visit = (at: ts.Node): void => {
      if (isExecutor && isFunctionNode(at)) return;
      const send = isExecutor ? sendOf(at, this.#names) : undefined;
      if (send) sends.push(send);
      const isName = ts.isIdentifier(at) || ts.isPropertyAccessExpression(at);
      const holder = isName && !send ? this.#holders.of(at) : undefined;
      if (holder && isOutside(holder, node) && !holder.isMember && !assigned.has(holder.text)) {
        const how = this.#use(at as ts.Expression);
        if (how) reused.push({ holder, how, at });
        else asked.add(holder.key);
      }
      ts.forEachChild(at, visit);
    };
    visit(node.body);
    if (sends.length > 0) for (const send of sends) this.#send(send);
    else for (const { holder, how, at } of reused) if (!asked.has(holder.key)) this.#reuse(holder, how, at);
  }

  #assignment(node: ts.BinaryExpression): void {
    this.visit(node.right);
    const target = unwrap(node.left);
    const holder = this.#holders.of(target);
    if (holder) return this.#renew([holder.key], node);
    this.lowerAll(target);
    if (ts.isArrayLiteralExpression(target) || ts.isObjectLiteralExpression(target)) {
      this.#renew(this.#namesIn(target), node);
    }
  }

  #namesIn(pattern: ts.Node): readonly string[] {
    const keys: string[] = [];
    const visit = (node: ts.Node): void => {
      const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
      const holder = isName ? this.#holders.of(node) : undefined;
      if (holder) keys.push(holder.key);
      ts.forEachChild(node, visit);
    };
    visit(pattern);
    return keys;
  }

  #renewNames(name: ts.BindingName): void {
    if (!ts.isIdentifier(name)) {
      for (const element of name.elements) if (ts.isBindingElement(element)) this.#renewNames(element.name);
      return;
    }
    const holder = this.#holders.of(name);
    if (holder) this.#renew([holder.key], name);
  }

  #renew(keys: readonly string[], node: ts.Node): void {
    this.#emit({ kind: "renew", keys, site: this.#site(node) });
  }

  #renewOpen(node: ts.Node): void {
    this.#emit({ kind: "renew", keys: undefined, site: this.#site(node) });
  }

  /** Whether a call may put something else where the function finds its own things. */
  #mayRenew(call: ts.CallExpression): boolean {
    if (functionCalled(call, this.#names)) return true;
    const callee = unwrap(call.expression);
    if (callee.kind === ts.SyntaxKind.SuperKeyword) return true;
    if (ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword) return true;
    return call.arguments.some((argument) => unwrap(argument).kind === ts.SyntaxKind.ThisKeyword);
  }

  #emit(event: TransferEvent): void {
    this.graph.emit(event, false);
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }
}

function unwraps(node: ts.Node): boolean {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node);
}

/** Whether a number goes into a sum, or says how often a loop runs: that it is 0 is then noticed by nobody. */
function isReckoned(node: ts.Expression): boolean {
  const { parent } = node;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.LessThanToken && parent.right === node && !ts.isNumericLiteral(parent.left)) {
    const loop = parent.parent;
    return (ts.isForStatement(loop) && loop.condition === parent) || ts.isWhileStatement(loop);
  }
  if (kind === ts.SyntaxKind.PlusEqualsToken || kind === ts.SyntaxKind.MinusEqualsToken) return parent.right === node;
  return kind === ts.SyntaxKind.AsteriskToken || kind === ts.SyntaxKind.SlashToken || kind === ts.SyntaxKind.MinusToken;
}

function isOutside({ root }: Holder, node: ts.Node): boolean {
  return root !== undefined && (root.pos < node.pos || root.end > node.end);
}
