import { type Annotated, type Annotation, type AnnotationTag, annotationsOf } from "../source/annotations.js";
import { ts } from "../source/syntax.js";
import { isStatic, unwrap } from "./declarations.js";
import type { Path } from "./path.js";
import { type Paths, parameterRoot, type SignatureNode } from "./paths.js";
import { classDeclaration, type Symbols } from "./symbols.js";
import { isAssignment, type Variables } from "./variables.js";

/** What an annotation says must be so where something is used. */
export interface Guard {
  readonly annotation: Annotation;
  /** The lock, in the terms of the declaration: `this` is the object it belongs to. Undefined: only atomic operations. */
  readonly lock: Path | undefined;
  /** Whether the lock is made where it is declared, so that nobody has it under another name. */
  readonly isOnlyName: boolean;
}

/** What the word behind a tag turned out to mean. */
export type GuardMeaning =
  | { readonly kind: "atomics" }
  | { readonly kind: "lock"; readonly lock: Path; readonly isOnlyName: boolean; readonly declaration?: ts.Declaration }
  | { readonly kind: "unknown" }
  /** Every object of the class has a lock of its own, and what is guarded exists once. */
  | { readonly kind: "instance"; readonly declaration: ts.Declaration }
  /** What it names holds another object later. */
  | { readonly kind: "replaced"; readonly declaration: ts.Declaration }
  /** It is declared, but need not be a lock that the engine knows. */
  | { readonly kind: "other"; readonly declaration: ts.Declaration };

/** The tags whose word is a lock. */
const NAMING_LOCKS: ReadonlySet<AnnotationTag> = new Set(["guardedBy", "requires", "requiresShared"]);

/** A declared thing on the way along `a.b.c`. */
interface Place {
  readonly path: Path;
  readonly declaration: ts.Declaration;
}

type Members = ts.ClassLikeDeclaration | ts.InterfaceDeclaration;

/** Reads annotations and finds out which locks they name. */
export class Guards {
  readonly #symbols: Symbols;
  readonly #paths: Paths;
  readonly #variables: Variables;
  readonly #names = new Set<string>();
  readonly #renamed: ReadonlySet<string>;
  readonly #safe = new Set<ts.Node>();
  readonly #guards = new Map<ts.Node, readonly Guard[]>();

  /**
   * @param annotated all declarations of the program that have annotations
   * @param renamed all names by which files call what others declare under another name
   */
  constructor(
    symbols: Symbols,
    paths: Paths,
    variables: Variables,
    { annotated, renamed }: { readonly annotated: readonly Annotated[]; readonly renamed: readonly string[] },
  ) {
    this.#symbols = symbols;
    this.#paths = paths;
    this.#variables = variables;
    for (const declaration of annotated) {
      this.#names.add(declaration.name.text);
      if (ts.isClassLike(declaration) && isSafe(declaration)) this.#safe.add(declaration);
    }
    this.#renamed = new Set(annotated.length > 0 ? renamed : []);
  }

  /** Whether anything in the program has annotations. */
  get isInUse(): boolean {
    return this.#names.size > 0;
  }

  /** Whether what a name stands for may have annotations: asked before the checker is. */
  has(name: string): boolean {
    return this.#names.has(name) || this.#renamed.has(name);
  }

  /** What has to be so where the variable or field is used, or the function called; what cannot be made out is left out. */
  of(declaration: ts.Declaration): readonly Guard[] {
    const known = this.#guards.get(declaration);
    if (known) return known;
    const guards = annotationsOf(declaration).flatMap((annotation): readonly Guard[] => {
      if (!NAMING_LOCKS.has(annotation.tag)) return [];
      const meaning = this.meaningOf(annotation, declaration);
      if (meaning.kind === "atomics") return [{ annotation, lock: undefined, isOnlyName: true }];
      return meaning.kind === "lock" ? [{ annotation, lock: meaning.lock, isOnlyName: meaning.isOnlyName }] : [];
    });
    this.#guards.set(declaration, guards);
    return guards;
  }

  /** Whether an annotation says that what is named may be touched by several threads at once. */
  isFree(expression: ts.Expression): boolean {
    if (!this.isInUse) return false;
    const node = unwrap(expression);
    if (this.#safe.size > 0 && this.#isInSafe(node)) return true;
    const name = ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : undefined;
    if (name === undefined || (!this.has(name) && this.#safe.size === 0)) return false;
    const declaration = this.#symbols.symbolAt(node)?.valueDeclaration;
    if (!declaration) return false;
    if (this.#safe.has(declaration.parent)) return true;
    return this.has(name) && annotationsOf(declaration).some(({ tag, text }) => tag === "benignRace" && text !== "");
  }

  #isInSafe(node: ts.Node): boolean {
    for (let at = node; at; at = at.parent) if (this.#safe.has(at)) return true;
    return false;
  }

  /** What the word of an annotation means, seen from the declaration that has it. */
  meaningOf({ word }: Annotation, declaration: ts.Declaration): GuardMeaning {
    if (word === "atomics") return { kind: "atomics" };
    const quoted = /^["'](.*)["']$/.exec(word);
    if (quoted) {
      const [, name = ""] = quoted;
      return { kind: "lock", lock: { root: `named:*:${name}`, steps: [], text: name }, isOnlyName: true };
    }
    const isOwnLock = word.endsWith(".getLock()");
    const [first = "", ...rest] = (isOwnLock ? word.slice(0, -".getLock()".length) : word).split(".");
    let place = first === "" ? undefined : this.#first(first, rest, declaration);
    for (const name of place?.rest ?? []) place = place && this.#member(place, name, place.rest);
    if (!place) return this.#mistaken(word, declaration);
    const { path, declaration: found } = place;
    const known = "name" in found && found.name ? this.#classOf(found) : undefined;
    if (isOwnLock && known?.model.ownLock) {
      const lock = { ...path, steps: [...path.steps, "getLock()"], text: word };
      return { kind: "lock", lock, isOnlyName: this.#isOnlyName(found), declaration: found };
    }
    if (isOwnLock || known?.model.kind !== "lock") return { kind: "other", declaration: found };
    if (isReplaced(found)) return { kind: "replaced", declaration: found };
    return { kind: "lock", lock: { ...path, text: word }, isOnlyName: this.#isOnlyName(found), declaration: found };
  }

  /** What a word means that names nothing that could stay the same lock. */
  #mistaken(word: string, declaration: ts.Declaration): GuardMeaning {
    const [first = "", second, ...rest] = word.split(".");
    const found = this.#symbols.named(first, declaration)?.valueDeclaration;
    if (second === undefined && found && ts.isVariableDeclaration(found))
      return { kind: "replaced", declaration: found };
    const isOfClass = found !== undefined && ts.isClassLike(found);
    const holder = isOfClass ? found : isStatic(declaration) ? membersAround(declaration) : undefined;
    const name = first === "this" || isOfClass ? second : first;
    const member = name === undefined || rest.length > 0 ? undefined : this.#memberOf(holder, name, false);
    return member ? { kind: "instance", declaration: member } : { kind: "unknown" };
  }

  /** Whether the type of what is declared can certainly not be locked. */
  cannotBeHeld(declaration: ts.Declaration): boolean {
    const { name } = declaration as ts.NamedDeclaration;
    if (!name) return true;
    const type = this.#symbols.typeOf(name);
    const primitive =
      ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.BigIntLike;
    return (type.flags & primitive) !== 0 || this.#classOf(declaration) !== undefined;
  }

  /** The locks that an annotation of the declaration could name: members of its class first, else of its file. */
  candidates(declaration: ts.Declaration): readonly string[] {
    const own = this.#memberLocks(declaration);
    return own.length > 0 ? own : this.#moduleLocks(declaration);
  }

  /** All locks that it could name: members of its class, its own parameters, what its file declares or imports. */
  inScope(declaration: ts.Declaration): readonly string[] {
    const parameters = signatureOf(declaration)?.parameters ?? [];
    const given = parameters.flatMap((each) =>
      ts.isIdentifier(each.name) && this.#isLock(each) ? [each.name.text] : [],
    );
    const imported = declaration.getSourceFile().statements.flatMap((statement) => {
      const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
      const names = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
      return names.flatMap((each) => {
        const found = this.#symbols.named(each.name.text, declaration)?.valueDeclaration;
        return found && ts.isVariableDeclaration(found) && this.#isLock(each) ? [each.name.text] : [];
      });
    });
    return [...this.#memberLocks(declaration), ...given, ...this.#moduleLocks(declaration), ...imported];
  }

  #memberLocks(declaration: ts.Declaration): readonly string[] {
    return (membersAround(declaration)?.members ?? []).flatMap((member): string[] => {
      const name = nameText(member.name);
      const isProperty = ts.isPropertyDeclaration(member) || ts.isPropertySignature(member);
      if (name === undefined || !isProperty || !this.#isLock(member)) return [];
      if (isStatic(member)) return [`${nameText((member.parent as Members).name) ?? "this"}.${name}`];
      return isStatic(declaration) ? [] : [`this.${name}`];
    });
  }

  #moduleLocks(declaration: ts.Declaration): readonly string[] {
    return declaration
      .getSourceFile()
      .statements.flatMap((statement) =>
        ts.isVariableStatement(statement)
          ? statement.declarationList.declarations.flatMap((each) =>
              ts.isIdentifier(each.name) && this.#isLock(each) ? [each.name.text] : [],
            )
          : [],
      );
  }

  #isLock(declaration: ts.Declaration): boolean {
    return this.#classOf(declaration)?.model.kind === "lock";
  }

  #classOf(declaration: ts.Declaration): ReturnType<Symbols["classOfType"]> {
    return this.#symbols.classOfType(this.#symbols.typeOf((declaration as ts.NamedDeclaration).name ?? declaration));
  }

  /** The field, parameter or variable that a name begins with, innermost first. */
  #first(
    name: string,
    rest: readonly string[],
    declaration: ts.Declaration,
  ): (Place & { readonly rest: readonly string[] }) | undefined {
    const members = membersAround(declaration);
    const whole: Path = { root: "this", steps: [], text: "this" };
    if (name === "this") {
      const [step, ...further] = rest;
      const found = step === undefined ? undefined : this.#memberOf(members, step, isStatic(declaration));
      const path = found && this.#paths.ofDeclared(found, whole);
      return path && found ? { path, declaration: found, rest: further } : undefined;
    }
    const signature = signatureOf(declaration);
    const index =
      signature?.parameters.findIndex((each) => ts.isIdentifier(each.name) && each.name.text === name) ?? -1;
    if (signature && index >= 0) {
      const path: Path = { root: parameterRoot(signature, index), steps: [], text: name };
      return { path, declaration: signature.parameters[index]!, rest };
    }
    const own = this.#memberOf(members, name, isStatic(declaration)) ?? this.#memberOf(members, name, true);
    const ownPath = own && this.#paths.ofDeclared(own, whole);
    if (own && ownPath) return { path: ownPath, declaration: own, rest };
    return this.#inScope(name, rest, declaration);
  }

  #inScope(
    name: string,
    rest: readonly string[],
    declaration: ts.Declaration,
  ): (Place & { readonly rest: readonly string[] }) | undefined {
    const symbol = this.#symbols.named(name, declaration);
    const found = symbol?.valueDeclaration;
    if (!symbol || !found) return undefined;
    if (ts.isClassLike(found)) {
      const [step, ...further] = rest;
      const member = step === undefined ? undefined : this.#memberOf(found, step, true);
      const path = member && this.#paths.ofDeclared(member, { root: "this", steps: [], text: name });
      return path && member ? { path, declaration: member, rest: further } : undefined;
    }
    const path = this.#paths.ofSymbol(symbol);
    return path && { path, declaration: found, rest };
  }

  #member(
    place: Place,
    name: string,
    rest: readonly string[],
  ): (Place & { readonly rest: readonly string[] }) | undefined {
    const type = this.#symbols.typeOf((place.declaration as ts.NamedDeclaration).name ?? place.declaration);
    const holder = type.symbol?.declarations?.find(
      (each): each is Members => ts.isClassLike(each) || ts.isInterfaceDeclaration(each),
    );
    const found = this.#memberOf(holder, name, false) ?? this.#symbols.memberOf(type, name)?.valueDeclaration;
    const path = found && this.#paths.ofDeclared(found, place.path);
    return path && found ? { path, declaration: found, rest } : undefined;
  }

  /** A member by its name as written, also one of a class that is extended. */
  #memberOf(holder: Members | undefined, name: string, isOfClass: boolean): ts.Declaration | undefined {
    let at = holder;
    for (let depth = 0; at && depth < 8; depth++) {
      for (const member of at.members) {
        if (ts.isConstructorDeclaration(member)) {
          const stored = member.parameters.find(
            (each) => ts.isParameterPropertyDeclaration(each, member) && nameText(each.name) === name,
          );
          if (stored && !isOfClass) return stored;
        } else if (nameText(member.name) === name && isStatic(member) === isOfClass) return member;
      }
      at = ts.isClassLike(at) ? classDeclaration(this.#symbols.baseOf(at)) : undefined;
    }
    return undefined;
  }

  #isOnlyName(declaration: ts.Declaration): boolean {
    if (ts.isVariableDeclaration(declaration)) {
      return !this.#variables.isReassigned(declaration) && isMade(declaration.initializer);
    }
    return ts.isPropertyDeclaration(declaration) && isMade(declaration.initializer);
  }
}

/** Whether code other than a constructor gives the field another object. */
function isReplaced(declaration: ts.Declaration): boolean {
  if (!ts.isPropertyDeclaration(declaration) || !ts.isClassLike(declaration.parent)) return false;
  const name = nameText(declaration.name);
  const visit = (node: ts.Node): boolean => {
    if (ts.isConstructorDeclaration(node)) return false;
    if (ts.isBinaryExpression(node) && isAssignment(node) && ts.isPropertyAccessExpression(node.left)) {
      const { expression, name: member } = node.left;
      if (member.text === name && expression.kind === ts.SyntaxKind.ThisKeyword) return true;
    }
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return declaration.parent.members.some((member) => !ts.isConstructorDeclaration(member) && visit(member));
}

function isSafe(declaration: ts.Node): boolean {
  return annotationsOf(declaration).some(({ tag }) => tag === "threadSafe");
}

function isMade(initializer: ts.Expression | undefined): boolean {
  return initializer !== undefined && ts.isNewExpression(unwrap(initializer));
}

function nameText(name: ts.Node | undefined): string | undefined {
  return name && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? name.text : undefined;
}

/** The class or interface that a declaration is a member of. */
function membersAround(declaration: ts.Node): Members | undefined {
  const { parent } = declaration;
  return parent && (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) ? parent : undefined;
}

/** The function that a declaration is, or holds. */
function signatureOf(declaration: ts.Declaration): SignatureNode | undefined {
  if (ts.isFunctionLike(declaration)) return declaration;
  const held =
    ts.isVariableDeclaration(declaration) ||
    ts.isPropertyDeclaration(declaration) ||
    ts.isPropertyAssignment(declaration)
      ? declaration.initializer && unwrap(declaration.initializer)
      : undefined;
  return held && ts.isFunctionLike(held) ? held : undefined;
}
