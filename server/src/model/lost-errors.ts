import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, isFunctionNode, siteOf, unwrap } from "./declarations.js";

/** A message about a failure that says nothing of it unless an `Error` was thrown: then it is one about a success. */
export interface LostError {
  /** What was thrown. */
  readonly name: string;
  /** The choice between the error and nothing. */
  readonly site: Site;
  /** Where the same is said of a success. */
  readonly success: Site;
}

/** Whether a text may have one. */
export function mayLoseErrors(text: string): boolean {
  return /\binstanceof\s[^?;]*\?/.test(text) && /\bcatch\b/.test(text);
}

export function lostErrorsIn(file: ts.SourceFile): readonly LostError[] {
  const found: LostError[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isConditionalExpression(node)) return;
    const name = droppedBy(node);
    if (name === undefined || !isCaught(name, node)) return;
    const success = successBeside(node);
    if (success) found.push({ name, site: siteOf(node), success: siteOf(success) });
  };
  visit(file);
  return found;
}

/** The variable of `e instanceof Error ? e : null`. */
function droppedBy(node: ts.ConditionalExpression): string | undefined {
  const condition = unwrap(node.condition);
  if (!ts.isBinaryExpression(condition) || condition.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword)
    return undefined;
  const tested = unwrap(condition.left);
  const kept = unwrap(node.whenTrue);
  const root = ts.isPropertyAccessExpression(kept) ? unwrap(kept.expression) : kept;
  const isIt = ts.isIdentifier(tested) && ts.isIdentifier(root) && root.text === tested.text;
  return isIt && isNothing(node.whenFalse) ? tested.text : undefined;
}

function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (node.kind === ts.SyntaxKind.NullKeyword || ts.isVoidExpression(node)) return true;
  return ts.isIdentifier(node) && node.text === "undefined";
}

/** Whether a variable has what was thrown: that of a `catch` clause, or the parameter of a function given to `catch`. */
function isCaught(name: string, place: ts.Node): boolean {
  for (let at = place.parent; at && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isCatchClause(at)) return at.variableDeclaration?.name.getText() === name;
    if (!isFunctionNode(at) || !at.parameters.some((each) => each.name.getText() === name)) continue;
    const { parent } = at;
    if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
    const method = parent.expression.name.text;
    return method === "catch" || (method === "then" && parent.arguments[1] === at);
  }
  return false;
}

/** Where the same message is made of a success: nothing else in it tells the two apart. */
function successBeside(choice: ts.ConditionalExpression): ts.Node | undefined {
  const { parent } = choice;
  if (ts.isCallExpression(parent)) return callBeside(parent, parent.arguments.indexOf(choice), choice);
  if (!ts.isPropertyAssignment(parent) || !ts.isObjectLiteralExpression(parent.parent)) return undefined;
  const failure = parent.parent;
  const place = placeOf(failure);
  if (place === undefined) return undefined;
  let success: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (success) return;
    const isBeside = ts.isObjectLiteralExpression(node) && node !== failure && placeOf(node) === place;
    if (isBeside && isSuccess(node, failure, parent.name.getText())) success = node;
    else ts.forEachChild(node, visit);
  };
  visit(outermost(choice));
  return success;
}

/** `done(null, result)` beside `done(e instanceof Error ? e : null)`. */
function callBeside(failure: ts.CallExpression, index: number, choice: ts.Node): ts.Node | undefined {
  const callee = failure.expression.getText();
  let success: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (success) return;
    if (ts.isCallExpression(node) && node !== failure && node.expression.getText() === callee) {
      const said = node.arguments[index];
      if (said && isNothing(said)) success = node;
    }
    ts.forEachChild(node, visit);
  };
  if (index >= 0) visit(outermost(choice));
  return success;
}

/** The function around a place that no other one is around, in which both messages are made. */
function outermost(place: ts.Node): ts.Node {
  const around = enclosingFunction(place);
  const further = isFunctionNode(around) && !ts.isClassLike(around.parent) ? enclosingFunction(around) : around;
  return isFunctionNode(further) ? further : around;
}

/** What a message goes to: the variable that gets it, or the function that is called with it. */
function placeOf(literal: ts.Expression): string | undefined {
  let at: ts.Node = literal;
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isAsExpression(at.parent) ||
    ts.isSatisfiesExpression(at.parent)
  ) {
    at = at.parent;
  }
  const { parent } = at;
  if (ts.isVariableDeclaration(parent)) return parent.name.getText();
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return parent.left.getText();
  return ts.isCallExpression(parent) ? `${parent.expression.getText()}()` : undefined;
}

/** Whether a message says that there is no error, and nothing that one about a failure would say otherwise. */
function isSuccess(node: ts.ObjectLiteralExpression, failure: ts.ObjectLiteralExpression, error: string): boolean {
  const said = valuesIn(node);
  const value = said.get(error);
  if (!value || !isNothing(value)) return false;
  return [...valuesIn(failure)].every(([name, each]) => {
    const other = said.get(name);
    return name === error || !isWord(each) || (other && isWord(other) && other.getText() === each.getText());
  });
}

function valuesIn(node: ts.ObjectLiteralExpression): ReadonlyMap<string, ts.Expression> {
  return new Map(
    node.properties.flatMap((each): [string, ts.Expression][] => {
      if (ts.isPropertyAssignment(each)) return [[each.name.getText(), unwrap(each.initializer)]];
      return ts.isShorthandPropertyAssignment(each) ? [[each.name.text, each.name]] : [];
    }),
  );
}

/** A text, a number or a truth: what tells one message from another. */
function isWord(node: ts.Expression): boolean {
  const isTruth = node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
  return isTruth || ts.isLiteralExpression(node);
}
