import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { type Path, pathKey } from "./path.js";
import type { Paths } from "./paths.js";
import type { Symbols } from "./symbols.js";

/** How code at some place can say which lock it means. */
export interface LockName {
  readonly expression: string;
  /** Set where the name has to be imported first: the file that exports it. */
  readonly importFrom: string | undefined;
}

/** Finds names for locks: what is in scope first, then what another file of the program exports. */
export class LockNames {
  readonly #symbols: Symbols;
  readonly #paths: Paths;
  readonly #files: readonly string[];

  constructor(symbols: Symbols, paths: Paths, files: readonly string[]) {
    this.#symbols = symbols;
    this.#paths = paths;
    this.#files = files;
  }

  /** A name for the object behind `lock` in the code at `site`, or undefined where it has none there. */
  nameAt(lock: Path, site: Site): LockName | undefined {
    const wanted = pathKey(lock);
    const place = this.#nodeAt(site);
    if (!place) return undefined;
    for (const symbol of this.#symbols.inScope(place)) {
      if (this.#means(symbol, wanted)) return { expression: symbol.name, importFrom: undefined };
    }
    for (const file of this.#files) {
      if (file === site.file) continue;
      const tree = this.#symbols.sourceFile(file);
      for (const symbol of tree ? this.#symbols.exportsOf(tree) : []) {
        if (this.#means(symbol, wanted)) return { expression: symbol.name, importFrom: file };
      }
    }
    return undefined;
  }

  /** Locks for threads that are declared at the top of a file, by name: what is left to choose from where no access shows one. */
  locksOf(file: string): readonly { readonly name: string; readonly lock: Path }[] {
    const tree = this.#symbols.sourceFile(file);
    const found: { name: string; lock: Path }[] = [];
    for (const statement of tree?.statements ?? []) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name)) continue;
        const symbol = this.#symbols.symbolAt(name);
        const known = this.#symbols.classOfType(this.#symbols.typeOf(name));
        if (known?.model.kind !== "lock" || !known.model.shared) continue;
        const lock = symbol && this.#paths.ofSymbol(symbol);
        if (lock) found.push({ name: name.text, lock });
      }
    }
    return found;
  }

  #means(symbol: ts.Symbol, wanted: string): boolean {
    const resolved = this.#symbols.resolve(symbol);
    const declaration = resolved.valueDeclaration;
    if (!declaration || declaration.getSourceFile().isDeclarationFile) return false;
    const isVariable =
      ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration) || ts.isParameter(declaration);
    if (!isVariable) return false;
    const path = this.#paths.ofSymbol(resolved);
    return path !== undefined && pathKey(path) === wanted;
  }

  #nodeAt(site: Site): ts.Node | undefined {
    let at: ts.Node | undefined = this.#symbols.sourceFile(site.file);
    for (;;) {
      const inner: ts.Node | undefined =
        at && ts.forEachChild(at, (child) => (child.pos <= site.start && site.end <= child.end ? child : undefined));
      if (!inner) return at;
      at = inner;
    }
  }
}
