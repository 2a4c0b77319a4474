import { dirname } from "node:path";
import { upToDate } from "../source/kept-symbols.js";
import { packageNameOf } from "../source/package-name.js";
import { ts } from "../source/syntax.js";
import { type Catalogue, type ClassModel, type Effect, submodules } from "./catalogue/index.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { memberOfMade } from "./made-objects.js";

/**
 * Answers what a name in the source means: by symbol, never by spelling, so that aliases, re-exports and destructured
 * members are recognised. Asking the checker is the dearest thing the engine does; every answer is remembered.
 */
export class Symbols {
  readonly #program: ts.Program;
  readonly #typesFolder: string;
  readonly #catalogue: Catalogue;
  readonly #symbols = new Map<ts.Node, ts.Symbol | undefined>();
  readonly #keys = new Map<ts.Symbol, string | undefined>();
  readonly #scopes = new Map<ts.Node, ReadonlyMap<string, ts.Symbol>>();

  constructor(program: ts.Program, typesFolder: string, catalogue: Catalogue) {
    this.#program = program;
    this.#typesFolder = `${typesFolder}/`;
    this.#catalogue = catalogue;
  }

  /** One checker can serve for several programs, so that it is asked for each time. */
  get #checker(): ts.TypeChecker {
    return this.#program.getTypeChecker();
  }

  /** The symbol a name or member access refers to, imports followed to what they import. */
  symbolAt(node: ts.Node): ts.Symbol | undefined {
    const known = this.#symbols.get(node);
    if (known !== undefined || this.#symbols.has(node)) return known;
    const symbol = this.#findSymbol(node);
    this.#symbols.set(node, symbol);
    return symbol;
  }

  #findSymbol(node: ts.Node): ts.Symbol | undefined {
    if (ts.isElementAccessExpression(node)) return this.#wellKnownMember(node);
    const made = ts.isPropertyAccessExpression(node) ? memberOfMade(node, this) : undefined;
    if (made) return made;
    const name = ts.isPropertyAccessExpression(node) ? node.name : node;
    const symbol =
      name.parent && ts.isShorthandPropertyAssignment(name.parent)
        ? this.#checker.getShorthandAssignmentValueSymbol(name.parent)
        : this.#checker.getSymbolAtLocation(name);
    return symbol && this.resolve(symbol);
  }

  /** What `guard[Symbol.dispose]` refers to; the checker has no symbol for other computed names. */
  #wellKnownMember(node: ts.ElementAccessExpression): ts.Symbol | undefined {
    const key = node.argumentExpression;
    if (!ts.isPropertyAccessExpression(key) || key.expression.getText() !== "Symbol") return undefined;
    const type = this.#checker.getNonNullableType(this.typeOf(node.expression));
    const members = this.#checker.getPropertiesOfType(type);
    return members.find((member) => memberName(member) === `__@${key.name.text}`);
  }

  resolve(symbol: ts.Symbol): ts.Symbol {
    return upToDate(symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol);
  }

  typeOf(node: ts.Node): ts.Type {
    return this.#checker.getTypeAtLocation(node);
  }

  typeArguments(type: ts.Type): readonly ts.Type[] {
    const isReference = (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference;
    return isReference ? this.#checker.getTypeArguments(type as ts.TypeReference) : [];
  }

  /** Whether a type is that of an array, whatever its elements. */
  isList(type: ts.Type): boolean {
    return this.#checker.isArrayType(type);
  }

  membersOf(type: ts.Type): readonly ts.Symbol[] {
    return this.#checker.getPropertiesOfType(type).map(upToDate);
  }

  /** The member of that name, if all objects of a type have one. */
  memberOf(type: ts.Type, name: string): ts.Symbol | undefined {
    const found = type.getProperty(name);
    return found && upToDate(found);
  }

  memberType(member: ts.Symbol, at: ts.Node): ts.Type {
    return this.#checker.getTypeOfSymbolAtLocation(member, at);
  }

  /** Whether a member can be called, where there is an object to call it on. */
  isMethod(node: ts.PropertyAccessExpression): boolean {
    return this.#checker.getNonNullableType(this.typeOf(node)).getCallSignatures().length > 0;
  }

  /** Whether who is given this function declares that it does nothing with what the function returns. */
  isResultIgnored(node: ts.ArrowFunction): boolean {
    const expected = this.#checker.getContextualType(node);
    const parts = expected?.isUnion() ? expected.types : expected ? [expected] : [];
    const signatures = parts.flatMap((part) => part.getCallSignatures());
    return signatures.length > 0 && signatures.every((each) => each.getReturnType().flags & ts.TypeFlags.Void);
  }

  /** Values that a bare name can mean at this place, the innermost first. */
  inScope(node: ts.Node): readonly ts.Symbol[] {
    return this.#checker.getSymbolsInScope(node, ts.SymbolFlags.Variable | ts.SymbolFlags.Alias);
  }

  /** What a bare name means at this place. */
  named(name: string, node: ts.Node): ts.Symbol | undefined {
    const found = this.#namesAt(scopeOf(node)).get(name);
    // What a module exports is in its scope by a stand-in without a declaration.
    return found && this.resolve(this.#checker.getExportSymbolOfSymbol(found));
  }

  /** The compiler lists all names at once: thousands of tags in one scope would ask thousands of times for thousands. */
  #namesAt(scope: ts.Node): ReadonlyMap<string, ts.Symbol> {
    const known = this.#scopes.get(scope);
    if (known) return known;
    const names = new Map<string, ts.Symbol>();
    for (const symbol of this.#checker.getSymbolsInScope(scope, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)) {
      if (!names.has(symbol.name)) names.set(symbol.name, symbol);
    }
    this.#scopes.set(scope, names);
    return names;
  }

  exportsOf(file: ts.SourceFile): readonly ts.Symbol[] {
    const module = this.#checker.getSymbolAtLocation(file);
    return module ? this.#checker.getExportsOfModule(module).map(upToDate) : [];
  }

  exportOf(module: ts.Symbol, name: string): ts.Symbol | undefined {
    const found = this.#checker.getExportsOfModule(module).find((symbol) => symbol.name === name);
    return found && this.resolve(found);
  }

  sourceFile(file: string): ts.SourceFile | undefined {
    return this.#program.getSourceFile(file);
  }

  /** `module/Class.member` or `module/name` for what a library or a modelled file declares; undefined for the user's own. */
  key(symbol: ts.Symbol): string | undefined {
    if (this.#keys.has(symbol)) return this.#keys.get(symbol);
    const key = this.#computeKey(symbol);
    this.#keys.set(symbol, key);
    return key;
  }

  #computeKey(symbol: ts.Symbol): string | undefined {
    const declaration = symbol.declarations?.[0];
    const module = declaration && this.#moduleOf(declaration);
    if (!module) return undefined;
    const member = ts.isConstructorDeclaration(declaration) ? "constructor" : memberName(symbol);
    const parent = declaration.parent;
    if (parent && (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) && parent.name) {
      return `${module}/${parent.name.text}.${member}`;
    }
    if (parent && ts.isModuleBlock(parent) && ts.isIdentifier(parent.parent.name)) {
      const outer = parent.parent.name.text;
      if (outer !== "global") return `${module}/${outer}.${member}`;
    }
    return `${module}/${member}`;
  }

  #moduleOf(declaration: ts.Declaration): string | undefined {
    const file = declaration.getSourceFile();
    if (!file.isDeclarationFile) return this.#catalogue.describes(file.fileName) ? file.fileName : undefined;
    for (let at: ts.Node = declaration; at; at = at.parent) {
      if (!ts.isModuleDeclaration(at)) continue;
      if (at.flags & ts.NodeFlags.GlobalAugmentation) return "global";
      if (ts.isStringLiteral(at.name)) return at.name.text.replace(/^node:/, "");
    }
    if (this.#program.isSourceFileDefaultLibrary(file)) return "global";
    const path = file.fileName;
    if (path.startsWith(this.#typesFolder)) return path.slice(this.#typesFolder.length).split("/")[0];
    const installed = path.lastIndexOf("/node_modules/");
    if (installed >= 0) {
      const [first = "", second = ""] = path.slice(installed + "/node_modules/".length).split("/");
      if (!ts.isExternalModule(file)) return "global";
      // What Node's declarations hold outside of Node's modules is there without an import.
      if (first === "@types" && second === "node") return "global";
      return moduleIn(first.startsWith("@") ? `${first}/${second}` : first, path);
    }
    const name = packageNameOf(dirname(path));
    return name && moduleIn(name, path);
  }

  /** What the catalogue says of a name. */
  effect(symbol: ts.Symbol | undefined): Effect | undefined {
    const member = symbol && (this.#takenOut(symbol) ?? symbol);
    const key = member && this.key(member);
    return key === undefined ? undefined : this.#catalogue.effectOf(key);
  }

  /** The member that `const { wait } = Atomics` takes out of its object. */
  #takenOut(symbol: ts.Symbol): ts.Symbol | undefined {
    const declaration = symbol.valueDeclaration;
    if (!declaration || !ts.isBindingElement(declaration) || declaration.dotDotDotToken) return undefined;
    const variable = declaration.parent.parent;
    if (!ts.isObjectBindingPattern(declaration.parent) || !ts.isVariableDeclaration(variable)) return undefined;
    if (!(ts.getCombinedNodeFlags(variable) & ts.NodeFlags.Const) || !variable.initializer) return undefined;
    const name = declaration.propertyName ?? declaration.name;
    return ts.isIdentifier(name) ? this.memberOf(this.typeOf(variable.initializer), name.text) : undefined;
  }

  /** What the catalogue says of what an expression names, also of a member that the program's library does not declare. */
  effectAt(node: ts.Expression): Effect | undefined {
    const symbol = this.symbolAt(node);
    if (symbol || !ts.isPropertyAccessExpression(node)) return this.effect(symbol);
    const object = unwrap(node.expression);
    const key = ts.isIdentifier(object) ? this.#keyAt(object) : undefined;
    return key === undefined ? undefined : this.#catalogue.effectOf(`${key}.${node.name.text}`);
  }

  /** Whether the catalogue has a member of this name that does that. */
  mayBe(effect: "lease" | "outside", name: string): boolean {
    return this.#catalogue.mayBe(effect, name);
  }

  #keyAt(node: ts.Identifier): string | undefined {
    const symbol = this.symbolAt(node);
    return symbol && this.key(symbol);
  }

  /** What making an object of a catalogued class does. */
  constructorEffect(classKey: string): Effect | undefined {
    return this.#catalogue.effectOf(`${classKey}.constructor`);
  }

  /** The constructor of a user's class. */
  constructorOf(symbol: ts.Symbol | undefined): FunctionNode | undefined {
    return classDeclaration(symbol)?.members.find(
      (member): member is ts.ConstructorDeclaration => ts.isConstructorDeclaration(member) && isFunctionNode(member),
    );
  }

  /** What the catalogue says of a class, or of the known class a user's class extends. */
  classOf(symbol: ts.Symbol | undefined): { model: ClassModel; key: string } | undefined {
    let at = symbol;
    for (let depth = 0; at && depth < 8; depth++) {
      const key = this.key(at);
      const model = key === undefined ? undefined : this.#catalogue.classModel(key);
      if (key !== undefined && model) return { model, key };
      at = this.baseOf(at);
    }
    return undefined;
  }

  /**
   * Whether `new` makes an object of what the name itself declares, so that nobody need ask what type it is of: to know
   * that, the compiler would have to look into all functions that are given to the constructor.
   */
  isMadeOf(symbol: ts.Symbol | undefined): boolean {
    if (symbol === undefined) return false;
    if (classDeclaration(symbol) !== undefined) return true;
    // `Map` of the library is a variable, and an interface that says what the variable makes. `Proxy` has none.
    const isLibrary = this.key(symbol)?.startsWith("global/") === true;
    return isLibrary && (symbol.flags & ts.SymbolFlags.Interface) !== 0;
  }

  /** The class that a class extends, where its name says which. */
  baseOf(of: ts.Symbol | ts.ClassLikeDeclaration): ts.Symbol | undefined {
    const declaration = "kind" in of ? of : classDeclaration(of);
    const base = declaration?.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
    const expression = base?.types[0]?.expression;
    return expression && this.symbolAt(expression);
  }

  /** The catalogued class of an expression's type, constituents of an intersection included. */
  classOfType(type: ts.Type): { model: ClassModel; key: string; type: ts.Type } | undefined {
    const parts = type.isIntersection() ? type.types : [type];
    for (const part of parts) {
      const found = this.classOf(part.symbol);
      if (found) return { ...found, type: part };
    }
    return undefined;
  }

  /** Whether what an expression is runs its tasks in other processes. */
  runsProcesses(expression: ts.Expression): boolean {
    return this.classOfType(this.typeOf(expression))?.model.processes === true;
  }

  /** The function of the program behind a symbol: a declaration, a method, or a constant that holds one. */
  functionOf(symbol: ts.Symbol | undefined): FunctionNode | undefined {
    for (const declaration of symbol?.declarations ?? []) {
      if (declaration.getSourceFile().isDeclarationFile) return undefined;
      if (isFunctionNode(declaration)) return declaration;
      const initializer = heldExpression(declaration);
      if (initializer && isFunctionNode(initializer)) return initializer;
      if (initializer && ts.isIdentifier(initializer)) return this.functionOf(this.symbolAt(initializer));
      if (ts.isShorthandPropertyAssignment(declaration)) return this.functionOf(this.symbolAt(declaration.name));
    }
    return undefined;
  }

  /** A method of a class or of the user's classes it extends. */
  methodOf(symbol: ts.Symbol | undefined, name: string): FunctionNode | undefined {
    let at = symbol;
    for (let depth = 0; at && depth < 8; depth++) {
      const found = at.members?.get(ts.escapeLeadingUnderscores(name));
      const method = this.functionOf(found);
      if (method) return method;
      at = this.baseOf(at);
    }
    return undefined;
  }
}

/** Which of a package's modules a file declares. */
function moduleIn(name: string, path: string): string {
  const found = submodules.find((each) => each.package === name && path.includes(each.folder));
  return found?.module ?? name;
}

/** The innermost part of the source around a node that can have names of its own. */
function scopeOf(node: ts.Node): ts.Node {
  let at = node;
  while (at.parent && !hasNames(at)) at = at.parent;
  return at;
}

function hasNames(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isBlock(node) ||
    ts.isModuleBlock(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isForStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isForOfStatement(node)
  );
}

function memberName(symbol: ts.Symbol): string {
  const name = ts.unescapeLeadingUnderscores(symbol.escapedName);
  const wellKnown = /^__@(\w+)@\d+$/.exec(name);
  return wellKnown ? `__@${wellKnown[1]}` : name;
}

export function classDeclaration(symbol: ts.Symbol | undefined): ts.ClassLikeDeclaration | undefined {
  return symbol?.declarations?.find((declaration) => ts.isClassLike(declaration));
}

/** The expression a constant, a field or an object member was given where it was declared. */
function heldExpression(declaration: ts.Declaration): ts.Expression | undefined {
  if (ts.isVariableDeclaration(declaration)) {
    return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration.initializer : undefined;
  }
  if (ts.isPropertyAssignment(declaration) || ts.isPropertyDeclaration(declaration)) return declaration.initializer;
  return undefined;
}
