import { ts } from "./syntax.js";
import { isAssignment, isStep } from "./updates.js";

/** The function, module or class member initialiser whose code runs as one piece with `node`. */
export function bodyAround(node: ts.Node): ts.Node {
  let around = node.parent;
  while (!isBody(around)) around = around.parent;
  return around;
}

function isBody(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) ||
    ts.isSourceFile(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isClassStaticBlockDeclaration(node)
  );
}

/** Visits `node` and what is below it, without the bodies of nested functions. */
function walkBody(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    if (!isBody(child)) walkBody(child, visit);
  });
}

/** Whether `node` has one that fits, nested functions aside. */
export function someInBody(node: ts.Node, fits: (node: ts.Node) => boolean): boolean {
  if (fits(node)) return true;
  return ts.forEachChild(node, (child) => !isBody(child) && someInBody(child, fits)) ?? false;
}

export function covers(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/**
 * The accesses whose value decides about `write`: those it is computed from, directly or by way of local variables,
 * and those that were tested on the way to it (`if (n > 0) n--`, `if (n === 0) return; n--`). Together they are one
 * decision, so a lock around fewer of them would not help.
 *
 * Local variables are told apart by name only. Two of one name in one function make the region too large, never too
 * small.
 */
export function decisiveAccesses(write: ts.Node, accesses: readonly ts.Node[]): ReadonlySet<ts.Node> {
  const sources = assignedFrom(bodyAround(write));
  const decisive = new Set<ts.Node>([write]);
  const followed = new Set<string>();
  const pending = governingExpressions(write, (test) => accesses.some((access) => covers(test, access)), sources);
  for (let node = pending.pop(); node; node = pending.pop()) {
    const expression = node;
    for (const access of accesses) if (covers(expression, access)) decisive.add(access);
    for (const name of namesIn(expression)) {
      if (followed.has(name)) continue;
      followed.add(name);
      pending.push(...(sources.get(name) ?? []));
    }
  }
  return decisive;
}

/** What decides about a node: the expressions it is computed from or that were tested on the way to it, and their names. */
export interface Deciding {
  readonly expressions: readonly ts.Node[];
  readonly names: ReadonlySet<string>;
}

/**
 * What decides about `node`, seen from `body`, which may be some functions further out.
 *
 * @param withValue whether what `node` is computed from counts, or only what was tested on the way to it
 * @returns undefined where `node` does not stand in `body`
 */
export function decidingAbout(node: ts.Node, body: ts.Node, withValue: boolean): Deciding | undefined {
  const expressions: ts.Node[] = [];
  const names = new Set<string>();
  for (let at = node; ; ) {
    const own = bodyAround(at);
    const sources = assignedFrom(own);
    const [self, ...tests] = governingExpressions(at, () => true, sources);
    const isCounted = at === node && withValue && self;
    const pending = [...tests, ...(isCounted ? [self] : []), ...[...names].flatMap((name) => sources.get(name) ?? [])];
    for (let next = pending.pop(); next; next = pending.pop()) {
      expressions.push(next);
      for (const name of namesIn(next)) {
        if (names.has(name)) continue;
        names.add(name);
        pending.push(...(sources.get(name) ?? []));
      }
    }
    if (own === body) return { expressions, names };
    if (ts.isSourceFile(own)) return undefined;
    at = own;
  }
}

/** Every node below `body` that fits, nested functions aside. */
export function allInBody<T extends ts.Node>(body: ts.Node, fits: (node: ts.Node) => node is T): readonly T[] {
  const found: T[] = [];
  ts.forEachChild(body, (child) => {
    if (!isBody(child))
      walkBody(child, (node) => {
        if (fits(node)) found.push(node);
      });
  });
  return found;
}

/** What each local variable was computed from, over the whole body. */
function assignedFrom(body: ts.Node): ReadonlyMap<string, readonly ts.Node[]> {
  const sources = new Map<string, ts.Node[]>();
  const add = (target: ts.Node, value: ts.Node): void => {
    for (const name of namesIn(target)) {
      const known = sources.get(name);
      if (known) known.push(value);
      else sources.set(name, [value]);
    }
  };
  ts.forEachChild(body, (child) =>
    walkBody(child, (node) => {
      if (ts.isVariableDeclaration(node) && node.initializer) add(node.name, node.initializer);
      else if (isAssignment(node) && isLocalTarget(node.left)) add(node.left, node.right);
      else if (isStep(node) && ts.isIdentifier(node.operand)) add(node.operand, node.operand);
    }),
  );
  return sources;
}

function isLocalTarget(target: ts.Expression): boolean {
  return ts.isIdentifier(target) || ts.isArrayLiteralExpression(target) || ts.isObjectLiteralExpression(target);
}

/** The update itself and every test that control passed to get there, innermost first. */
function governingExpressions(
  write: ts.Node,
  isAccess: (test: ts.Node) => boolean,
  sources: ReadonlyMap<string, readonly ts.Node[]>,
): ts.Node[] {
  const matters = (test: ts.Node, seen: Set<string> = new Set()): boolean =>
    isAccess(test) ||
    namesIn(test).some((name) => {
      if (seen.has(name)) return false;
      seen.add(name);
      return (sources.get(name) ?? []).some((source) => matters(source, seen));
    });
  const governing: ts.Node[] = [write];
  const body = bodyAround(write);
  for (let node = write; node !== body; node = node.parent) {
    const test = testOf(node.parent, node);
    if (test && matters(test)) governing.push(test);
    for (const earlier of earlierStatements(node)) {
      for (const exit of earlyExits(earlier)) if (matters(exit)) governing.push(exit);
    }
  }
  return governing;
}

/** The test that decides whether `parent` evaluates its part `child`. */
function testOf(parent: ts.Node, child: ts.Node): ts.Node | undefined {
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isSwitchStatement(parent)) {
    return child === parent.expression ? undefined : parent.expression;
  }
  if (ts.isDoStatement(parent)) return child === parent.expression ? undefined : parent.expression;
  if (ts.isForStatement(parent)) return child === parent.initializer ? undefined : parent.condition;
  if (ts.isConditionalExpression(parent)) return child === parent.condition ? undefined : parent.condition;
  const kind = ts.isBinaryExpression(parent) ? parent.operatorToken.kind : undefined;
  const isShortCircuit =
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken;
  return isShortCircuit && ts.isBinaryExpression(parent) && child === parent.right ? parent.left : undefined;
}

function earlierStatements(node: ts.Node): readonly ts.Statement[] {
  const siblings = ts.isStatement(node) ? statementsOf(node.parent) : undefined;
  return siblings ? siblings.slice(0, siblings.indexOf(node as ts.Statement)) : [];
}

/** The statements of a block, module or case; undefined for anything else. */
export function statementsOf(node: ts.Node): readonly ts.Statement[] | undefined {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isModuleBlock(node) || ts.isCaseOrDefaultClause(node)
    ? node.statements
    : undefined;
}

/** The tests of the `if`s in the statement behind which control may not come back. */
function earlyExits(statement: ts.Statement): ts.Expression[] {
  const tests: ts.Expression[] = [];
  walkBody(statement, (node) => {
    if (ts.isIfStatement(node) && someInBody(node, isJump)) tests.push(node.expression);
  });
  return tests;
}

export function isJump(node: ts.Node): boolean {
  return (
    ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakStatement(node) || ts.isContinueStatement(node)
  );
}

/** The variables an expression mentions; `b` in `a.b` is none. */
function namesIn(node: ts.Node): string[] {
  const names: string[] = [];
  walkBody(node, (inner) => {
    if (!ts.isIdentifier(inner)) return;
    const parent = inner.parent;
    if (ts.isPropertyAccessExpression(parent) && parent.name === inner) return;
    if (ts.isPropertyAssignment(parent) && parent.name === inner) return;
    names.push(inner.text);
  });
  return names;
}
