import { importName } from "./imports.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { mentionsThis, namesIn } from "./moved-task.js";
import { unusedName } from "./new-lock.js";
import { freshName } from "./regions.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

type Guardable = (ts.MethodDeclaration | ts.AccessorDeclaration) & { readonly body: ts.Block };

/** The class whose name is at a place and whose methods could each take one lock. */
export function guardableAt(file: ts.SourceFile, { start, end }: CallPlace): string | undefined {
  const found = classAt(file, start, end);
  return found && methodsOf(found) ? found.name?.text : undefined;
}

/**
 * The class with a lock that all its methods hold which others can call. Where its shared state has names, so has the lock:
 * then it is one for all threads, as the state is.
 *
 * @param lockClass `RLock` where methods call each other
 */
export function guardedClass(
  file: ts.SourceFile,
  { start, end }: CallPlace,
  lockClass: "Lock" | "RLock",
): readonly Change[] | undefined {
  const found = classAt(file, start, end);
  const methods = found && methodsOf(found);
  const lock = importName(file, lockClass, (specifier) => specifier === "heddle", "heddle");
  const first = found?.members[0];
  if (!found || !methods || !lock || !first || !isFirstOnLine(file.text, first.getStart(file))) return undefined;
  if (lockClass === "RLock" && methods.some(isAsync)) return undefined;
  if (lockClass === "Lock" && callsOut(found, methods)) return undefined;
  const { newline, unit, quote, semicolon } = layoutOf(file);
  const own = unusedName(file, "lock");
  const options = hasNamedState(found) ? `{ name: ${quote}${found.name?.text}-lock${quote} }` : "";
  const indentation = indentationAt(file.text, first.getStart(file));
  const at = file.text.indexOf("{", found.members.pos - 1) + 1;
  const readonly = /\.[cm]?tsx?$/.test(file.fileName) ? "readonly " : "";
  const field = `${newline}${indentation}${readonly}#${own} = new ${lock.name}(${options})${semicolon}`;
  const gap = ts.isPropertyDeclaration(first) ? "" : newline;
  const guards = methods.map((method): Change => {
    const [statement] = method.body.statements;
    const held = isAsync(method) ? `await this.#${own}.holdAsync()` : `this.#${own}.hold()`;
    const guard = `using ${statement ? freshName(statement) : "_"} = ${held}${semicolon}`;
    const from = method.body.getStart(file) + 1;
    const isInline = !file.text.slice(from, method.body.end).includes("\n");
    const inner = indentationAt(file.text, method.getStart(file)) + unit;
    return { start: from, end: from, newText: isInline ? ` ${guard}` : newline + inner + guard };
  });
  return [
    ...lock.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text })),
    { start: at, end: at, newText: field + gap },
    ...guards,
  ];
}

function classAt(file: ts.SourceFile, start: number, end: number): ts.ClassLikeDeclaration | undefined {
  const name = nodeAt(file, start, end);
  return ts.isClassLike(name.parent) && name.parent.name === name ? name.parent : undefined;
}

/** The methods that others can call and that use the object; undefined where the class has something that no lock could be held in. */
function methodsOf(found: ts.ClassLikeDeclaration): readonly Guardable[] | undefined {
  const extendsOther = found.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  if (extendsOther) return undefined;
  const methods: Guardable[] = [];
  for (const member of found.members) {
    if (isOfClass(member) || ts.isConstructorDeclaration(member)) continue;
    if (ts.isPropertyDeclaration(member)) {
      const value = member.initializer;
      if (value && ts.isFunctionLike(value) && mentionsThis(value)) return undefined;
      continue;
    }
    if (!ts.isMethodDeclaration(member) && !ts.isAccessor(member)) continue;
    if (isPrivate(member) || !member.body || !mentionsThis(member.body)) continue;
    if (ts.isMethodDeclaration(member) && member.asteriskToken) return undefined;
    methods.push(member as Guardable);
  }
  return methods.length > 0 ? methods : undefined;
}

function isOfClass(member: ts.ClassElement): boolean {
  return has(member, ts.SyntaxKind.StaticKeyword);
}

/**
 * Whether the class calls what somebody from outside gave it, or a method in whose place a subclass may have put its own:
 * that may call back, and would wait for ever for a lock that its own thread holds.
 */
function callsOut(found: ts.ClassLikeDeclaration, methods: readonly Guardable[]): boolean {
  const bodies = found.members.filter((each) => ts.isMethodDeclaration(each) || ts.isAccessor(each));
  const known = [...methods, ...found.members.filter(isPrivate)];
  const ours = new Set(known.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : [])));
  return bodies.some((each) => !isOfClass(each) && callsBack(each, ours));
}

function callsBack(method: ts.MethodDeclaration | ts.AccessorDeclaration, ours: ReadonlySet<string>): boolean {
  const own = new Set(namesIn(method));
  const functions = new Set(
    method.parameters.flatMap(({ name, type }) =>
      type && ts.isFunctionTypeNode(type) && ts.isIdentifier(name) ? [name.text] : [],
    ),
  );
  const isOut = (node: ts.Node): boolean => {
    if (!ts.isCallExpression(node)) return false;
    const { expression } = node;
    if (ts.isIdentifier(expression) && own.has(expression.text)) return true;
    if (node.arguments.some((each) => ts.isIdentifier(each) && functions.has(each.text))) return true;
    if (!ts.isPropertyAccessExpression(expression) || expression.expression.kind !== ts.SyntaxKind.ThisKeyword)
      return false;
    return ts.isIdentifier(expression.name) && !ours.has(expression.name.text);
  };
  const visit = (node: ts.Node): boolean =>
    isOut(node) || (ts.forEachChild(node, (c) => visit(c) || undefined) ?? false);
  return method.body !== undefined && visit(method.body);
}

function isAsync(member: Guardable): boolean {
  return has(member, ts.SyntaxKind.AsyncKeyword);
}

function isPrivate(member: ts.ClassElement): boolean {
  return (member.name && ts.isPrivateIdentifier(member.name)) || has(member, ts.SyntaxKind.PrivateKeyword);
}

function has(member: ts.ClassElement, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some((each) => each.kind === kind);
}

function hasNamedState(found: ts.ClassLikeDeclaration): boolean {
  return found.members.some(
    (member) =>
      ts.isPropertyDeclaration(member) &&
      member.initializer !== undefined &&
      ts.isNewExpression(member.initializer) &&
      (member.initializer.arguments ?? []).some(
        (each) => ts.isObjectLiteralExpression(each) && each.properties.some(({ name }) => name?.getText() === "name"),
      ),
  );
}
