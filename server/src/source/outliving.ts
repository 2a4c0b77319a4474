import { isJump, someInBody } from "./dependence.js";
import { boundNames } from "./imports.js";
import { ts } from "./syntax.js";
import { isAssignment, isStep } from "./updates.js";

/** Variables that some statements declare for those behind them. */
export interface Declares {
  readonly keyword: "const" | "let";
  readonly names: readonly string[];
}

/** A statement that does no work: a lock may as well be held across it. */
export function isIdle(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true;
  const works = (node: ts.Node): boolean =>
    ts.isCallLikeExpression(node) || suspends(node) || ts.isThrowStatement(node) || isAssignment(node) || isStep(node);
  return isJump(statement) && !someInBody(statement, works);
}

export function suspends(node: ts.Node): boolean {
  return (
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing)
  );
}

/** `using` and `await using`: their scope is their block, which a narrower block around them would cut short. */
export function isScopedDeclaration(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Using) !== 0;
}

/** Whether control can go from inside the statements to a place outside, other than by an exception. */
export function leaves(statements: readonly ts.Statement[]): boolean {
  return statements.some((statement) =>
    someInBody(statement, (node) => {
      if (ts.isReturnStatement(node)) return true;
      if (!ts.isBreakStatement(node) && !ts.isContinueStatement(node)) return false;
      for (let around: ts.Node = node; ; around = around.parent) {
        if (isTargetOf(around, node)) return false;
        if (around === statement) return true;
      }
    }),
  );
}

function isTargetOf(around: ts.Node, jump: ts.BreakOrContinueStatement): boolean {
  if (jump.label) return ts.isLabeledStatement(around) && around.label.text === jump.label.text;
  return ts.isIterationStatement(around, false) || (ts.isBreakStatement(jump) && ts.isSwitchStatement(around));
}

export function declaresVar(statements: readonly ts.Statement[]): boolean {
  return statements.some((statement) =>
    someInBody(
      statement,
      (node) => ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0,
    ),
  );
}

export function declaredNames(statements: readonly ts.Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        for (const name of boundNames(declaration.name)) names.add(name);
      }
    } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
      names.add(statement.name.text);
    }
  }
  return names;
}

/** The variables that statements `first` to `last` declare for those behind; `definition` if one is no variable. */
export function outliving(
  list: readonly ts.Statement[],
  first: number,
  last: number,
): Declares | undefined | "definition" {
  const inside = list.slice(first, last + 1);
  const behind = list.slice(last + 1);
  const used = [...declaredNames(inside)].filter((name) => behind.some((later) => mentions(later, new Set([name]))));
  if (used.length === 0) return undefined;
  const definitions = declaredNames(inside.filter((statement) => !ts.isVariableStatement(statement)));
  if (used.some((name) => definitions.has(name))) return "definition";
  const isConstant = inside.every(
    (statement) => !ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.Const) !== 0,
  );
  return { keyword: isConstant ? "const" : "let", names: used };
}

export function mentions(node: ts.Node, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(node) && names.has(node.text)) return true;
  return ts.forEachChild(node, (child) => mentions(child, names) || undefined) ?? false;
}
