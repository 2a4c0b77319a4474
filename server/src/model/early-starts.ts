import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { ResourceNames } from "./resource-names.js";
import { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

/** A constructor starts its own thread before the object has all that the thread needs. */
export interface EarlyStart {
  readonly className: string;
  /** `this.start()`. */
  readonly site: Site;
  /** What the object gets afterwards, and where. */
  readonly field: string;
  readonly late: Site;
  /** The class whose objects get it; undefined for the class itself. */
  readonly subclass: string | undefined;
}

const found = new WeakMap<ts.SourceFile, readonly EarlyStart[]>();

/** The constructors of a file that start too early. The text alone says so, whence the answer lasts as long as it. */
export function earlyStartsOf(file: ts.SourceFile | undefined): readonly EarlyStart[] {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const starts = /\bthis\.start\(/.test(file.text) && ResourceNames.mayMake(file.text) ? startsIn(file) : [];
  found.set(file, starts);
  return starts;
}

function startsIn(file: ts.SourceFile): readonly EarlyStart[] {
  const makers = new ResourceNames(file, new StateNames());
  const classes: ts.ClassLikeDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) classes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return classes.flatMap((node) => {
    const isThread = node.name !== undefined && makers.extends(node.name.text)?.noun === "thread";
    const maker = isThread ? constructorOf(node) : undefined;
    const start = maker && startIn(maker);
    if (!maker || !start || !node.name) return [];
    const late =
      lateIn(maker, start.end, (field) => uses([node], field)) ?? lateInSubclass(node, node.name.text, classes);
    return late ? [{ className: node.name.text, site: siteOf(start), ...late }] : [];
  });
}

function constructorOf(node: ts.ClassLikeDeclaration): ts.ConstructorDeclaration | undefined {
  return node.members.find((member): member is ts.ConstructorDeclaration => {
    return ts.isConstructorDeclaration(member) && member.body !== undefined;
  });
}

function startIn(maker: ts.ConstructorDeclaration): ts.CallExpression | undefined {
  let start: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (start || isFunctionNode(node)) return;
    if (ts.isCallExpression(node) && node.expression.getText() === "this.start") start = node;
    ts.forEachChild(node, visit);
  };
  if (maker.body) visit(maker.body);
  return start;
}

type Late = Pick<EarlyStart, "field" | "late" | "subclass">;

/** What the constructor itself sets behind the start. Private fields travel to no thread, be they set early or late. */
function lateIn(maker: ts.ConstructorDeclaration, from: number, isUsed: (field: string) => boolean): Late | undefined {
  let late: Late | undefined;
  const visit = (node: ts.Node): void => {
    if (late || isFunctionNode(node)) return;
    const target = ts.isBinaryExpression(node) && isAssignment(node) ? unwrap(node.left) : undefined;
    if (
      target &&
      node.pos >= from &&
      ts.isPropertyAccessExpression(target) &&
      isOwnField(target) &&
      isUsed(target.name.text)
    ) {
      late = { field: target.getText(), late: siteOf(node), subclass: undefined };
    }
    ts.forEachChild(node, visit);
  };
  if (maker.body) visit(maker.body);
  return late;
}

function isOwnField({ expression, name }: ts.PropertyAccessExpression): boolean {
  return expression.kind === ts.SyntaxKind.ThisKeyword && ts.isIdentifier(name);
}

/** What a class that extends it has: its fields come into being when the constructor of the base is over. */
function lateInSubclass(
  base: ts.ClassLikeDeclaration,
  name: string,
  classes: readonly ts.ClassLikeDeclaration[],
): Late | undefined {
  for (const node of classes) {
    const isOne = node.heritageClauses?.some(
      ({ token, types }) => token === ts.SyntaxKind.ExtendsKeyword && types[0]?.expression.getText() === name,
    );
    const subclass = node.name?.text ?? "class";
    if (!isOne) continue;
    const isUsed = (field: string): boolean => uses([node, base], field);
    for (const member of node.members) {
      const isField = ts.isPropertyDeclaration(member) && member.initializer && ts.isIdentifier(member.name);
      const isStatic =
        ts.canHaveModifiers(member) &&
        (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
      if (isField && !isStatic && isUsed(member.name.getText()))
        return { field: member.name.getText(), late: siteOf(member), subclass };
    }
    const maker = constructorOf(node);
    const set = maker && lateIn(maker, maker.pos, isUsed);
    if (set) return { ...set, subclass };
  }
  return undefined;
}

/** Whether the work of a thread mentions a field: `run`, or a member that it comes to by way of `this`. */
function uses(classes: readonly ts.ClassLikeDeclaration[], field: string): boolean {
  const reached = new Set(["run"]);
  let found = false;
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.ThisKeyword) {
      const { parent } = node;
      // Whoever gets `this` as a whole may ask for all that it has.
      if (!ts.isPropertyAccessExpression(parent)) found = true;
      else if (parent.name.text === field) found = true;
      else reached.add(parent.name.text);
    }
    ts.forEachChild(node, visit);
  };
  for (const name of reached) {
    for (const member of classes.flatMap(({ members }) => [...members])) {
      if (!found && member.name?.getText() === name && !ts.isConstructorDeclaration(member)) visit(member);
    }
  }
  return found;
}
