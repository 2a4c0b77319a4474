import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import { calledName, goesOn, isLater } from "./later.js";
import { MAY_GUARD } from "./lower-state.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A loop that goes through an array step by step and waits in between, while other code moves the elements. */
export interface ChangedWalk {
  /** What the user calls the array, and where the loop takes it. */
  readonly text: string;
  readonly site: Site;
  /** Where the loop waits before its next step. */
  readonly gap: Site;
  /** The function that moves elements, and where. */
  readonly by: string;
  readonly change: Site;
  /** Whether the loop can go through a copy by a change of `site` alone. */
  readonly canCopy: boolean;
}

/** Methods of arrays behind which elements stand at other places. */
const MOVES: ReadonlySet<string> = new Set(["splice", "shift", "unshift", "sort", "reverse", "copyWithin"]);
const MOVE = /\.(?:splice|shift|unshift|sort|reverse|copyWithin)\s*\(/;
/** What goes through the array itself, as the array does. */
const LIVE: ReadonlySet<string> = new Set(["entries", "values", "keys"]);
interface Walk {
  readonly loop: ts.ForOfStatement | ts.ForStatement;
  readonly array: ts.Expression;
  readonly owner: FunctionNode | ts.SourceFile;
  readonly gap: ts.Node;
}

interface Move {
  readonly call: ts.CallExpression;
  readonly owner: FunctionNode;
  /** Of the array. */
  readonly key: string;
}

/** The walks of one file through arrays that other functions of the file change. */
export function changedWalksIn(
  file: ts.SourceFile,
  names: StateNames,
  isOpen: (node: FunctionNode) => boolean,
): readonly ChangedWalk[] {
  if (!MOVE.test(file.text)) return [];
  const loops: (ts.ForOfStatement | ts.ForStatement)[] = [];
  const moves: Move[] = [];
  const calls: ts.CallExpression[] = [];
  for (const node of nodesIn(file).outerFirst) {
    if (ts.isForOfStatement(node) || ts.isForStatement(node)) loops.push(node);
    if (ts.isCallExpression(node)) {
      calls.push(node);
      const owner = isMove(node) ? enclosingFunction(node) : undefined;
      const key = owner && isFunctionNode(owner) ? keyOf(receiverOf(node), names) : undefined;
      if (owner && isFunctionNode(owner) && key !== undefined) moves.push({ call: node, owner, key });
    }
  }
  if (moves.length === 0) return [];
  const runs = new IndependentRuns(calls, names, isOpen);
  return loops.flatMap(walkOf).flatMap((walk) => {
    const key = keyOf(walk.array, names);
    const move = moves.find((each) => each.key === key && isConflict(walk, each.owner, names, runs));
    return move ? [found(walk, move)] : [];
  });
}

function found({ loop, array, gap }: Walk, { call, owner }: Move): ChangedWalk {
  const site = siteOf(ts.isForOfStatement(loop) ? loop.expression : array);
  const by = nameOf(owner);
  const canCopy = ts.isForOfStatement(loop);
  return { text: array.getText(), site, gap: siteOf(gap), by, change: siteOf(call), canCopy };
}

/** What a function is called; a callback has the name of what it is given to. */
function nameOf(node: FunctionNode): string {
  const own = declaredName(node);
  if (own !== undefined || !ts.isCallExpression(node.parent)) return own ?? "function";
  return `${calledName(node.parent) ?? "function"}(…)`;
}

/** The walk that a loop is, if it waits somewhere and goes on behind. */
function walkOf(loop: ts.ForOfStatement | ts.ForStatement): readonly Walk[] {
  const array = ts.isForOfStatement(loop) ? walked(loop) : counted(loop);
  const gap = array && gapIn(loop);
  return gap ? [{ loop, array, owner: enclosingFunction(loop), gap }] : [];
}

function walked(loop: ts.ForOfStatement): ts.Expression | undefined {
  const expression = unwrap(loop.expression);
  if (!ts.isCallExpression(expression)) return expression;
  const callee = unwrap(expression.expression);
  return ts.isPropertyAccessExpression(callee) && LIVE.has(callee.name.text) ? callee.expression : undefined;
}

/** `items` of `for (let i = 0; i < items.length; i++)`, where the loop itself never steps back. */
function counted(loop: ts.ForStatement): ts.Expression | undefined {
  const { initializer, condition, incrementor, statement } = loop;
  const [counter, more] =
    initializer && ts.isVariableDeclarationList(initializer) ? initializer.declarations : ([] as const);
  if (!counter || more || !ts.isIdentifier(counter.name) || !incrementor || !condition) return undefined;
  const right = ts.isBinaryExpression(condition) ? unwrap(condition.right) : undefined;
  if (!right || !ts.isPropertyAccessExpression(right) || right.name.text !== "length") return undefined;
  const { text } = counter.name;
  const isSet = someInBody(statement, (node) => {
    const target = ts.isBinaryExpression(node) ? isAssignment(node) && node.left : isStepNode(node) && node.operand;
    return target !== false && target.getText() === text;
  });
  return isSet ? undefined : right.expression;
}

function isStepNode(node: ts.Node): node is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression {
  return (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node);
}

/** The first wait in the loop's body from which control comes to the next step. */
function gapIn(loop: ts.IterationStatement): ts.Node | undefined {
  let gap: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (gap || isFunctionNode(node) || ts.isClassLike(node)) return;
    const waits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
    if (waits && goesOn(node, loop)) gap = node;
    else ts.forEachChild(node, visit);
  };
  visit(loop.statement);
  return gap;
}

function isMove(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !MOVES.has(callee.name.text)) return false;
  const [, count] = call.arguments;
  // `splice(0)` empties the array: the loop is at its end.
  return callee.name.text !== "splice" || (count !== undefined && !/\.length$/.test(count.getText()));
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
}

/** One key for all names of an array that is a field, or a variable; one that the function was given is nobody's. */
function keyOf(array: ts.Expression, names: StateNames): string | undefined {
  const node = unwrap(array);
  if (!ts.isIdentifier(node)) {
    const state = names.containerOf(node, enclosingFunction(node));
    return state?.taken ? undefined : state?.key;
  }
  const declared = names.declarationOf(node);
  if (!declared || !ts.isVariableDeclaration(declared.node)) return undefined;
  const value = declared.node.initializer && unwrap(declared.node.initializer);
  const isAlias = ts.getCombinedNodeFlags(declared.node) & ts.NodeFlags.Const;
  if (isAlias && value && ts.isPropertyAccessExpression(value)) return keyOf(value, names);
  return `${node.getSourceFile().fileName}@${declared.node.pos}`;
}

function isConflict(walk: Walk, mover: FunctionNode, names: StateNames, runs: IndependentRuns): boolean {
  if (mover === walk.owner || !runs.has(mover, walk.owner)) return false;
  return !isGuarded(walk) && !isKeptOut(walk, mover, names);
}

/** Whether the loop runs under what may be a lock, by its name. */
function isGuarded({ loop, owner }: Walk): boolean {
  for (let at: ts.Node = owner; isFunctionNode(at) && ts.isCallExpression(at.parent); at = enclosingFunction(at)) {
    if (MAY_GUARD.test(at.parent.expression.getText())) return true;
  }
  return someInBody(owner, (node) => {
    if (node.pos > loop.pos) return false;
    if (ts.isVariableDeclarationList(node)) return (node.flags & ts.NodeFlags.Using) !== 0;
    const operand = ts.isAwaitExpression(node) ? unwrap(node.expression) : undefined;
    return operand !== undefined && ts.isCallExpression(operand) && MAY_GUARD.test(operand.expression.getText());
  });
}

/** Whether the walker says beforehand that it is at work, and the other function asks. */
function isKeptOut({ loop, owner }: Walk, mover: FunctionNode, names: StateNames): boolean {
  const set = new Set<string>();
  someInBody(owner, (node) => {
    const target = ts.isBinaryExpression(node) && isAssignment(node) && node.pos < loop.pos ? node.left : undefined;
    const state = target && names.stateOf(target, owner);
    if (state) set.add(state.key);
    return false;
  });
  if (set.size === 0) return false;
  return someInBody(mover, (node) => ts.isExpression(node) && set.has(names.stateOf(node, mover)?.key ?? ""));
}

/** Which functions may run while another one waits, without having been called by it. */
class IndependentRuns {
  readonly #calls: readonly ts.CallExpression[];
  readonly #names: StateNames;
  readonly #isOpen: (node: FunctionNode) => boolean;

  constructor(calls: readonly ts.CallExpression[], names: StateNames, isOpen: (node: FunctionNode) => boolean) {
    this.#calls = calls;
    this.#names = names;
    this.#isOpen = isOpen;
  }

  has(node: FunctionNode, waiting: FunctionNode | ts.SourceFile, seen = new Set<ts.Node>()): boolean {
    if (node === waiting || seen.has(node) || ts.isConstructorDeclaration(node)) return false;
    seen.add(node);
    if (isLater(node)) return true;
    const around = enclosingFunction(node);
    // What takes a function otherwise calls it while its own caller runs, as `map` does.
    if (isCallback(node)) return isFunctionNode(around) && this.has(around, waiting, seen);
    if (this.#isOpen(node)) return true;
    return this.#calls.some((call) => {
      const caller = enclosingFunction(call);
      return isFunctionNode(caller) && this.#isCallOf(call, node) && this.has(caller, waiting, seen);
    });
  }

  #isCallOf(call: ts.CallExpression, node: FunctionNode): boolean {
    const callee = unwrap(call.expression);
    if (ts.isPropertyAccessExpression(callee)) return this.#names.methodOf(callee) === node;
    const declared = ts.isIdentifier(callee) ? this.#names.declarationOf(callee)?.node : undefined;
    return declared !== undefined && (declared === node || declared === node.parent);
  }
}

function isCallback(node: FunctionNode): boolean {
  return (ts.isCallExpression(node.parent) || ts.isNewExpression(node.parent)) && node.parent.expression !== node;
}
