import { ts } from "../source/syntax.js";
import type { Symbols } from "./symbols.js";

/** Which modules are evaluated before a module is: what is imported for its types alone is not. */
export class LoadedModules {
  readonly #symbols: Symbols;
  readonly #known = new Map<string, readonly string[]>();

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /** The files of the modules that a file loads at its top. */
  loadedBy(file: string): readonly string[] {
    const known = this.#known.get(file);
    if (known) return known;
    const statements = this.#symbols.sourceFile(file)?.statements ?? [];
    const loaded = [...new Set(statements.flatMap((statement) => this.#loadedAt(statement)))];
    this.#known.set(file, loaded);
    return loaded;
  }

  #loadedAt(statement: ts.Statement): readonly string[] {
    if (ts.isImportDeclaration(statement)) {
      return this.#needsValue(statement.importClause) ? this.#fileOf(statement.moduleSpecifier) : [];
    }
    if (ts.isExportDeclaration(statement)) {
      return statement.moduleSpecifier && !statement.isTypeOnly ? this.#fileOf(statement.moduleSpecifier) : [];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ initializer }) => {
      const [specifier] = initializer && ts.isCallExpression(initializer) ? initializer.arguments : [];
      const isRequire =
        initializer && ts.isCallExpression(initializer) && initializer.expression.getText() === "require";
      return specifier && isRequire ? this.#fileOf(specifier) : [];
    });
  }

  /** Without a clause it is imported for what it does. */
  #needsValue(clause: ts.ImportClause | undefined): boolean {
    if (!clause) return true;
    if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return false;
    const bindings = clause.namedBindings;
    if (clause.name || !bindings || ts.isNamespaceImport(bindings)) return true;
    return bindings.elements.some((element) => {
      if (element.isTypeOnly) return false;
      const symbol = this.#symbols.symbolAt(element.name);
      return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Value) !== 0;
    });
  }

  #fileOf(specifier: ts.Expression): readonly string[] {
    const module = this.#symbols.symbolAt(specifier)?.valueDeclaration;
    return module && ts.isSourceFile(module) && !module.isDeclarationFile ? [module.fileName] : [];
  }
}
