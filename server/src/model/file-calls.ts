import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";

/** A call of Node's `fs`, by what it does to a path. */
export interface FileCall {
  readonly call: ts.CallExpression;
  /** The name that `fs` has for it. */
  readonly name: string;
  readonly does: "asks" | "makes" | "removes";
  readonly path: ts.Expression;
}

/** By which names a file has `fs`: its parts, and the module itself. */
export interface FileModule {
  readonly whole: ReadonlySet<string>;
  readonly parts: ReadonlyMap<string, string>;
}

const MODULE = /^(?:node:)?fs(?:\/promises)?$/;
const ASKS = /^(?:existsSync|access|accessSync|stat|statSync|lstat|lstatSync)$/;
const MAKES = /^(?:writeFile|mkdir|symlink)(?:Sync)?$/;
const REMOVES = /^(?:unlink|rmdir|rm|rename)(?:Sync)?$/;
const OPTIONS = /\b(?:recursive|force)\s*:\s*true\b|\bflags?\s*:\s*["'`][aw]?x?[aw]?x?\+?/;

/** What a file imports of `fs`; undefined if it imports nothing of it. */
export function fileModuleOf(file: ts.SourceFile): FileModule | undefined {
  if (!/["'](?:node:)?fs(?:\/promises)?["']/.test(file.text)) return undefined;
  const whole = new Set<string>();
  const parts = new Map<string, string>();
  const have = (local: ts.BindingName | undefined, part: string | undefined): void => {
    if (!local || !ts.isIdentifier(local)) return;
    if (part === undefined || part === "promises") whole.add(local.text);
    else parts.set(local.text, part);
  };
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const { moduleSpecifier, importClause } = statement;
      if (!ts.isStringLiteral(moduleSpecifier) || !MODULE.test(moduleSpecifier.text) || !importClause) continue;
      const { name, namedBindings } = importClause;
      have(name, undefined);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) have(namedBindings.name, undefined);
      else for (const each of namedBindings?.elements ?? []) have(each.name, (each.propertyName ?? each.name).text);
    } else if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!initializer || !isRequire(initializer)) continue;
        if (ts.isIdentifier(name)) have(name, undefined);
        if (!ts.isObjectBindingPattern(name)) continue;
        for (const each of name.elements) have(each.name, (each.propertyName ?? each.name).getText());
      }
    }
  }
  return whole.size + parts.size > 0 ? { whole, parts } : undefined;
}

function isRequire(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node) && node.name.text === "promises") return isRequire(node.expression);
  const [argument] = ts.isCallExpression(node) && node.expression.getText() === "require" ? node.arguments : [];
  return argument !== undefined && ts.isStringLiteral(argument) && MODULE.test(argument.text);
}

/** What a call does to a path, if it is one of `fs` and does not say itself what to do where another one was first. */
export function fileCallOf(call: ts.CallExpression, module: FileModule): FileCall | undefined {
  const [path, ...more] = call.arguments;
  const name = nameOf(unwrap(call.expression), module);
  if (!path || name === undefined) return undefined;
  const does = ASKS.test(name) ? "asks" : MAKES.test(name) ? "makes" : REMOVES.test(name) ? "removes" : undefined;
  const isLink = /^symlink/.test(name);
  if (!does || (isLink && !more[0]) || more.some((each) => OPTIONS.test(each.getText()))) return undefined;
  return { call, name, does, path: isLink ? more[0]! : path };
}

function nameOf(callee: ts.Expression, { whole, parts }: FileModule): string | undefined {
  if (ts.isIdentifier(callee)) return parts.get(callee.text);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const object = unwrap(callee.expression);
  const isPromises = ts.isPropertyAccessExpression(object) && object.name.text === "promises";
  const base = isPromises ? unwrap(object.expression) : object;
  return ts.isIdentifier(base) && whole.has(base.text) ? callee.name.text : undefined;
}
