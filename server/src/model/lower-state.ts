import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declarationId, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { Branches, GraphBuilder } from "./graph.js";
import { executorOf, leavingCalls, leftBy } from "./left-work.js";
import type { Expressions } from "./lower-statement.js";
import { LOCAL, type Put, type Says, type State, type StateEvent, type Written } from "./state.js";
import type { StateNames } from "./state-names.js";
import { isSureWait } from "./sure-waits.js";
import { isAssignment } from "./variables.js";
import { isLoad, isNothing, onlyLoads, rootOf, writtenBy } from "./written-values.js";

type Values = readonly string[];
const NONE: Values = [];

/**
 * A call named like these may keep other tasks out, or make them wait for their turn. Nothing is ever reported because
 * of such a name; what is behind such a call is only left alone.
 */
export const MAY_GUARD =
  /lock|mutex|acquire|exclusive|semaphore|serial|queue|throttle|debounce|singleton|dedupe|transaction/i;

/** Methods of maps and sets that look at one entry, and that change one or all. */
const LOOKS: ReadonlySet<string> = new Set(["get", "has"]);
const CHANGES: ReadonlyMap<string, Written> = new Map([
  ["set", "value"],
  ["add", "constant"],
  ["delete", "nothing"],
]);

/** Appends what an expression does with state that outlives the call, in the order in which it happens. */
export class StateLowering implements Expressions {
  readonly #graph: GraphBuilder;
  readonly #names: StateNames;
  readonly #owner: FunctionNode;
  readonly #file: ts.SourceFile;
  /** By call, the values that go into it. */
  readonly #given = new Map<ts.Node, Values>();

  constructor(graph: GraphBuilder, names: StateNames, owner: FunctionNode) {
    this.#graph = graph;
    this.#names = names;
    this.#owner = owner;
    this.#file = owner.getSourceFile();
  }

  visit(node: ts.Expression): void {
    this.#value(node);
  }

  condition(node: ts.Expression): Branches {
    const expression = unwrap(node);
    if (ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.ExclamationToken) {
      const { yes, no } = this.condition(expression.operand);
      return { yes: no, no: yes };
    }
    const kind = ts.isBinaryExpression(expression) ? expression.operatorToken.kind : undefined;
    if (ts.isBinaryExpression(expression) && kind === ts.SyntaxKind.AmpersandAmpersandToken) {
      const left = this.condition(expression.left);
      this.#graph.frontier = left.yes;
      const right = this.condition(expression.right);
      return { yes: right.yes, no: [...left.no, ...right.no] };
    }
    if (ts.isBinaryExpression(expression) && kind === ts.SyntaxKind.BarBarToken) {
      const left = this.condition(expression.left);
      this.#graph.frontier = left.no;
      const right = this.condition(expression.right);
      return { yes: [...left.yes, ...right.yes], no: right.no };
    }
    const from = this.#value(expression);
    const says = saidBy(expression);
    const start = this.#graph.frontier;
    const branch = (what: Says): readonly number[] => {
      this.#graph.frontier = start;
      if (from.length > 0) this.#emit({ kind: "decide", from, says: what, site: this.#site(expression) });
      return this.#graph.frontier;
    };
    return { yes: branch(says.yes), no: branch(says.no) };
  }

  declare(declaration: ts.VariableDeclaration): void {
    if (!declaration.initializer) return;
    this.#bind(declaration.name, this.#value(declaration.initializer), declaration);
  }

  /** Parameters have values of their own where the caller gives none. */
  parameters(): void {
    for (const { name, initializer } of this.#owner.parameters) {
      if (initializer) this.#bind(name, this.#value(initializer), name.parent);
    }
  }

  iterate(list: ts.VariableDeclarationList): void {
    for (const { name } of list.declarations) this.#bind(name, NONE, name);
  }

  visitResource(node: ts.Expression, declaration: ts.VariableDeclaration): () => void {
    // What is given back at the end of a scope is more often than not a lock.
    this.#emit({ kind: "guard", site: this.#site(declaration) });
    this.#value(node);
    return () => {
      if (declaration.parent.flags & ts.NodeFlags.Using) this.#emit({ kind: "guard", site: this.#site(declaration) });
    };
  }

  result(): undefined {
    return undefined;
  }

  #site(node: ts.Node): Site {
    return siteOf(node, this.#file);
  }

  #emit(event: StateEvent): void {
    this.#graph.emit(event, false);
  }

  /** Lowers an expression; returns which of the values that were read may be in what it gives. */
  #value(expression: ts.Expression): Values {
    const node = unwrap(expression);
    if (isFunctionNode(node) || ts.isClassLike(node)) return NONE;
    if (ts.isIdentifier(node)) return this.#name(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isYieldExpression(node)) return this.#yield(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isNewExpression(node)) return this.#new(node);
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return this.#unary(node);
    if (ts.isConditionalExpression(node)) return this.#conditional(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.#member(node);
    if (ts.isDeleteExpression(node)) return this.#delete(node);
    return this.#parts(node);
  }

  /** What is put together of its parts: arrays, objects, templates. */
  #parts(node: ts.Node): Values {
    const values: string[] = [];
    const visit = (child: ts.Node): void => {
      if (isFunctionNode(child) || ts.isClassLike(child) || ts.isTypeNode(child)) return;
      if (ts.isShorthandPropertyAssignment(child)) values.push(...this.#name(child.name));
      else if (ts.isPropertyAssignment(child)) visit(child.initializer);
      else if (ts.isExpression(child)) values.push(...this.#value(child));
      else ts.forEachChild(child, visit);
    };
    ts.forEachChild(node, visit);
    return values;
  }

  #name(node: ts.Identifier): Values {
    const state = this.#names.stateOf(node, this.#owner);
    if (state) return [this.#look(state, node)];
    const declared = this.#names.declarationOf(node);
    return declared?.scope === this.#owner ? [localValue(declared.node)] : NONE;
  }

  #look(state: State, node: ts.Node): string {
    const value = `read@${node.pos}:${node.end}:${state.key}`;
    this.#emit({ kind: "look", state, value, site: this.#site(node) });
    return value;
  }

  #await(node: ts.AwaitExpression): Values {
    const operand = unwrap(node.expression);
    const from = this.#value(operand);
    const isCall = ts.isCallExpression(operand);
    const own = isCall ? this.#ownFunction(unwrap(operand.expression)) : undefined;
    const mayFail = !isSureWait(operand, own);
    this.#graph.emit({ kind: "await", site: this.#site(node) }, mayFail);
    if (isCall && MAY_GUARD.test(operand.expression.getText())) this.#emit({ kind: "guard", site: this.#site(node) });
    return isCall ? this.#answer(operand) : from;
  }

  /** What an awaited call gives, if it was given something. */
  #answer(call: ts.CallExpression): Values {
    const from = this.#given.get(call) ?? NONE;
    if (from.length === 0) return NONE;
    const value = `answer@${call.pos}:${call.end}`;
    this.#emit({ kind: "carry", value, from, isAnswer: true, site: this.#site(call) });
    return [value];
  }

  #yield(node: ts.YieldExpression): Values {
    if (node.expression) this.#value(node.expression);
    if (isAsync(this.#owner)) this.#graph.emit({ kind: "await", site: this.#site(node) }, true);
    return NONE;
  }

  #call(node: ts.CallExpression): Values {
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const entry = this.#entryCall(node, callee);
      if (entry) return entry;
    }
    const own = this.#ownFunction(callee);
    if (!own) this.#value(callee);
    const given = node.arguments.map((argument) => this.#value(argument));
    this.#given.set(node, given.flat());
    this.#leave(node);
    if (own) {
      this.#emit({ kind: "run", task: declarationId(own), site: this.#site(node) });
      this.#set(own, given, node);
    }
    // What a call gives is its own: a value that merely was an argument need not be in it.
    return NONE;
  }

  #entryCall(node: ts.CallExpression, callee: ts.PropertyAccessExpression): Values | undefined {
    const method = callee.name.text;
    const written = CHANGES.get(method);
    if (!LOOKS.has(method) && !written) return undefined;
    const [key, value] = node.arguments;
    const state = this.#names.entryOf(callee.expression, key, this.#owner);
    if (!state) return undefined;
    const [, ...rest] = node.arguments.map((argument) => this.#value(argument));
    if (!written) return [this.#look(state, node)];
    const gives = method === "set" && value ? this.#written(value) : written;
    this.#emit({ kind: "put", state, gives, from: rest.flat(), site: this.#site(node) });
    return NONE;
  }

  #new(node: ts.NewExpression): Values {
    const executor = executorOf(node);
    for (const call of executor ? leavingCalls(executor) : []) this.#leave(call);
    return this.#arguments(node.arguments ?? []);
  }

  #leave(call: ts.CallExpression): void {
    const puts = leftBy(call).flatMap((left) => this.#putsIn(left));
    if (puts.length > 0) this.#emit({ kind: "leave", puts, site: this.#site(call) });
  }

  /** What a function that runs later writes, unless it looks at it again or has other reasons of its own. */
  #putsIn(left: FunctionNode): readonly Put[] {
    const puts: Put[] = [];
    const looked = new Set<string>();
    const visit = (node: ts.Node, isSure: boolean): void => {
      const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      const state = isSet ? this.#names.stateOf(node.left, this.#owner) : undefined;
      if (isSet && state) {
        const gives = isSure ? this.#written(node.right) : "nothing";
        puts.push({ kind: "put", state, gives, from: NONE, site: this.#site(node) });
        return visit(node.right, isSure);
      }
      const seen = ts.isExpression(node) && this.#names.stateOf(node, this.#owner);
      if (seen) looked.add(seen.key);
      const isChoice = ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isSwitchStatement(node);
      ts.forEachChild(node, (child) => visit(child, isSure && !isChoice));
    };
    if (left.body) visit(left.body, true);
    return puts.filter(({ state, gives }) => gives !== "nothing" && !looked.has(state.key));
  }

  /** What a function of the file sets before it does anything else, its caller sets. */
  #set(own: FunctionNode, given: readonly Values[], node: ts.CallExpression): void {
    if (isAsync(own) || !own.body || !ts.isBlock(own.body)) return;
    for (const statement of own.body.statements) {
      const set = ts.isExpressionStatement(statement) ? unwrap(statement.expression) : undefined;
      if (!set || !ts.isBinaryExpression(set) || set.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
      const state = this.#names.stateOf(set.left, own);
      if (!state || state.taken || state.captured) continue;
      const value = unwrap(set.right);
      const at = own.parameters.findIndex(({ name }) => ts.isIdentifier(value) && name.getText() === value.text);
      const from = given[at] ?? NONE;
      this.#emit({ kind: "put", state, gives: this.#written(set.right), from, site: this.#site(node) });
    }
  }

  #ownFunction(callee: ts.Expression): FunctionNode | undefined {
    if (ts.isPropertyAccessExpression(callee)) return this.#names.methodOf(callee);
    if (!ts.isIdentifier(callee)) return undefined;
    const declared = this.#names.declarationOf(callee)?.node;
    if (!declared) return undefined;
    if (isFunctionNode(declared)) return declared;
    const held = ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
    return held && isFunctionNode(held) ? held : undefined;
  }

  #arguments(nodes: readonly ts.Expression[]): Values {
    for (const node of nodes) this.#value(node);
    return NONE;
  }

  #binary(node: ts.BinaryExpression): Values {
    if (isAssignment(node)) return this.#assignment(node);
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return this.#shortCircuit(node);
      case ts.SyntaxKind.InKeyword: {
        const state = this.#names.entryOf(node.right, node.left, this.#owner);
        return state ? [this.#look(state, node)] : [...this.#value(node.left), ...this.#value(node.right)];
      }
      default:
        return [...this.#value(node.left), ...this.#value(node.right)];
    }
  }

  /** `a && b`, `a || b`, `a ?? b`: the right side only where the left one does not decide. */
  #shortCircuit(node: ts.BinaryExpression): Values {
    const left = this.#value(node.left);
    const start = this.#graph.frontier;
    const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    const site = this.#site(node.left);
    if (left.length > 0) this.#emit({ kind: "decide", from: left, says: isAnd ? "present" : "absent", site });
    const right = this.#value(node.right);
    this.#join(start, left, isAnd ? "absent" : "present", site);
    return [...left, ...right];
  }

  /** Adds the way on which a condition was decided otherwise. */
  #join(start: readonly number[], from: Values, says: Says, site: Site): void {
    const after = this.#graph.frontier;
    this.#graph.frontier = start;
    if (from.length > 0) this.#emit({ kind: "decide", from, says, site });
    this.#graph.frontier = [...after, ...this.#graph.frontier];
  }

  #conditional(node: ts.ConditionalExpression): Values {
    const { yes, no } = this.condition(node.condition);
    this.#graph.frontier = yes;
    const whenTrue = this.#value(node.whenTrue);
    const after = this.#graph.frontier;
    this.#graph.frontier = no;
    const whenFalse = this.#value(node.whenFalse);
    this.#graph.frontier = [...after, ...this.#graph.frontier];
    return [...whenTrue, ...whenFalse];
  }

  #assignment(node: ts.BinaryExpression): Values {
    const target = unwrap(node.left);
    const operator = node.operatorToken.kind;
    const state = this.#names.stateOf(target, this.#owner);
    if (!state && (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target))) {
      this.#value(target.expression);
    }
    if (operator === ts.SyntaxKind.EqualsToken) {
      const from = this.#value(node.right);
      this.#write(target, state, this.#written(node.right), from, node);
      return from;
    }
    const old = state ? [this.#look(state, target)] : ts.isIdentifier(target) ? this.#name(target) : NONE;
    const site = this.#site(target);
    const isOptional =
      operator === ts.SyntaxKind.QuestionQuestionEqualsToken ||
      operator === ts.SyntaxKind.BarBarEqualsToken ||
      operator === ts.SyntaxKind.AmpersandAmpersandEqualsToken;
    if (isOptional) {
      const start = this.#graph.frontier;
      const isAnd = operator === ts.SyntaxKind.AmpersandAmpersandEqualsToken;
      if (old.length > 0) this.#emit({ kind: "decide", from: old, says: isAnd ? "present" : "absent", site });
      const from = this.#value(node.right);
      this.#write(target, state, this.#written(node.right), from, node);
      this.#join(start, old, isAnd ? "absent" : "present", site);
      return [...old, ...from];
    }
    const from = [...old, ...this.#value(node.right)];
    const step =
      operator === ts.SyntaxKind.PlusEqualsToken
        ? "raise"
        : operator === ts.SyntaxKind.MinusEqualsToken
          ? "lower"
          : "value";
    this.#write(target, state, step, from, node);
    return from;
  }

  /** A module is loaded once, however many ask for it, and a promise that is there already has one answer for all. */
  #written(expression: ts.Expression): Written {
    const node = unwrap(expression);
    if (!ts.isAwaitExpression(node)) return writtenBy(node);
    const operand = unwrap(node.expression);
    if (!ts.isCallExpression(operand)) return this.#isThere(operand) ? "plain" : writtenBy(node);
    const own = this.#ownFunction(unwrap(operand.expression));
    return isLoad(operand) || (own && onlyLoads(own)) ? "plain" : writtenBy(node);
  }

  /** Whether an expression names what is no call's own: what it begins with is neither made nor given to the function. */
  #isThere(expression: ts.Expression): boolean {
    if (this.#names.stateOf(expression, this.#owner)) return true;
    const root = rootOf(expression);
    if (!root || !ts.isIdentifier(root)) return root !== undefined;
    return this.#names.declarationOf(root)?.scope !== this.#owner;
  }

  #unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Values {
    const isUp = node.operator === ts.SyntaxKind.PlusPlusToken;
    if (!isUp && node.operator !== ts.SyntaxKind.MinusMinusToken) return this.#value(node.operand);
    const target = unwrap(node.operand);
    const from = this.#value(target);
    this.#write(target, this.#names.stateOf(target, this.#owner), isUp ? "raise" : "lower", from, node);
    return from;
  }

  #write(target: ts.Expression, state: State | undefined, gives: Written, from: Values, node: ts.Node): void {
    if (state) this.#emit({ kind: "put", state, gives, from, site: this.#site(node) });
    else if (ts.isIdentifier(target)) this.#bind(target, from, node);
    else if (ts.isArrayLiteralExpression(target) || ts.isObjectLiteralExpression(target)) {
      for (const part of targetsIn(target)) {
        const each = this.#names.stateOf(part, this.#owner);
        this.#write(part, each, "value", from, part);
      }
    }
  }

  #bind(name: ts.BindingName, from: Values, node: ts.Node): void {
    if (!ts.isIdentifier(name)) {
      for (const element of name.elements) if (ts.isBindingElement(element)) this.#bind(element.name, from, element);
      return;
    }
    const declared = this.#names.declarationOf(name);
    if (declared?.scope !== this.#owner) return;
    this.#emit({ kind: "carry", value: localValue(declared.node), from, isAnswer: false, site: this.#site(node) });
  }

  #member(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): Values {
    const object = unwrap(node.expression);
    const from = object.kind === ts.SyntaxKind.ThisKeyword ? NONE : this.#value(object);
    if (ts.isElementAccessExpression(node)) this.#value(node.argumentExpression);
    const state = this.#names.stateOf(node, this.#owner);
    return state ? [...from, this.#look(state, node)] : from;
  }

  #delete(node: ts.DeleteExpression): Values {
    const target = unwrap(node.expression);
    const state = this.#names.stateOf(target, this.#owner);
    if (state) this.#emit({ kind: "put", state, gives: "nothing", from: NONE, site: this.#site(node) });
    else this.#value(target);
    return NONE;
  }
}

function localValue(declaration: ts.Node): string {
  return LOCAL + declaration.pos;
}

export function isAsync(node: FunctionNode): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Async) !== 0;
}

/** What the two branches of a condition say of the values in it. */
function saidBy(node: ts.Expression): { readonly yes: Says; readonly no: Says } {
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    if (operator === ts.SyntaxKind.InKeyword) return { yes: "present", no: "absent" };
    const isEqual = operator === ts.SyntaxKind.EqualsEqualsToken || operator === ts.SyntaxKind.EqualsEqualsEqualsToken;
    const isOther =
      operator === ts.SyntaxKind.ExclamationEqualsToken || operator === ts.SyntaxKind.ExclamationEqualsEqualsToken;
    if ((isEqual || isOther) && (isNothing(node.left) || isNothing(node.right))) {
      return isEqual ? { yes: "absent", no: "present" } : { yes: "present", no: "absent" };
    }
    return { yes: "other", no: "other" };
  }
  return { yes: "present", no: "absent" };
}

/** The places that a destructuring assignment writes to. */
function targetsIn(pattern: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression): readonly ts.Expression[] {
  const parts = ts.isArrayLiteralExpression(pattern)
    ? [...pattern.elements]
    : pattern.properties.flatMap((property) =>
        ts.isPropertyAssignment(property)
          ? [property.initializer]
          : ts.isShorthandPropertyAssignment(property)
            ? [property.name]
            : [],
      );
  return parts.map((part) => unwrap(ts.isSpreadElement(part) ? part.expression : part));
}
