import {
  type Annotated,
  type Annotation,
  annotatedIn,
  annotationRemoval,
  annotationsOf,
} from "../source/annotations.js";
import { ts } from "../source/syntax.js";
import {
  declarationId,
  declaredName,
  enclosingFunction,
  type FunctionNode,
  isFunctionNode,
  isStatic,
  siteOf,
  unwrap,
} from "./declarations.js";
import type { Demand, Pointless } from "./events.js";
import type { FunctionScope } from "./function-scope.js";
import type { Guard } from "./guards.js";
import { extend, type Path } from "./path.js";
import { pointlessness } from "./pointless.js";
import { classDeclaration } from "./symbols.js";
import { isAssignment } from "./variables.js";

/** Appends what annotations say of the functions, fields and variables that the code uses. */
export class GuardedLowering {
  readonly #scope: FunctionScope;

  constructor(scope: FunctionScope) {
    this.#scope = scope;
  }

  /** What whoever calls the function holds. */
  entry(node: FunctionNode): void {
    const { guards } = this.#scope.context;
    if (ts.isMethodDeclaration(node) && ts.isClassLike(node.parent) && !isStatic(node)) this.#overrides(node);
    const name = declaredName(node);
    if (name === undefined || !guards.has(name)) return;
    for (const { tag, word, site } of annotationsOf(holderOf(node))) {
      if (tag !== "threadConfined" || (word !== "main" && word !== "worker")) continue;
      this.#scope.graph.emit({ kind: "confine", to: word, name, site }, false);
    }
    for (const { lock, annotation } of guards.of(holderOf(node))) {
      const reads = annotation.tag === "requiresShared";
      if (lock) this.#scope.graph.emit({ kind: "require", lock, reads, site: annotation.site }, false);
    }
  }

  /** Which method of a class that is extended the method stands for. */
  #overrides(node: ts.MethodDeclaration): void {
    const { guards, symbols } = this.#scope.context;
    if (!ts.isClassLike(node.parent) || !node.body || !ts.isIdentifier(node.name)) return;
    const { text: name } = node.name;
    let home = classDeclaration(symbols.baseOf(node.parent));
    for (let depth = 0; home && depth < 8; depth++) {
      const base = home.members.find(
        (each): each is ts.MethodDeclaration =>
          ts.isMethodDeclaration(each) && !isStatic(each) && ts.isIdentifier(each.name) && each.name.text === name,
      );
      if (base) {
        const requires = guards.has(name) ? guards.of(base).flatMap(({ lock }) => lock ?? []) : [];
        const site = this.#scope.site(node.name);
        this.#scope.graph.emit({ kind: "override", base: declarationId(base), requires, name, site }, false);
        return;
      }
      home = classDeclaration(symbols.baseOf(home));
    }
  }

  /** What is wrong with the annotations of a file. */
  faults(file: ts.SourceFile): void {
    for (const declaration of annotatedIn(file)) {
      const annotations = annotationsOf(declaration);
      for (const annotation of annotations) {
        this.#fault(annotation, declaration);
        const why = pointlessness(annotation, annotations, declaration);
        if (why !== undefined) this.#pointless(why, annotation, declaration);
      }
    }
  }

  #pointless(why: Pointless["why"], annotation: Annotation, declaration: Annotated): void {
    // With other words `@requires` names a module that a file needs.
    if (why === "no-need" && this.#scope.context.guards.meaningOf(annotation, declaration).kind !== "lock") return;
    this.#scope.graph.emit(
      {
        kind: "pointless",
        why,
        tag: `@${annotation.tag}`,
        name: declaration.name.text,
        subject: siteOf(declaration.name),
        removal: annotationRemoval(declaration.getSourceFile(), annotation),
        site: annotation.site,
      },
      false,
    );
  }

  #fault(annotation: Annotation, declaration: Annotated): void {
    const { guards } = this.#scope.context;
    const { word, tag, site } = annotation;
    // With other words `@requires` names a module that a file needs.
    if (tag !== "guardedBy" && !tag.startsWith("requires")) return;
    if (tag !== "guardedBy" && !/^(this\.|#)/.test(word)) return;
    const meaning = word === "" ? ({ kind: "unknown" } as const) : guards.meaningOf(annotation, declaration);
    if (meaning.kind === "lock" || meaning.kind === "atomics") return;
    const found = meaning.kind === "unknown" ? undefined : meaning.declaration;
    if (meaning.kind === "other" && !guards.cannotBeHeld(meaning.declaration)) return;
    this.#scope.graph.emit(
      {
        kind: "guard-fault",
        why: meaning.kind === "other" ? "no-lock" : meaning.kind,
        name: declaration.name.text,
        subject: siteOf(declaration.name),
        word,
        declaration: found && siteOf(found),
        hint: meaning.kind === "unknown" ? meant(word, guards.candidates(declaration)) : undefined,
        site,
      },
      false,
    );
  }

  /** A name or member is read or written. @returns whether an annotation speaks of it */
  used(node: ts.Node): boolean {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return false;
    const declaration = this.#annotated(node);
    if (!declaration || isFunction(declaration)) return false;
    const guards = this.#scope.context.guards.of(declaration).filter(({ lock }) => lock !== undefined);
    if (guards.length === 0) return false;
    if (this.#isBeingMade(declaration, node) || this.#isOnlyNamed(declaration, node)) return true;
    const use = isWritten(node) ? "write" : "read";
    const object = ts.isPropertyAccessExpression(node) ? this.#scope.pathOf(node.expression) : undefined;
    for (const guard of guards)
      this.#demand(guard, use, object, (path) => (path.root === "this" ? object : path), node);
    return true;
  }

  /** An element of an array, or the value of an object, is touched by no atomic operation. */
  element(node: ts.Node): void {
    if (!ts.isElementAccessExpression(node) && !ts.isPropertyAccessExpression(node)) return;
    const whole = unwrap(node.expression);
    const declaration = this.#annotated(whole);
    if (!declaration || this.#isBeingMade(declaration, whole)) return;
    for (const guard of this.#scope.context.guards.of(declaration)) {
      if (guard.lock) continue;
      this.#demand(guard, isWritten(node) ? "write" : "read", undefined, () => undefined, node);
    }
  }

  /** A function is called that wants a lock to be held. */
  called(node: ts.CallExpression, callee: ts.Expression): void {
    const { guards, symbols } = this.#scope.context;
    const name = nameOf(callee);
    if (name === undefined || !guards.has(name)) return;
    const object = ts.isPropertyAccessExpression(callee) ? this.#scope.pathOf(callee.expression) : undefined;
    if (ts.isPropertyAccessExpression(callee) && this.#isOwned(callee.expression)) return;
    const given = ({ root }: Path): Path | undefined => {
      if (root === "this") return object;
      return this.#scope.pathOf(node.arguments[Number(root.slice(root.lastIndexOf(":") + 1))]);
    };
    for (const declaration of symbols.symbolAt(callee)?.declarations ?? []) {
      if (!isFunction(declaration)) continue;
      for (const guard of guards.of(declaration)) this.#demand(guard, "call", object, given, node);
    }
  }

  /** A variable is declared: nobody else may see what is made for it. */
  declared(declaration: ts.VariableDeclaration): void {
    const { initializer, name } = declaration;
    if (!this.#scope.context.guards.isInUse || !initializer || !ts.isIdentifier(name)) return;
    if (ts.isSourceFile(this.#scope.owner) || !ts.isNewExpression(unwrap(initializer))) return;
    const path = this.#scope.pathOf(name);
    if (path?.root.startsWith("local:") && !isCaptured(name, this.#scope.owner)) this.#scope.owned.add(path.root);
  }

  /** What an expression names, where it may have annotations. */
  #annotated(node: ts.Expression): ts.Declaration | undefined {
    const { guards, symbols } = this.#scope.context;
    const name = nameOf(node);
    return name !== undefined && guards.has(name) ? symbols.symbolAt(node)?.valueDeclaration : undefined;
  }

  /** @param given what a path of the declaration that begins with its object or a parameter begins with here */
  #demand(
    guard: Guard,
    use: Demand["use"],
    object: Path | undefined,
    given: (path: Path) => Path | undefined,
    node: ts.Node,
  ): void {
    const { annotation, isOnlyName } = guard;
    const lock = guard.lock && rebased(guard.lock, given);
    if (guard.lock && !lock) return; // Which lock it would have to be, the code does not say.
    this.#scope.graph.emit(
      {
        kind: "demand",
        lock,
        isOnlyName,
        mayShare: use === "call" ? annotation.tag === "requiresShared" : use === "read",
        object,
        use,
        text: textOf(node),
        annotation: annotation.site,
        site: this.#scope.site(node),
      },
      false,
    );
  }

  /** Whether nobody else can know the object yet: its constructor runs, its module loads, or it never leaves this function. */
  #isBeingMade(declaration: ts.Declaration, node: ts.Expression): boolean {
    const { owner } = this.#scope;
    if (ts.isSourceFile(owner)) return declaration.getSourceFile() === owner && isOfModule(declaration);
    if (!ts.isPropertyAccessExpression(node)) return false;
    if (node.expression.kind === ts.SyntaxKind.ThisKeyword) return ts.isConstructorDeclaration(owner);
    return this.#isOwned(node.expression);
  }

  /** An object that is made to be shared is handed on, and nothing done with it. */
  #isOnlyNamed(declaration: ts.Declaration, node: ts.Expression): boolean {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) return false;
    if (isWritten(node) || !isConstant(declaration)) return false;
    const { symbols } = this.#scope.context;
    return symbols.classOfType(symbols.typeOf(node)) !== undefined;
  }

  #isOwned(object: ts.Expression): boolean {
    const path = this.#scope.owned.size === 0 ? undefined : this.#scope.pathOf(object);
    return path !== undefined && path.steps.length === 0 && this.#scope.owned.has(path.root);
  }
}

/** The only lock there is, or the only one that is called much the same. */
function meant(word: string, candidates: readonly string[]): string | undefined {
  const letters = (text: string): string =>
    text
      .slice(text.lastIndexOf(".") + 1)
      .replace(/[#_]/g, "")
      .toLowerCase();
  const alike = candidates.filter((each) => letters(each) === letters(word));
  const [only, ...more] = alike.length > 0 ? alike : candidates;
  return more.length === 0 ? only : undefined;
}

function nameOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
}

/** A path of the declaration in the terms of the code that uses it. */
function rebased(path: Path, given: (path: Path) => Path | undefined): Path | undefined {
  if (path.root !== "this" && !path.root.startsWith("param:")) return path;
  let at = given(path);
  for (const step of path.steps) at = at && extend(at, step, `${at.text}.${step}`);
  return at;
}

/** What carries the annotations of a function: itself, or the variable or field that holds it. */
function holderOf(node: FunctionNode): ts.Declaration {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isAsExpression(at.parent)) at = at.parent;
  const { parent } = at;
  const holds = ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent);
  return holds && parent.initializer === at ? parent : node;
}

function isFunction(declaration: ts.Declaration): boolean {
  if (ts.isAccessor(declaration)) return false;
  if (ts.isFunctionLike(declaration)) return true;
  const holds =
    ts.isVariableDeclaration(declaration) ||
    ts.isPropertyDeclaration(declaration) ||
    ts.isPropertyAssignment(declaration);
  return holds && declaration.initializer !== undefined && isFunctionNode(unwrap(declaration.initializer));
}

function isOfModule(declaration: ts.Declaration): boolean {
  if (ts.isPropertyDeclaration(declaration)) return isStatic(declaration);
  return ts.isVariableDeclaration(declaration) && ts.isSourceFile(enclosingFunction(declaration));
}

function isConstant(declaration: ts.Declaration): boolean {
  const flags = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly;
  return flags !== 0 || (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

/** Whether what the expression names, or a part of it, gets a value. */
function isWritten(node: ts.Node): boolean {
  let at = node;
  for (;;) {
    const { parent } = at;
    const isPart = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
    if (isPart ? parent.expression !== at : !ts.isParenthesizedExpression(parent) && !ts.isNonNullExpression(parent)) {
      break;
    }
    at = parent;
  }
  const { parent } = at;
  if (ts.isBinaryExpression(parent)) return isAssignment(parent) && parent.left === at;
  if (ts.isDeleteExpression(parent)) return true;
  if (!ts.isPrefixUnaryExpression(parent) && !ts.isPostfixUnaryExpression(parent)) return false;
  return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
}

/** Whether a function inside `owner` speaks of the variable; another variable of its name counts as well. */
function isCaptured(name: ts.Identifier, owner: ts.Node): boolean {
  const visit = (node: ts.Node, isInside: boolean): boolean => {
    if (isInside && ts.isIdentifier(node) && node.text === name.text) return true;
    return ts.forEachChild(node, (child) => visit(child, isInside || isFunctionNode(child)) || undefined) ?? false;
  };
  return visit(owner, false);
}

function textOf(node: ts.Node): string {
  const text = (ts.isCallExpression(node) ? node.expression : node).getText().replace(/\s+/g, "");
  return text.length <= 60 ? text : "it";
}
