import { posix } from "node:path";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declarationId, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Imported, importedNames } from "./imported-names.js";
import { isReference } from "./resource-names.js";
import { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A variable of a module that changes, or holds what changes. Every thread that loads the module has its own. */
export interface ModuleVariable {
  /** Equal for all names that files have for it. */
  readonly key: string;
  readonly site: Site;
}

/** A place that names a variable of a module. */
export interface StateUse {
  readonly key: string;
  readonly text: string;
  /** `asks` whether there is something at all; `gives` it to code that may change what it holds. */
  readonly does: "read" | "write" | "ask" | "give";
  /** The functions around it by id, from the inside out; none where the module itself does it. */
  readonly functions: readonly string[];
  /** The threads that come here, where the module asks by itself. */
  readonly only: "main" | "worker" | undefined;
  readonly site: Site;
}

/** What one file has of such variables, and does with them and with those of other modules. */
export interface ModuleState {
  readonly variables: readonly ModuleVariable[];
  /** The keys of what the file may name: its own variables, and whatever it imports. */
  readonly names: readonly string[];
  /** Found when somebody asks: the whole file is searched for them. */
  readonly uses: readonly StateUse[];
}

const NONE: ModuleState = { variables: [], names: [], uses: [] };
const found = new WeakMap<ts.SourceFile, ModuleState>();

/** The text of the file alone says so, whence the answer lasts as long as the text. */
export function moduleStateOf(file: ts.SourceFile | undefined): ModuleState {
  const known = file && found.get(file);
  if (!file || known) return known ?? NONE;
  const reading = new StateReading(file);
  const state = reading.isEmpty ? NONE : reading;
  found.set(file, state);
  return state;
}

/** Methods of collections that change them. */
const CHANGING: ReadonlySet<string> = new Set([
  ...["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill"],
  ...["set", "add", "delete", "clear"],
]);
/** What is given to these comes back as it was. */
const READING = /^(?:console\.\w+|JSON\.stringify|Object\.(?:keys|values|entries)|Array\.from|String|structuredClone)$/;

interface Known {
  readonly key: string;
  /** A constant: only what it holds can change. */
  readonly isHolder: boolean;
  /** Whether nothing is in it at first. */
  readonly isEmpty: boolean;
}

class StateReading implements ModuleState {
  readonly #file: ts.SourceFile;
  readonly #names = new StateNames();
  readonly #own = new Map<ts.Node, Known>();
  readonly #ownNames = new Set<string>();
  readonly #imported: ReadonlyMap<string, Imported>;
  readonly variables: readonly ModuleVariable[];
  readonly names: readonly string[];
  #uses: StateUse[] | undefined;

  constructor(file: ts.SourceFile) {
    this.#file = file;
    this.#imported = new Map([...importedNames(file)].filter(([, { module, name }]) => /^\./.test(module) && name));
    for (const statement of file.statements) {
      if (ts.isVariableStatement(statement))
        for (const each of statement.declarationList.declarations) this.#declare(each);
    }
    this.variables = [...this.#own].map(([node, { key }]) => ({ key, site: siteOf(node, file) }));
    const imported = [...this.#imported.values()].flatMap((each) => this.#keyOf(each) ?? []);
    this.names = [...this.variables.map(({ key }) => key), ...imported];
  }

  get isEmpty(): boolean {
    return this.#own.size === 0 && this.#imported.size === 0;
  }

  get uses(): readonly StateUse[] {
    if (this.#uses === undefined) {
      this.#uses = [];
      this.#visit(this.#file, this.#uses);
    }
    return this.#uses;
  }

  #declare(declaration: ts.VariableDeclaration): void {
    const { name, initializer } = declaration;
    if (!ts.isIdentifier(name)) return;
    const isHolder = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
    if (isHolder && !(initializer && isPlainHolder(unwrap(initializer)))) return;
    const key = `${stemOf(this.#file.fileName)}#${name.text}`;
    this.#own.set(declaration, { key, isHolder, isEmpty: !initializer || isNothing(unwrap(initializer)) });
    this.#ownNames.add(name.text);
  }

  #visit(node: ts.Node, uses: StateUse[]): void {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isIdentifier(node)) return this.#name(node, uses);
    ts.forEachChild(node, (child) => this.#visit(child, uses));
  }

  #name(node: ts.Identifier, uses: StateUse[]): void {
    const known = this.#knownBy(node);
    if (!known) return;
    const functions: string[] = [];
    let only: StateUse["only"];
    for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
      if (isFunctionNode(at)) functions.push(declarationId(at));
      else if (functions.length === 0) only ??= sideOf(at);
    }
    const site = siteOf(node, this.#file);
    uses.push({ key: known.key, text: node.text, does: doesAt(node, known), functions, only, site });
  }

  #knownBy(node: ts.Identifier): Known | undefined {
    const isOwn = this.#ownNames.has(node.text);
    const imported = isOwn ? undefined : this.#imported.get(node.text);
    if ((!isOwn && !imported) || !(isReference(node) || ts.isShorthandPropertyAssignment(node.parent)))
      return undefined;
    const declared = this.#names.declarationOf(node)?.node;
    if (declared) return this.#own.get(declared);
    const key = imported && this.#keyOf(imported);
    // Which of them are constants their own file says.
    return key === undefined ? undefined : { key, isHolder: true, isEmpty: false };
  }

  #keyOf({ module, name }: Imported): string | undefined {
    if (!name) return undefined;
    return `${stemOf(posix.join(posix.dirname(this.#file.fileName), module))}#${name}`;
  }
}

/** Without its ending, by which imports and files differ. */
function stemOf(file: string): string {
  return file.replace(/\.[cm]?[jt]sx?$/, "");
}

function isPlainHolder(value: ts.Expression): boolean {
  if (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value)) return true;
  return ts.isNewExpression(value) && /^(?:Map|Set|Array)$/.test(value.expression.getText());
}

function isNothing(value: ts.Expression): boolean {
  return value.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(value) && value.text === "undefined");
}

/** `if (isMainThread) { … } else { … }` */
function sideOf(node: ts.Node): StateUse["only"] {
  const { parent } = node;
  if (!ts.isIfStatement(parent) || parent.expression === node) return undefined;
  const condition = /^(!?)\s*(?:\w+\.)?isMainThread$/.exec(parent.expression.getText());
  if (!condition) return undefined;
  return (parent.thenStatement === node) === (condition[1] === "") ? "main" : "worker";
}

function doesAt(node: ts.Identifier, { isHolder, isEmpty }: Known): StateUse["does"] {
  if (asksFor(node, isEmpty)) return "ask";
  let at: ts.Expression = node;
  for (; ; at = at.parent as ts.Expression) {
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
      if (ts.isCallExpression(parent.parent) && parent.parent.expression === parent) {
        return CHANGING.has(parent.name.text) ? "write" : "read";
      }
    } else if (!(ts.isElementAccessExpression(parent) && parent.expression === at) && !ts.isNonNullExpression(parent)) {
      break;
    }
  }
  const { parent } = at;
  if (ts.isBinaryExpression(parent) && isAssignment(parent) && parent.left === at) return "write";
  if ((ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) && isStep(parent)) return "write";
  if (ts.isDeleteExpression(parent)) return "write";
  return isHolder && isGiven(at) ? "give" : "read";
}

function asksFor(node: ts.Identifier, isEmpty: boolean): boolean {
  const { parent } = node;
  if (ts.isTypeOfExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent)) return parent.questionDotToken !== undefined;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken && isEmpty;
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) return isEmpty;
  if (!ts.isBinaryExpression(parent)) return false;
  const { left, right, operatorToken } = parent;
  const { kind } = operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.QuestionQuestionEqualsToken)
    return left === node;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken)
    return left === node && isEmpty;
  return !isAssignment(parent) && isNothing(unwrap(left === node ? right : left));
}

/** Whether somebody gets hold of what the expression stands for, who may change what is in it. */
function isGiven(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    return parent.expression !== node && !READING.test(parent.expression.getText());
  }
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name);
  return (
    ts.isReturnStatement(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    (ts.isBinaryExpression(parent) && isAssignment(parent)) ||
    (ts.isArrowFunction(parent) && parent.body === node)
  );
}
