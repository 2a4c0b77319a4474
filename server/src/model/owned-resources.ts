import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { ResourceModel } from "./catalogue/resources.js";
import { isFunctionNode, isStatic, siteOf, unwrap } from "./declarations.js";
import { type Maker, ResourceNames } from "./resource-names.js";
import { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

/** A thread, pool, worker or process in a private field, with which the objects of a class do not deal to its end. */
export interface OwnedFault {
  readonly noun: ResourceModel["noun"];
  /** The field as its class writes it. */
  readonly text: string;
  /** What the class is called. */
  readonly home: string;
  /** The method that closes the object, though none ends what is in the field; undefined where no method starts that. */
  readonly closing: { readonly name: string; readonly site: Site } | undefined;
  /** The name of the field where it is declared, and where what it holds is made. */
  readonly field: Site;
  readonly site: Site;
}

/** What closes an object, whatever it is for. */
const CLOSES = /^(?:close|shutdown|dispose|destroy|terminate|teardown)(?:Async)?$/;
const CLOSES_BY_SYMBOL = /^\[Symbol\.(?:asyncDispose|dispose)\]$/;
/** What undoes what a method of that name has done. */
const UNDOES: ReadonlyMap<string, string> = new Map([
  ["stop", "start"],
  ["disconnect", "connect"],
]);
/** Events at the end of a thread: who listens for them minds it. */
const ENDED: ReadonlySet<string> = new Set(["exit", "close", "disconnect"]);
/** What an object says of itself, and where it takes handlers. */
const TELLS = /^(?:pid|threadId|connected|exitCode|name|ident|on(?:message|messageerror|error))$/;

/** What may tell another thread to end: a word of shared memory, a port, a queue, an event, a signal. */
const TELLS_OTHERS =
  /\bAtomics\b|\.(?:postMessage|send|write|close|end|put\w*|set|shutdown|abort|notify\w*|release)\s*\(/;

const found = new WeakMap<ts.SourceFile, readonly OwnedFault[]>();

/** The text of the file alone says so, whence the answer lasts as long as the text. */
export function ownedFaultsOf(file: ts.SourceFile): readonly OwnedFault[] {
  const known = found.get(file);
  if (known) return known;
  const faults = ResourceNames.mayMake(file.text) && /\bclass\b/.test(file.text) ? faultsIn(file) : [];
  found.set(file, faults);
  return faults;
}

function faultsIn(file: ts.SourceFile): readonly OwnedFault[] {
  const names = new StateNames();
  const makers = new ResourceNames(file, names);
  const faults: OwnedFault[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) {
      for (const member of node.members) {
        const fault = isPrivateField(member) ? new FieldReading(node, member, names, makers).fault() : undefined;
        if (fault) faults.push(fault);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

/** A field that no code outside of the class can name. */
function isPrivateField(member: ts.ClassElement): member is ts.PropertyDeclaration {
  if (!ts.isPropertyDeclaration(member) || isStatic(member)) return false;
  if (ts.isPrivateIdentifier(member.name)) return true;
  return (
    ts.isIdentifier(member.name) &&
    (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
  );
}

/** What becomes of what a field holds. */
type Fate = "made" | "started" | "kept" | "minded";

/** Reads what a class does with one of its fields. */
class FieldReading {
  readonly #home: ts.ClassLikeDeclaration;
  readonly #name: string;
  readonly #field: ts.PropertyDeclaration;
  readonly #names: StateNames;
  readonly #makers: ResourceNames;
  #maker: Maker | undefined;
  #made: ts.Expression | undefined;

  constructor(home: ts.ClassLikeDeclaration, field: ts.PropertyDeclaration, names: StateNames, makers: ResourceNames) {
    this.#home = home;
    this.#field = field;
    this.#name = field.name.getText();
    this.#names = names;
    this.#makers = makers;
  }

  fault(): OwnedFault | undefined {
    const { initializer } = this.#field;
    if (initializer && !isNothing(initializer) && !this.#makes(initializer)) return undefined;
    const uses = this.#usesIn(this.#home);
    // What is made has to be known before it is known what its methods do.
    for (const use of uses) this.#givenAt(use);
    const maker = this.#maker;
    if (!maker || !this.#made || maker.isList || maker.model.endsItself) return undefined;
    const fates = new Set(uses.flatMap((use) => this.#fatesAt(use)));
    if (fates.has("minded") || this.#isSeenElsewhere()) return undefined;
    const { noun, startsNow } = maker.model;
    const base = {
      noun,
      text: `this.${this.#name}`,
      home: this.#home.name?.text ?? "class",
      field: siteOf(this.#field.name),
      site: siteOf(this.#made),
    };
    if (!startsNow) return fates.has("started") ? undefined : { ...base, closing: undefined };
    const closing = this.#closing();
    return closing && { ...base, closing: { name: closing.name.getText(), site: siteOf(closing.name) } };
  }

  #makes(value: ts.Expression): boolean {
    const maker = this.#makers.makerOf(value);
    if (!maker) return false;
    this.#maker = maker;
    this.#made ??= unwrap(value);
    return true;
  }

  /** The places that name the field of the own object. */
  #usesIn(root: ts.Node): readonly ts.PropertyAccessExpression[] {
    const uses: ts.PropertyAccessExpression[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && node.name.text === this.#name && isThis(node.expression))
        uses.push(node);
      ts.forEachChild(node, visit);
    };
    visit(root);
    return uses;
  }

  /** Whether the field is named by other ways than on `this`, or the object is given away that has it. */
  #isSeenElsewhere(): boolean {
    let isSeen = false;
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node)) isSeen ||= node.name.text === this.#name && !isThis(node.expression);
      else if (ts.isBindingElement(node)) isSeen ||= (node.propertyName ?? node.name).getText() === this.#name;
      else if (ts.isElementAccessExpression(node)) isSeen ||= isThis(node.expression);
      ts.forEachChild(node, visit);
    };
    visit(this.#home);
    return isSeen;
  }

  /** `this.#worker = new Worker(…)`, or what was made into a constant just before. */
  #givenAt(use: ts.PropertyAccessExpression): ts.VariableDeclaration | undefined {
    const { parent } = use;
    if (!ts.isBinaryExpression(parent) || !isAssignment(parent) || parent.left !== use) return undefined;
    if (this.#makes(parent.right)) return undefined;
    const value = unwrap(parent.right);
    const declared = ts.isIdentifier(value) ? this.#names.declarationOf(value)?.node : undefined;
    if (!declared || !ts.isVariableDeclaration(declared) || !declared.initializer) return undefined;
    return this.#makes(declared.initializer) ? declared : undefined;
  }

  #fatesAt(use: ts.PropertyAccessExpression): readonly Fate[] {
    const { parent } = use;
    if (!ts.isBinaryExpression(parent) || !isAssignment(parent) || parent.left !== use) return [this.#fateOf(use)];
    const variable = this.#givenAt(use);
    if (variable) return this.#referencesTo(variable).map((each) => this.#fateOf(each));
    return [isNothing(parent.right) ? "kept" : this.#makers.makerOf(parent.right) ? "made" : "minded"];
  }

  #referencesTo(variable: ts.VariableDeclaration): readonly ts.Identifier[] {
    const references: ts.Identifier[] = [];
    const visit = (node: ts.Node): void => {
      const isName = ts.isIdentifier(node) && node !== variable.name && node.text === variable.name.getText();
      if (isName && this.#names.declarationOf(node)?.node === variable) references.push(node);
      ts.forEachChild(node, visit);
    };
    visit(this.#home);
    return references.filter(({ parent }) => !(ts.isBinaryExpression(parent) && isAssignment(parent)));
  }

  #fateOf(use: ts.Expression): Fate {
    let at: ts.Expression = use;
    while (ts.isNonNullExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
    const { parent } = at;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== at) return isAsked(at) ? "kept" : "minded";
    const method = parent.name.text;
    if (!ts.isCallExpression(parent.parent) || parent.parent.expression !== parent) {
      return TELLS.test(method) ? "kept" : "minded";
    }
    const [event] = parent.parent.arguments;
    if (event && ts.isStringLiteralLike(event) && ENDED.has(event.text)) return "minded";
    const deed = this.#maker?.model.methods[method];
    if (deed === "start" || deed === "run") return "started";
    return deed === "use" || deed === "task" ? "kept" : "minded";
  }

  /** A method that closes the object, and neither names the field nor calls one of the object's methods that does. */
  #closing(): (ts.MethodDeclaration & { readonly body: ts.Block }) | undefined {
    const methods = this.#home.members.filter(ts.isMethodDeclaration);
    const names = new Set(methods.map(({ name }) => name.getText()));
    return methods.filter(hasBody).find((method) => {
      const name = method.name.getText();
      const isClosing = CLOSES.test(name) || CLOSES_BY_SYMBOL.test(name) || names.has(UNDOES.get(name) ?? "");
      return (
        isClosing && !isStatic(method) && method.body.statements.length > 0 && !this.#deals(method, methods, new Set())
      );
    });
  }

  #deals(method: ts.MethodDeclaration, methods: readonly ts.MethodDeclaration[], seen: Set<ts.Node>): boolean {
    seen.add(method);
    let deals = this.#maker?.model.noun !== "pool" && TELLS_OTHERS.test(method.getText());
    const visit = (node: ts.Node): void => {
      if (ts.isThrowStatement(node)) deals = true;
      if (node.kind === ts.SyntaxKind.SuperKeyword) deals = true;
      if (node.kind === ts.SyntaxKind.ThisKeyword) {
        const { parent } = node;
        const member = ts.isPropertyAccessExpression(parent) ? parent.name.text : this.#name;
        const called = methods.find(({ name }) => name.getText() === member);
        deals ||=
          member === this.#name || (called !== undefined && !seen.has(called) && this.#deals(called, methods, seen));
        deals ||= called === undefined && this.#isFunction(member);
      }
      ts.forEachChild(node, visit);
    };
    if (method.body) visit(method.body);
    return deals;
  }

  /** Whether a member may be a function that nobody has read: a field with one, or what a base class has. */
  #isFunction(member: string): boolean {
    const declared = this.#home.members.find((each) => each.name?.getText() === member);
    if (!declared) return this.#home.heritageClauses !== undefined;
    const value = ts.isPropertyDeclaration(declared) ? declared.initializer : undefined;
    return !ts.isPropertyDeclaration(declared) || (value !== undefined && isFunctionNode(unwrap(value)));
  }
}

function hasBody(method: ts.MethodDeclaration): method is ts.MethodDeclaration & { readonly body: ts.Block } {
  return method.body !== undefined;
}

function isThis(node: ts.Expression): boolean {
  return unwrap(node).kind === ts.SyntaxKind.ThisKeyword;
}

function isNothing(value: ts.Expression): boolean {
  const node = unwrap(value);
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}

/** Whether only the truth of what the field holds is asked for. */
function isAsked(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return parent.left === node;
  return (
    kind >= ts.SyntaxKind.EqualsEqualsToken &&
    kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken &&
    (isNothing(parent.left) || isNothing(parent.right))
  );
}
