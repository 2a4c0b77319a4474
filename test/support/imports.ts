import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "./repository.js";

/** One import of a source file, whatever its form. */
export interface Import {
  /** Paths are relative to the repository's root. */
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** The file it means; undefined for a package, a built-in module, data. */
  readonly to: string | undefined;
  readonly isTypeOnly: boolean;
}

/** The TypeScript files below some folders of the repository, sorted. */
export function sourceFiles(folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => {
      const names = readdirSync(new URL(folder, repositoryRoot), { recursive: true, encoding: "utf8" });
      return names.filter((name) => /\.[cm]?tsx?$/.test(name)).map((name) => folder + name.replaceAll("\\", "/"));
    })
    .sort();
}

/** Every `import`, `export … from`, `import()` and `import type("…")` of the files. */
export function importsOf(files: readonly string[]): readonly Import[] {
  const known = new Set(files);
  return files.flatMap((from) => {
    const text = readFileSync(new URL(from, repositoryRoot), "utf8");
    const tree = ts.createSourceFile(from, text, ts.ScriptTarget.ESNext, true);
    const found: Import[] = [];
    const visit = (node: ts.Node): void => {
      const literal = specifierOf(node);
      if (literal) {
        const line = tree.getLineAndCharacterOfPosition(literal.getStart(tree)).line + 1;
        const { text: specifier } = literal;
        found.push({ from, line, specifier, to: target(from, specifier, known), isTypeOnly: isTypeOnly(node) });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return found;
  });
}

function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  const literal =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
  return literal && ts.isStringLiteral(literal) ? literal : undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node) || !node.importClause) return false;
  const { phaseModifier, name, namedBindings } = node.importClause;
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return !name && namedBindings !== undefined && ts.isNamedImports(namedBindings)
    ? namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly)
    : false;
}

function target(from: string, specifier: string, known: ReadonlySet<string>): string | undefined {
  if (!specifier.startsWith(".") || specifier.endsWith(".json")) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  const candidates = [path, path.replace(/\.([cm]?)js$/, ".$1ts"), path.replace(/\.js$/, ".tsx")];
  const found = candidates.find((candidate) => known.has(candidate));
  if (!found) throw new Error(`${from} imports "${specifier}", which is no source file.`);
  return found;
}
