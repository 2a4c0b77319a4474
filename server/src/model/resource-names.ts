import { ts } from "../source/syntax.js";
import { type ResourceModel, resourceModels } from "./catalogue/resources.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import type { StateNames } from "./state-names.js";

/** What an expression makes: one resource, or a list of them. */
export interface Maker {
  readonly model: ResourceModel;
  /** Set for a class of the file's own, which may have methods that nobody knows. */
  readonly isSubclass: boolean;
  readonly isList: boolean;
}

/** Methods of lists that call a function for each element. */
export const FOR_EACH: ReadonlySet<string> = new Set(["forEach", "map", "flatMap", "some", "every"]);

const MODULES = [...new Set(resourceModels.map(({ module }) => module))].filter((module) => module !== "global");
const SPEAKS = new RegExp(`["'](?:node:)?(?:${MODULES.join("|")})["']|\\bnew Worker\\b`);

/** Says what the expressions of one file make. */
export class ResourceNames {
  readonly #names: StateNames;
  readonly #imported: ReadonlyMap<string, Imported>;
  readonly #classes = new Map<string, ts.ClassLikeDeclaration>();

  /** Whether a file may make resources at all. */
  static mayMake(text: string): boolean {
    return SPEAKS.test(text);
  }

  constructor(file: ts.SourceFile, names: StateNames) {
    this.#names = names;
    this.#imported = importedNames(file);
    const visit = (node: ts.Node): void => {
      if (ts.isClassLike(node) && node.name) this.#classes.set(node.name.text, node);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  makerOf(expression: ts.Expression): Maker | undefined {
    const node = unwrap(expression);
    if (ts.isNewExpression(node)) return this.#single(node.expression, "new");
    if (ts.isArrayLiteralExpression(node)) return this.#listOf(node.elements);
    if (!ts.isCallExpression(node)) return undefined;
    const callee = unwrap(node.expression);
    const single = this.#single(callee, "call");
    if (single) return single;
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    // `Array.from({ length }, () => new Thread(…))`, `files.map((file) => new Worker(file))`
    if (callee.name.text !== "map" && callee.name.text !== "from") return undefined;
    const last = node.arguments.at(-1);
    const made = last && ts.isArrowFunction(last) && !ts.isBlock(last.body) ? this.makerOf(last.body) : undefined;
    return made && !made.isList ? { ...made, isList: true } : undefined;
  }

  #listOf(elements: readonly ts.Expression[]): Maker | undefined {
    const makers = elements.map((each) => this.makerOf(each));
    const [first] = makers;
    return first && makers.every((each) => each?.model === first.model) ? { ...first, isList: true } : undefined;
  }

  #single(callee: ts.Expression, how: ResourceModel["how"]): Maker | undefined {
    const model = this.modelOf(callee);
    const { parent } = callee;
    const isUnclear =
      ts.isNewExpression(parent) &&
      (/\bdaemon\b|\bdetached\b/.test(parent.getText()) || hasUnknownOptions(parent, model));
    if (isUnclear) return undefined;
    if (model) return model.how === how ? { model, isSubclass: false, isList: false } : undefined;
    const inherited = how === "new" && ts.isIdentifier(callee) ? this.inherited(callee.text) : undefined;
    return inherited && { model: inherited, isSubclass: true, isList: false };
  }

  /** The resource that a class or function makes. */
  modelOf(callee: ts.Expression): ResourceModel | undefined {
    const named = importedBy(callee, this.#imported) ?? this.#global(unwrap(callee));
    return named && resourceModels.find(({ module, names }) => module === named.module && names.includes(named.name));
  }

  #global(node: ts.Expression): { readonly module: string; readonly name: string } | undefined {
    if (!ts.isIdentifier(node) || this.#classes.has(node.text) || this.#names.declarationOf(node)) return undefined;
    return { module: "global", name: node.text };
  }

  /** What a class of the file is by what it extends, unless it starts itself. */
  inherited(name: string): ResourceModel | undefined {
    return this.#ancestry(name, new Set(), (node) => !startsItself(node));
  }

  /** What a class of the file is by what it extends. */
  extends(name: string): ResourceModel | undefined {
    return this.#ancestry(name, new Set(), () => true);
  }

  #ancestry(
    name: string,
    seen: ReadonlySet<string>,
    allows: (node: ts.ClassLikeDeclaration) => boolean,
  ): ResourceModel | undefined {
    const node = this.#classes.get(name);
    if (!node || seen.has(name) || !allows(node)) return undefined;
    const base = baseOf(node);
    if (!base) return undefined;
    const model = this.modelOf(base);
    if (model || !ts.isIdentifier(base)) return model?.how === "new" ? model : undefined;
    return this.#ancestry(base.text, new Set([...seen, name]), allows);
  }
}

function baseOf(node: ts.ClassLikeDeclaration): ts.Expression | undefined {
  return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
}

function startsItself(node: ts.ClassLikeDeclaration): boolean {
  return /\bthis\.(?:start|close|terminate)\b|\bdaemon\b/.test(node.getText());
}

/** Whether a thread may be a daemon for all that its options tell here. */
function hasUnknownOptions({ arguments: given }: ts.NewExpression, model: ResourceModel | undefined): boolean {
  const [options] = given ?? [];
  if (!model?.names.includes("Thread") || !options) return false;
  return !ts.isObjectLiteralExpression(options) || options.properties.some(ts.isSpreadAssignment);
}

/** The function that a call gives each element of a list, where it can be read as a part of the code around it. */
export function inlineCallback(call: ts.CallExpression): ts.ArrowFunction | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !FOR_EACH.has(callee.name.text)) return undefined;
  const [callback] = call.arguments;
  if (!callback || !ts.isArrowFunction(callback)) return undefined;
  const parameter = callback.parameters[0];
  if (!parameter || !ts.isIdentifier(parameter.name) || parameter.initializer) return undefined;
  const { body } = callback;
  return !ts.isBlock(body) || body.statements.every(ts.isExpressionStatement) ? callback : undefined;
}

/** Whether an identifier stands for a variable, and is no name of a member, a declaration or a label. */
export function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent)) {
    return parent.initializer === node;
  }
  return !ts.isMethodDeclaration(parent) && !ts.isLabeledStatement(parent) && !ts.isBreakOrContinueStatement(parent);
}

/** The functions between a node and its function, from the inside out. */
export function functionsBetween(node: ts.Node, owner: FunctionNode | ts.SourceFile): readonly FunctionNode[] {
  const found: FunctionNode[] = [];
  for (let at = node.parent; at && at !== owner; at = at.parent) if (isFunctionNode(at)) found.push(at);
  return found;
}
