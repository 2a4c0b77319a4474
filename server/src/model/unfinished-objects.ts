import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { unheardWait } from "./ignored-callbacks.js";
import { isAsync } from "./lower-state.js";
import type { PromisePlaces } from "./promise-places.js";
import type { StateNames } from "./state-names.js";

/** Something that has to be made at once, and is made by an async function whose promise nobody has. */
export interface UnfinishedObject {
  /** `executor`: of `new Promise`; `constructor`: of a class, which begins work that the object needs. */
  readonly kind: "executor" | "constructor";
  /** What the user calls the class, or the promise. */
  readonly text: string;
  readonly site: Site;
  /** The wait behind which things go wrong unheard. */
  readonly gap: Site;
  /** What the object does not have before, and where it gets it. */
  readonly late: { readonly text: string; readonly put: Site; readonly use: Site } | undefined;
}

/** The async executors and constructors of one file. */
export function unfinishedObjectsIn(
  { executors, constructors }: PromisePlaces,
  names: StateNames,
): readonly UnfinishedObject[] {
  return [
    ...executors.filter(isAsync).flatMap((executor) => ofExecutor(executor, names)),
    ...constructors.flatMap((node) => ofConstructor(node, names)),
  ];
}

/** What an async executor throws behind its first wait settles nothing: not the promise, for which somebody waits. */
function ofExecutor(executor: FunctionNode, names: StateNames): readonly UnfinishedObject[] {
  const gap = unheardWait(executor, names);
  if (!gap) return [];
  const text = executor.parameters.map(({ name }) => name.getText()).join(", ");
  const site = siteOf(executor);
  return [{ kind: "executor", text: `new Promise(async (${text}) …)`, site, gap: siteOf(gap), late: undefined }];
}

/** `constructor() { this.load(); }`, where `load` is async and sets, behind a wait, what other methods take for granted. */
function ofConstructor(node: ts.ConstructorDeclaration, names: StateNames): readonly UnfinishedObject[] {
  const home = node.parent;
  if (!node.body || !ts.isClassLike(home)) return [];
  return node.body.statements.flatMap((statement): readonly UnfinishedObject[] => {
    const call = ts.isExpressionStatement(statement) ? withoutVoid(statement.expression) : undefined;
    const callee = call && ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
    const begun = callee && ts.isPropertyAccessExpression(callee) ? names.methodOf(callee) : undefined;
    if (!call || !begun || !isAsync(begun)) return [];
    const late = lateField(begun, home);
    const gap = firstWait(begun);
    if (!late || !gap) return [];
    const text = home.name?.text ?? "class";
    return [{ kind: "constructor", text, site: siteOf(call), gap: siteOf(gap), late }];
  });
}

function withoutVoid(expression: ts.Expression): ts.Expression {
  const node = unwrap(expression);
  return ts.isVoidExpression(node) ? unwrap(node.expression) : node;
}

function firstWait(node: FunctionNode): ts.AwaitExpression | undefined {
  let first: ts.AwaitExpression | undefined;
  someInBody(node, (each) => {
    if (ts.isAwaitExpression(each)) first ??= each;
    return false;
  });
  return first;
}

/** A field without a value that an async method sets behind a wait, and from which another method takes a member at once. */
function lateField(begun: FunctionNode, home: ts.ClassLikeDeclaration): UnfinishedObject["late"] {
  const gap = firstWait(begun);
  if (!gap) return undefined;
  const puts = new Map<string, ts.Node>();
  someInBody(begun, (node) => {
    const target =
      ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken ? node.left : undefined;
    const field = target && fieldOf(target);
    if (field !== undefined && (node.pos > gap.end || within(gap, node)) && !puts.has(field)) puts.set(field, node);
    return false;
  });
  for (const [field, put] of puts) {
    if (isSetElsewhere(field, put, home)) continue;
    const use = firstUse(field, begun, home);
    if (use) return { text: `this.${field}`, put: siteOf(put), use: siteOf(use) };
  }
  return undefined;
}

function fieldOf(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  return node.expression.kind === ts.SyntaxKind.ThisKeyword ? node.name.text : undefined;
}

/** Whether the field has a value from somewhere else: its declaration, the constructor, another method. */
function isSetElsewhere(field: string, put: ts.Node, home: ts.ClassLikeDeclaration): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isPropertyDeclaration(node) && node.name.getText() === field && node.initializer) return true;
    if (ts.isPropertyDeclaration(node) && node.name.getText() === field && node.questionToken) return true;
    const sets = node !== put && ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (sets && fieldOf(node.left) === field) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(home);
}

/** `this.field.member` in a public method that asks nobody whether the field is there, and waits for nothing before. */
function firstUse(field: string, begun: FunctionNode, home: ts.ClassLikeDeclaration): ts.Node | undefined {
  for (const member of home.members) {
    if (!ts.isMethodDeclaration(member) || !isFunctionNode(member) || member === begun || isHidden(member)) continue;
    let use: ts.Node | undefined;
    let isAsked = false;
    const visit = (node: ts.Node): void => {
      if (isAsked || use || isFunctionNode(node)) return;
      if (ts.isAwaitExpression(node)) {
        ts.forEachChild(node, visit);
        isAsked = true;
        return;
      }
      if (ts.isExpression(node) && fieldOf(node) === field) {
        const { parent } = node;
        const isTaken =
          (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) &&
          parent.expression === node &&
          !parent.questionDotToken;
        if (isTaken || (ts.isNonNullExpression(parent) && parent.expression === node)) use = node;
        else isAsked = true;
        return;
      }
      ts.forEachChild(node, visit);
    };
    if (member.body) visit(member.body);
    if (use) return use;
  }
  return undefined;
}

function isHidden(node: ts.MethodDeclaration): boolean {
  const name = declaredName(node) ?? "";
  return (
    /^[#_]/.test(name) ||
    (ts.getModifiers(node) ?? []).some(
      ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
    )
  );
}

function within(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}
