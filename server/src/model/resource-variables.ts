import { ts } from "../source/syntax.js";
import type { Deed } from "./catalogue/resources.js";
import { type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { Resource } from "./resource.js";
import {
  FOR_EACH,
  functionsBetween,
  inlineCallback,
  isReference,
  type Maker,
  type ResourceNames,
} from "./resource-names.js";
import type { StateNames } from "./state-names.js";

/** A resource, as a name in the code stands for it. */
export interface HeldResource {
  readonly resource: Resource;
  readonly methods: Readonly<Record<string, Deed>>;
  /** Whether the name is one element of the list. */
  readonly isElement: boolean;
}

/** The variables of one function that hold what it has made, as far as nobody else can reach it by them. */
export class ResourceVariables {
  readonly #names: StateNames;
  readonly #makers: ResourceNames;
  readonly #owner: FunctionNode | ts.SourceFile;
  readonly #held = new Map<ts.Node, HeldResource>();
  readonly #texts = new Set<string>();

  constructor(owner: FunctionNode | ts.SourceFile, names: StateNames, makers: ResourceNames) {
    this.#owner = owner;
    this.#names = names;
    this.#makers = makers;
    const body = ts.isSourceFile(owner) ? owner : owner.body;
    if (!body) return;
    this.#find(body);
    if (this.#held.size > 0) this.#forgetCaptured(body);
  }

  get all(): readonly HeldResource[] {
    return [...this.#held.values()];
  }

  of(declaration: ts.VariableDeclaration): HeldResource | undefined {
    return this.#held.get(declaration);
  }

  makes(expression: ts.Expression): boolean {
    return this.#makers.makerOf(expression) !== undefined;
  }

  /** The resources that an expression stands for: of a name, of an element of a list, of the variable of a loop over one. */
  at(expression: ts.Expression): readonly HeldResource[] {
    const node = unwrap(expression);
    if (ts.isElementAccessExpression(node)) {
      if (!this.#goesThroughAll(node)) return [];
      return this.at(node.expression).flatMap((held) =>
        held.resource.isList && !held.isElement ? [{ ...held, isElement: true }] : [],
      );
    }
    if (!ts.isIdentifier(node)) return [];
    if (!this.#texts.has(node.text) && !this.#isLoopName(node)) return [];
    const declaration = this.#names.declarationOf(node)?.node;
    if (!declaration) return [];
    const held = this.#held.get(declaration);
    return held ? [held] : this.#elementsNamed(declaration);
  }

  /** Whether a loop goes through what the name stands for. */
  isIterated(node: ts.Identifier): boolean {
    let at: ts.Node = node;
    if (ts.isArrayLiteralExpression(at.parent)) at = at.parent;
    const { parent } = at;
    return ts.isForOfStatement(parent) && parent.expression === at && loopVariable(parent) !== undefined;
  }

  /** The value that a constant is declared with. */
  constantOf(node: ts.Identifier): ts.Expression | undefined {
    const declaration = isReference(node) ? this.#names.declarationOf(node)?.node : undefined;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const isConstant =
      ts.isVariableDeclarationList(declaration.parent) && declaration.parent.flags & ts.NodeFlags.Const;
    return isConstant ? unwrap(declaration.initializer) : undefined;
  }

  namedIn(expression: ts.Expression): readonly number[] {
    const found = new Set<number>();
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) for (const { resource } of this.at(node)) found.add(resource.id);
      ts.forEachChild(node, visit);
    };
    visit(expression);
    return [...found];
  }

  #loopNames: ReadonlySet<string> | undefined;

  #isLoopName(node: ts.Identifier): boolean {
    if (this.#held.size === 0) return false;
    this.#loopNames ??= loopNamesIn(this.#owner);
    return this.#loopNames.has(node.text);
  }

  #elementsNamed(declaration: ts.Node): readonly HeldResource[] {
    const source = iteratedBy(declaration);
    if (!source) return [];
    const listed = ts.isArrayLiteralExpression(source) ? source.elements : [source];
    const held = listed.flatMap((each) => this.at(each));
    if (held.length === 0 || (ts.isArrayLiteralExpression(source) && held.length < listed.length)) return [];
    return held.map((each) => ({ ...each, isElement: true }));
  }

  /** The variables that are given what is made, in the function's own code. */
  #find(body: ts.Node): void {
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node) || ts.isClassLike(node)) return;
      if (ts.isVariableDeclaration(node) && node.initializer) this.#add(node, node.initializer);
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        const target = unwrap(node.left);
        const declaration = ts.isIdentifier(target) ? this.#names.declarationOf(target) : undefined;
        if (declaration?.scope === this.#owner && ts.isVariableDeclaration(declaration.node)) {
          this.#add(declaration.node, node.right);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(body);
  }

  #add(declaration: ts.VariableDeclaration, value: ts.Expression): void {
    if (!ts.isIdentifier(declaration.name) || this.#held.has(declaration) || isExported(declaration)) return;
    const maker = this.#makers.makerOf(value) ?? this.#filler(declaration, value);
    if (!maker) return;
    const { model, isSubclass, isList } = maker;
    if (model.how === "call" && /\b(?:detached|stdio)\b/.test(value.getText())) return;
    const resource: Resource = {
      id: this.#held.size,
      noun: model.noun,
      endsWithProgram: model.endsWithProgram,
      startsNow: model.startsNow,
      isList,
      endsItself: model.endsItself === true,
      text: declaration.name.text,
      site: siteOf(unwrap(value)),
    };
    this.#texts.add(declaration.name.text);
    this.#held.set(declaration, {
      resource,
      methods: isSubclass ? known(model.methods) : model.methods,
      isElement: false,
    });
  }

  /** Of an empty list, what is pushed into it. */
  #filler(declaration: ts.VariableDeclaration, value: ts.Expression): Maker | undefined {
    if (!isEmptyList(unwrap(value))) return undefined;
    this.#pushes ??= pushesIn(ts.isSourceFile(this.#owner) ? this.#owner : (this.#owner.body ?? this.#owner));
    for (const pushed of this.#pushes.get(declaration.name.getText()) ?? []) {
      const maker = this.#pushed(pushed);
      if (maker) return { ...maker, isList: true };
    }
    return undefined;
  }

  #pushes: ReadonlyMap<string, readonly ts.Expression[]> | undefined;

  /** `threads[i]`, where the loop around it counts through the whole list. */
  #goesThroughAll({ expression, argumentExpression }: ts.ElementAccessExpression): boolean {
    const list = unwrap(expression);
    const index = unwrap(argumentExpression);
    if (!ts.isIdentifier(list) || !ts.isIdentifier(index)) return false;
    const counter = this.#names.declarationOf(index)?.node;
    const loop = counter?.parent.parent;
    if (!counter || !ts.isVariableDeclaration(counter) || !loop || !ts.isForStatement(loop)) return false;
    const declared = this.#names.declarationOf(list)?.node;
    const made = declared && ts.isVariableDeclaration(declared) ? declared.initializer?.getText() : undefined;
    return countsUpTo(loop, counter, (end) => end === `${list.text}.length` || isLength(end, made ?? ""));
  }

  #pushed(node: ts.Expression): Maker | undefined {
    const declared = ts.isIdentifier(node) ? this.#names.declarationOf(node)?.node : undefined;
    const value = declared && ts.isVariableDeclaration(declared) ? declared.initializer : node;
    return value && this.#makers.makerOf(value);
  }

  /** What functions inside can reach has a life that this function alone does not tell. */
  #forgetCaptured(body: ts.Node): void {
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && this.#texts.has(node.text) && isReference(node)) {
        const declaration = this.#names.declarationOf(node)?.node;
        const held = declaration && this.#held.get(declaration);
        if (declaration && held && !this.#isHarmless(node, held)) this.#held.delete(declaration);
      }
      ts.forEachChild(node, visit);
    };
    visit(body);
  }

  #isHarmless(node: ts.Identifier, { methods }: HeldResource): boolean {
    return functionsBetween(node, this.#owner).every((inner) => {
      const call = ts.isCallExpression(inner.parent) ? inner.parent : undefined;
      if (!call) return false;
      if (inlineCallback(call) === inner && this.at(receiverOf(call) ?? call).length > 0) return true;
      const callee = unwrap(call.expression);
      if (!ts.isPropertyAccessExpression(callee) || !FOR_EACH.has(callee.name.text)) return false;
      const { parent } = node;
      const deed = ts.isPropertyAccessExpression(parent) ? methods[parent.name.text] : undefined;
      return deed === "task" || deed === "use";
    });
  }
}

function receiverOf(call: ts.CallExpression): ts.Expression | undefined {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
}

/** A subclass may override what it likes, but not what these mean. */
function known(methods: Readonly<Record<string, Deed>>): Readonly<Record<string, Deed>> {
  return Object.fromEntries(Object.entries(methods).filter(([, deed]) => deed !== "use"));
}

function isEmptyList(node: ts.Expression): boolean {
  return ts.isArrayLiteralExpression(node) && node.elements.length === 0;
}

function isExported(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return (
    ts.isVariableStatement(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** What is pushed where, by the texts of the lists. */
function pushesIn(body: ts.Node): ReadonlyMap<string, readonly ts.Expression[]> {
  const found = new Map<string, ts.Expression[]>();
  const visit = (node: ts.Node): void => {
    const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
    if (ts.isCallExpression(node) && callee && ts.isPropertyAccessExpression(callee) && callee.name.text === "push") {
      const [pushed] = node.arguments;
      const list = callee.expression.getText();
      const known = found.get(list) ?? [];
      if (pushed) known.push(unwrap(pushed));
      found.set(list, known);
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** Whether a list is made with so many elements: `Array.from({ length: n }, …)`. */
function isLength(end: string, made: string): boolean {
  const text = made.replace(/\s/g, "");
  return text.includes(`{length:${end}}`) || (end === "length" && text.includes("{length}"));
}

/** `for (let i = 0; i < threads.length; i++)` */
function countsUpTo(
  { condition, incrementor }: ts.ForStatement,
  { name, initializer }: ts.VariableDeclaration,
  isEnd: (end: string) => boolean,
): boolean {
  if (!condition || !incrementor || initializer?.getText() !== "0") return false;
  const counter = name.getText();
  const step = incrementor.getText();
  if (step !== `${counter}++` && step !== `++${counter}` && step !== `${counter} += 1`) return false;
  return (
    ts.isBinaryExpression(condition) &&
    condition.operatorToken.kind === ts.SyntaxKind.LessThanToken &&
    condition.left.getText() === counter &&
    isEnd(condition.right.getText())
  );
}

/** The name of a loop's variable, where it is a plain one. */
function loopVariable({ initializer }: ts.ForOfStatement): ts.VariableDeclaration | undefined {
  const declaration = ts.isVariableDeclarationList(initializer) ? initializer.declarations[0] : undefined;
  return declaration && ts.isIdentifier(declaration.name) ? declaration : undefined;
}

/** What is gone through by a loop, or a callback, whose variable the declaration is. */
function iteratedBy(declaration: ts.Node): ts.Expression | undefined {
  if (ts.isVariableDeclaration(declaration)) {
    const loop = declaration.parent.parent;
    return ts.isForOfStatement(loop) && loopVariable(loop) === declaration ? unwrap(loop.expression) : undefined;
  }
  if (!ts.isParameter(declaration) || !ts.isCallExpression(declaration.parent.parent)) return undefined;
  const call = declaration.parent.parent;
  const callback = inlineCallback(call);
  return callback?.parameters[0] === declaration ? receiverOf(call) : undefined;
}

function loopNamesIn(owner: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isForOfStatement(node)) {
      const variable = loopVariable(node);
      if (variable) names.add(variable.name.getText());
    }
    const callback = ts.isCallExpression(node) ? inlineCallback(node) : undefined;
    const parameter = callback?.parameters[0];
    if (parameter) names.add(parameter.name.getText());
    ts.forEachChild(node, visit);
  };
  visit(owner);
  return names;
}
