import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { isAsync } from "./lower-state.js";
import { sectionsIn } from "./sections.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** An async function of the file that a section starts, and that writes state when the lock may be gone. */
export interface FloatingWork {
  /** What is started. */
  readonly name: string;
  /** The call, which is a statement of its own. */
  readonly site: Site;
  /** Where the lock is taken. */
  readonly taken: Site;
  /** What it writes behind its first wait, and where. */
  readonly text: string;
  readonly written: Site;
  /** Whether the section can await it as it is. */
  readonly canAwait: boolean;
}

/** The work that the sections in one function's own code start without waiting for it. */
export function floatingWorkIn(node: FunctionNode, names: StateNames): readonly FloatingWork[] {
  if (!node.body) return [];
  return sectionsIn(node.body).flatMap(({ section, call }) =>
    startedIn(section).flatMap((started): readonly FloatingWork[] => {
      const own = calledBy(started, names);
      const put = own && isAsync(own) ? writtenLate(own, names) : undefined;
      if (!own || !put) return [];
      const name = declaredName(own) ?? "function";
      const [site, taken, written] = [siteOf(started), siteOf(call.expression), siteOf(put)];
      const text = put.getText().replace(/\s+/g, " ");
      return [{ name, site, taken, text, written, canAwait: isAsync(section) }];
    }),
  );
}

/** The calls whose result a section drops. */
function startedIn(section: FunctionNode): readonly ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    const call = ts.isExpressionStatement(node) ? unwrap(node.expression) : undefined;
    if (call && ts.isCallExpression(call)) found.push(call);
    ts.forEachChild(node, visit);
  };
  if (section.body && ts.isBlock(section.body)) visit(section.body);
  return found;
}

function calledBy(call: ts.CallExpression, names: StateNames): FunctionNode | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return names.methodOf(callee);
  const declared = ts.isIdentifier(callee) ? names.declarationOf(callee)?.node : undefined;
  return declared && isFunctionNode(declared) ? declared : undefined;
}

/** The first place behind a function's first wait where it writes state. */
function writtenLate(own: FunctionNode, names: StateNames): ts.Expression | undefined {
  let waited: number | undefined;
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || found) return;
    ts.forEachChild(node, visit);
    if (ts.isAwaitExpression(node)) waited ??= node.end;
    const target = ts.isBinaryExpression(node)
      ? isAssignment(node) && node.left
      : (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node) && node.operand;
    if (waited !== undefined && target && names.stateOf(target, enclosingFunction(node))) found ??= target;
  };
  if (own.body) visit(own.body);
  return found;
}
