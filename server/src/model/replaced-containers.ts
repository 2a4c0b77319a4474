import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, siteOf, unwrap } from "./declarations.js";
import { type Imported, importedBy, importedNames } from "./imported-names.js";
import { StateNames } from "./state-names.js";

/** A variable or field that had a container of all threads gets a plain one: the others go on with the first. */
export interface ReplacedContainer {
  /** The variable, as written. */
  readonly text: string;
  /** The class of what it had: `SharedMap`. */
  readonly shared: string;
  readonly made: Site;
  /** The assignment. */
  readonly site: Site;
  /** What it is, where it has methods that empty it and put in other things. */
  readonly canEmpty: "map" | "list" | undefined;
}

/** Containers of the library that threads share. */
const SHARED = /^Shared(?:Map|List|Array)$/;
const KINDS: ReadonlyMap<string, "map" | "list"> = new Map([
  ["SharedMap", "map"],
  ["SharedList", "list"],
]);
/** Classes of plain containers. */
const PLAIN = /^(?:Map|Set|Array|Object|(?:Int|Uint)(?:8|16|32)Array|Uint8ClampedArray|Float(?:32|64)Array)$/;
/** Methods of a shared container that give a plain one with other things in it. */
const OTHERS = /^(?:filter|concat|map|flatMap|toSorted|toReversed)$/;

const found = new WeakMap<ts.SourceFile, readonly ReplacedContainer[]>();

/** The shared containers of a file that are replaced. Its text alone says so, whence the answer lasts as long as it. */
export function replacedContainersOf(file: ts.SourceFile | undefined): readonly ReplacedContainer[] {
  const known = file && found.get(file);
  if (!file || known) return known ?? [];
  const mayReplace = /["']heddle["']/.test(file.text) && /\bnew\s+(?:\w+\.)?Shared/.test(file.text);
  const replaced = mayReplace ? new Containers(file).replaced() : [];
  found.set(file, replaced);
  return replaced;
}

interface Shared {
  readonly text: string;
  readonly made: ts.Expression;
  readonly canEmpty: "map" | "list" | undefined;
}

class Containers {
  readonly #names = new StateNames();
  readonly #imported: ReadonlyMap<string, Imported>;
  /** By the place that has it: a declaration, or a class and the name of its field. */
  readonly #shared = new Map<string, Shared>();
  readonly #assignments: ts.BinaryExpression[] = [];

  constructor(file: ts.SourceFile) {
    this.#imported = importedNames(file);
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node)) this.#declare(node, node.name);
      else if (ts.isPropertyDeclaration(node)) this.#declare(node, node.name);
      else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        this.#assignments.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  replaced(): readonly ReplacedContainer[] {
    for (const each of this.#assignments) this.#construct(each);
    return this.#assignments.flatMap((each): readonly ReplacedContainer[] => {
      const shared = this.#shared.get(this.#placeOf(each.left) ?? "");
      if (!shared || !isPlain(each.right, each.left)) return [];
      const { text, made, canEmpty } = shared;
      return [{ text: each.left.getText(), shared: text, made: siteOf(made), site: siteOf(each), canEmpty }];
    });
  }

  #declare(node: ts.VariableDeclaration | ts.PropertyDeclaration, name: ts.Node): void {
    const shared = node.initializer && this.#sharedBy(node.initializer);
    if (shared)
      this.#shared.set(ts.isPropertyDeclaration(node) ? fieldOf(node.parent, name.getText()) : `${node.pos}`, shared);
  }

  /** A field that the constructor gives its value, and nobody before. */
  #construct(assignment: ts.BinaryExpression): void {
    const owner = enclosingFunction(assignment);
    if (!ts.isConstructorDeclaration(owner) || assignment.parent.parent !== owner.body) return;
    const place = this.#placeOf(assignment.left);
    const shared = place === undefined ? undefined : this.#sharedBy(assignment.right);
    if (place !== undefined && shared && !this.#shared.has(place)) this.#shared.set(place, shared);
  }

  #placeOf(target: ts.Expression): string | undefined {
    const node = unwrap(target);
    if (ts.isIdentifier(node)) {
      const declared = this.#names.declarationOf(node)?.node;
      return declared && `${declared.pos}`;
    }
    if (!ts.isPropertyAccessExpression(node) || node.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
    const home = ts.findAncestor(node, ts.isClassLike);
    return home && fieldOf(home, node.name.text);
  }

  #sharedBy(value: ts.Expression): Shared | undefined {
    const node = unwrap(value);
    if (!ts.isNewExpression(node)) return undefined;
    const made = importedBy(node.expression, this.#imported);
    if (made?.module !== "heddle" || !SHARED.test(made.name)) return undefined;
    return { text: made.name, made: node, canEmpty: KINDS.get(made.name) };
  }
}

function fieldOf(home: ts.ClassLikeDeclaration, name: string): string {
  return `${home.pos}.${name}`;
}

/** Whether a value is a plain container for sure; what was in the shared one and no more is a copy to look at. */
function isPlain(value: ts.Expression, target: ts.Expression): boolean {
  const node = unwrap(value);
  if (ts.isArrayLiteralExpression(node)) {
    const [only] = node.elements;
    return !(
      node.elements.length === 1 &&
      only &&
      ts.isSpreadElement(only) &&
      only.expression.getText() === target.getText()
    );
  }
  if (ts.isObjectLiteralExpression(node)) return true;
  if (ts.isNewExpression(node)) {
    const [given] = node.arguments ?? [];
    return PLAIN.test(node.expression.getText()) && given?.getText() !== target.getText();
  }
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee)) return false;
  return OTHERS.test(callee.name.text) && callee.expression.getText() === target.getText();
}
