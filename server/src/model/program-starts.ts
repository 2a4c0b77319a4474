import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import { isReference } from "./resource-names.js";
import type { StateNames } from "./state-names.js";

/** Where a program begins: modules, what they give to `main`, and functions of their own that only these call. */
export class ProgramStarts {
  readonly #file: ts.SourceFile;
  readonly #names: StateNames;
  readonly #imported: ReadonlyMap<string, Imported>;
  #uses: ReadonlyMap<string, readonly ts.Identifier[]> | undefined;

  constructor(file: ts.SourceFile, names: StateNames) {
    this.#file = file;
    this.#names = names;
    this.#imported = importedNames(file);
  }

  has(node: FunctionNode | ts.SourceFile): boolean {
    return this.#isEntry(node, new Set());
  }

  #isEntry(node: FunctionNode | ts.SourceFile, asked: ReadonlySet<ts.Node>): boolean {
    if (ts.isSourceFile(node)) return true;
    if (this.#isGivenToMain(node)) return true;
    const declaration = declarationOf(node);
    if (!declaration || asked.has(node) || isExported(declaration)) return false;
    const uses = this.#usesOf(declaration);
    return (
      uses.length > 0 &&
      uses.every((use) => {
        if (this.#isGivenToMain(use)) return true;
        const { parent } = use;
        const isCalled = ts.isCallExpression(parent) && parent.expression === use;
        return isCalled && this.#isEntry(functionAround(use), new Set([...asked, node]));
      })
    );
  }

  #isGivenToMain(node: ts.Node): boolean {
    const call = node.parent;
    if (!ts.isCallExpression(call) || !call.arguments.includes(node as ts.Expression)) return false;
    const callee = importedBy(unwrap(call.expression), this.#imported);
    return callee?.module === "heddle" && callee.name === "main";
  }

  #usesOf({ name }: Named): readonly ts.Identifier[] {
    this.#uses ??= referencesIn(this.#file);
    const declaration = name.parent;
    return (this.#uses.get(name.text) ?? []).filter((use) => this.#names.declarationOf(use)?.node === declaration);
  }
}

type Named = (ts.FunctionDeclaration | ts.VariableDeclaration) & { readonly name: ts.Identifier };

/** The declaration that gives a function its name. */
function declarationOf(node: FunctionNode): Named | undefined {
  const declaration = ts.isFunctionDeclaration(node) ? node : node.parent;
  if (!ts.isFunctionDeclaration(declaration) && !ts.isVariableDeclaration(declaration)) return undefined;
  return declaration.name && ts.isIdentifier(declaration.name) ? (declaration as Named) : undefined;
}

/** Of a name that is exported by a statement of its own, the statement is a use that is no call. */
function isExported(declaration: Named): boolean {
  const statement = ts.isFunctionDeclaration(declaration) ? declaration : declaration.parent.parent;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function functionAround(node: ts.Node): FunctionNode | ts.SourceFile {
  let at = node.parent;
  while (!isFunctionNode(at) && !ts.isSourceFile(at)) at = at.parent;
  return at;
}

function referencesIn(file: ts.SourceFile): ReadonlyMap<string, readonly ts.Identifier[]> {
  const found = new Map<string, ts.Identifier[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isUse(node)) {
      const known = found.get(node.text) ?? [];
      known.push(node);
      found.set(node.text, known);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  const isDeclared = (ts.isFunctionDeclaration(parent) || ts.isVariableDeclaration(parent)) && parent.name === node;
  return !isDeclared && isReference(node);
}
