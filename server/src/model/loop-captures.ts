import { isCommented } from "../source/commented.js";
import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf } from "./declarations.js";
import { calledName, goesOn, isLater } from "./later.js";
import type { NamePlaces } from "./name-places.js";
import type { PromisePlaces } from "./promise-places.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A function that a loop makes for later, and that uses a variable of which all turns share one. */
export interface LoopCapture {
  readonly name: string;
  /** Where the function uses it. */
  readonly site: Site;
  /** Where the next turn gives it another value. */
  readonly change: Site;
  /** What the function is given to, and where. */
  readonly keeper: string;
  readonly kept: Site;
  /** The keyword that, as `let`, would give each turn a variable of its own. */
  readonly keyword: Site | undefined;
}

/** A variable that a loop may share among its turns: a `var`, or what has no value where it is declared. */
const SHARED =
  /\bvar\s|\blet(?:\s*\/|\s+[^\s:=,;!]+\s*!?\s*(?::(?:[^=;]|=>)*)?(?:[;,]|$)|\s[^;]*?,\s*[^\s:=,;!]+\s*(?:[,;:]|$))/m;
const LOOP = /\b(?:for|while|do)\b/;
/** The names of what keeps a function for later, where they may be called, and where one is put into a field. */
const KEEPING =
  /\b(?:on|once|addListener|addEventListener|prependListener|subscribe|then|catch|finally|push|nextTick|setTimeout|setInterval|setImmediate|queueMicrotask)\b[\s!)]*(?:\?\.\s*)?(?:\(|[</]|as\b|satisfies\b)|\.on[a-z]+[\s!)]*=/g;

/** Whether a text may have one: a look at it saves reading most files, and where it is in doubt it says yes. */
export function mayHaveCaptures(text: string): boolean {
  const loop = LOOP.exec(text);
  if (!loop || !SHARED.test(text)) return false;
  KEEPING.lastIndex = loop.index;
  for (let kept = KEEPING.exec(text); kept; kept = KEEPING.exec(text)) {
    const next = KEEPING.lastIndex;
    const mayBe = !kept[0].endsWith("(") || mayGiveFunction(text, next);
    if (mayBe && !isCommented(text, kept.index)) return true;
  }
  return false;
}

/** What a function begins with or ends a list of arguments, and what may hide such a thing. */
const TELLING =
  /[()[\]{}]|=>|\bfunction\b|"[^"\\\n]*"|'[^'\\\n]*'|`[^`\\$]*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|["'`/]|<[^\s=\d]/g;

/** Whether there may be a function among the arguments that begin at a place. */
function mayGiveFunction(text: string, start: number): boolean {
  let depth = 1;
  TELLING.lastIndex = start;
  for (let told = TELLING.exec(text); told; told = TELLING.exec(text)) {
    const [word] = told;
    if (word === "(" || word === "[" || word === "{") depth++;
    else if (word === ")" || word === "]" || word === "}") {
      if (--depth === 0) return false;
    } else if (!/^(?:["'`].*["'`]|\/.+)$/s.test(word)) return true;
  }
  return true;
}

/** The captures in the loops of one file. */
export function loopCapturesIn(
  { loops }: PromisePlaces,
  names: StateNames,
  places: NamePlaces,
): readonly LoopCapture[] {
  const found: LoopCapture[] = [];
  const seen = new Set<ts.Node>();
  // Inner loops come first: the variable that their own turns share is what matters.
  for (const loop of loops) {
    for (const kept of keptIn(loop)) {
      if (seen.has(kept)) continue;
      const capture = captureOf(kept, loop, names, places);
      if (!capture) continue;
      seen.add(kept);
      found.push(capture);
    }
  }
  return found;
}

/** The functions that a loop's body leaves for later, without waiting for them in the same turn. */
function keptIn(loop: ts.IterationStatement): readonly FunctionNode[] {
  const found: FunctionNode[] = [];
  const visit = (node: ts.Node, isAwaited: boolean): void => {
    if (isFunctionNode(node)) {
      if (isKept(node)) {
        if (!isAwaited && goesOn(node, loop) && !waitsBehind(node, loop) && !endsInTurn(node, loop)) found.push(node);
        return;
      }
      if (!isCalledAtOnce(node)) return;
    }
    ts.forEachChild(node, (child) => visit(child, isAwaited || ts.isAwaitExpression(node)));
  };
  visit(loop.statement, false);
  return found;
}

function isKept(node: FunctionNode): boolean {
  if (isLater(node)) return true;
  const { parent } = node;
  return (
    ts.isCallExpression(parent) && parent.arguments.includes(node as ts.Expression) && calledName(parent) === "push"
  );
}

/** `new Promise(executor)`: what the executor leaves for later, its caller does. */
function isCalledAtOnce({ parent }: FunctionNode): boolean {
  return ts.isNewExpression(parent) && parent.expression.getText() === "Promise";
}

/** Whether the turn waits for something behind the place: then what was left for later may well have run. */
function waitsBehind(node: ts.Node, loop: ts.IterationStatement): boolean {
  if (ts.isForOfStatement(loop) && loop.awaitModifier) return true;
  return someInBody(loop.statement, (each) => ts.isAwaitExpression(each) && each.end > node.end);
}

/** Methods that make an object call what it was given for an event. */
const EMITS: ReadonlySet<string> = new Set(["emit", "dispatchEvent"]);
/** Methods that take out of a list what was put there last. */
const TAKES: ReadonlySet<string> = new Set(["pop", "shift", "splice"]);

/** Whether each turn has done with the function when it ends: `bus.once(…); bus.emit(…)`, `undo.push(…); undo.length = 0`. */
function endsInTurn({ parent }: FunctionNode, loop: ts.IterationStatement): boolean {
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
  const { expression: keeper, name } = parent.expression;
  const isList = name.text === "push";
  if (!isList && name.text !== "once") return false;
  const kept = keeper.getText();
  return someInBody(loop.statement, (node) => {
    if (node.pos < parent.end || !ts.isPropertyAccessExpression(node) || node.expression.getText() !== kept)
      return false;
    const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
    const isEmptied = isList && node.name.text === "length" && targetOf(node.parent) === node;
    if (!isEmptied && !(isCalled && (isList ? TAKES : EMITS).has(node.name.text))) return false;
    return isInEachTurn(node, loop.statement);
  });
}

/** Whether no condition and no other loop stands between a place and the loop's body. */
function isInEachTurn(node: ts.Node, body: ts.Node): boolean {
  for (let at = node; at !== body; at = at.parent) {
    const { parent } = at;
    if (ts.isForOfStatement(parent) && parent.expression === at) continue;
    if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent) || ts.isSwitchStatement(parent)) return false;
    if (ts.isIterationStatement(parent, false)) return false;
  }
  return true;
}

function captureOf(
  kept: FunctionNode,
  loop: ts.IterationStatement,
  names: StateNames,
  places: NamePlaces,
): LoopCapture | undefined {
  let capture: LoopCapture | undefined;
  const rejected = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (capture) return;
    if (ts.isIdentifier(node) && isRead(node)) {
      const declared = names.declarationOf(node)?.node;
      if (declared && ts.isVariableDeclaration(declared) && !rejected.has(declared)) {
        const change = changeOf(declared, node.text, loop, kept, names, places);
        if (!change) rejected.add(declared);
        else if (!(isCompared(node) && within(change, loop.statement)))
          capture = captured(node, declared, change, kept, loop, places);
      }
    }
    ts.forEachChild(node, visit);
  };
  if (kept.body) visit(kept.body);
  return capture;
}

function captured(
  use: ts.Identifier,
  declared: ts.VariableDeclaration,
  change: ts.Node,
  kept: FunctionNode,
  loop: ts.IterationStatement,
  places: NamePlaces,
): LoopCapture {
  const { parent } = kept;
  const keeper = ts.isCallExpression(parent)
    ? (calledName(parent) ?? "function")
    : parent.getText().split("=")[0]!.trim();
  return {
    name: use.text,
    site: siteOf(use),
    change: siteOf(change),
    keeper,
    kept: siteOf(ts.isCallExpression(parent) ? parent.expression : parent),
    keyword: keywordOf(declared, loop, places),
  };
}

/** Where the loop gives a variable of which there is one for all turns another value, if nothing speaks for that being meant. */
function changeOf(
  declared: ts.VariableDeclaration,
  name: string,
  loop: ts.IterationStatement,
  kept: FunctionNode,
  names: StateNames,
  places: NamePlaces,
): ts.Node | undefined {
  const list = declared.parent;
  if (!ts.isVariableDeclarationList(list)) return undefined;
  const isVar = (list.flags & ts.NodeFlags.BlockScoped) === 0;
  if (list.flags & ts.NodeFlags.Const || (!isVar && (within(declared, loop) || declared.initializer))) return undefined;
  if (enclosingFunction(declared) !== enclosingFunction(loop) || isWritten(kept, name, declared, names))
    return undefined;
  const stepped = steppedBy(loop, name, declared);
  if (stepped) return stepped;
  const set = setIn(loop.statement, name, declared, names);
  if (!set || set.pos > kept.pos) return undefined;
  // What is read before it is set, or behind the loop, is meant to go from turn to turn.
  return isCarried(declared, name, set, loop, names, places) ? undefined : set;
}

/** The part of a loop's head that gives the variable its value for the next turn. */
function steppedBy(loop: ts.IterationStatement, name: string, declared: ts.Node): ts.Node | undefined {
  if (ts.isForInStatement(loop) || ts.isForOfStatement(loop)) {
    const { initializer } = loop;
    const isOwn = ts.isVariableDeclarationList(initializer)
      ? initializer.declarations.some((each) => each === declared)
      : initializer.getText() === name;
    return isOwn ? initializer : undefined;
  }
  if (!ts.isForStatement(loop) || !loop.incrementor) return undefined;
  let step: ts.Node | undefined;
  someInBody(loop.incrementor, (node) => {
    if (targetOf(node)?.getText() === name) step ??= node;
    return false;
  });
  return step;
}

function targetOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node)) return isAssignment(node) ? node.left : undefined;
  const isUnary = ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
  return isUnary && isStep(node) ? node.operand : undefined;
}

/** The place in a loop's own code that sets a variable, if it is one and it does not count. */
function setIn(body: ts.Node, name: string, declared: ts.VariableDeclaration, names: StateNames): ts.Node | undefined {
  const places: ts.Node[] = [];
  someInBody(body, (node) => {
    if (node === declared && declared.initializer) places.push(node);
    const target = targetOf(node);
    if (target && ts.isIdentifier(target) && target.text === name && names.declarationOf(target)?.node === declared) {
      places.push(node);
    }
    return false;
  });
  const [only, more] = places;
  const sets =
    only &&
    (only === declared || (ts.isBinaryExpression(only) && only.operatorToken.kind === ts.SyntaxKind.EqualsToken));
  return sets && !more && isUnconditional(only, body) ? only : undefined;
}

/** Whether each turn comes by a place. */
function isUnconditional(node: ts.Node, body: ts.Node): boolean {
  for (let at = node; at !== body; at = at.parent) {
    if (ts.isExpressionStatement(at) || ts.isVariableStatement(at)) return at.parent === body;
  }
  return false;
}

/** Whether something but the turn itself reads the variable. */
function isCarried(
  declared: ts.VariableDeclaration,
  name: string,
  set: ts.Node,
  loop: ts.IterationStatement,
  names: StateNames,
  places: NamePlaces,
): boolean {
  const around = enclosingFunction(loop);
  const isOther = (node: ts.Node): boolean =>
    ts.isIdentifier(node) &&
    within(node, around) &&
    isRead(node) &&
    names.declarationOf(node)?.node === declared &&
    (!within(node, loop) || node.pos < set.pos || within(node, set));
  return places.of(name).some(isOther);
}

function isWritten(kept: FunctionNode, name: string, declared: ts.Node, names: StateNames): boolean {
  return anywhere(kept, (node) => {
    const target = targetOf(node);
    return (
      !!target && ts.isIdentifier(target) && target.text === name && names.declarationOf(target)?.node === declared
    );
  });
}

/** The `var` of a variable that only the loop uses. */
function keywordOf(
  declared: ts.VariableDeclaration,
  loop: ts.IterationStatement,
  places: NamePlaces,
): Site | undefined {
  const list = declared.parent;
  const { name } = declared;
  if (!ts.isVariableDeclarationList(list) || !ts.isIdentifier(name) || !within(list, loop)) return undefined;
  const scope = ts.isVariableStatement(list.parent) ? list.parent.parent : loop;
  const around = enclosingFunction(loop);
  const isElsewhere = places
    .of(name.text)
    .some((node) => ts.isIdentifier(node) && within(node, around) && !within(node, scope));
  const { file, start } = siteOf(list);
  return isElsewhere ? undefined : { file, start, end: start + "var".length };
}

/** `if (own === latest)`: whoever asks whether a later turn has come wants the variable as it is then. */
function isCompared({ parent }: ts.Identifier): boolean {
  return (
    ts.isBinaryExpression(parent) &&
    (parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      parent.operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken)
  );
}

/** Whether an identifier stands for the value of a variable. */
function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBinaryExpression(parent) && parent.left === node) return !isAssignment(parent);
  return ts.isShorthandPropertyAssignment(parent) || (parent as ts.NamedDeclaration).name !== node;
}

function within(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}

function anywhere(root: ts.Node, is: (node: ts.Node) => boolean): boolean {
  return is(root) || (ts.forEachChild(root, (child) => anywhere(child, is) || undefined) ?? false);
}
