import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, siteOf, unwrap } from "./declarations.js";
import type { State } from "./state.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** An index that is kept in a record and used later, in an array out of which elements were taken meanwhile. */
export interface KeptIndex {
  /** What the index is called. */
  readonly name: string;
  /** The array, as the user wrote it. */
  readonly array: string;
  /** Where the element is looked up. */
  readonly site: Site;
  /** Where the index is put into the record. */
  readonly kept: Site;
  /** Where elements move. */
  readonly moved: Site;
}

/** Methods behind which elements have other indices. */
const MOVES: ReadonlySet<string> = new Set(["splice", "shift", "unshift", "sort", "reverse"]);

/** Where the indices of a file go: what is put into records, and what moves elements. */
interface Places {
  /** By container and name, where a record that is put into the container gets an index. */
  readonly kept: ReadonlyMap<string, Site>;
  readonly moved: ReadonlyMap<string, Site>;
  /** Names of members that are put right: in steps, or where elements move. */
  readonly mended: ReadonlySet<string>;
}

/**
 * The indices of a file that come out of a record and are out of date. That a member is an index is told by its use; a
 * number that was put away before elements moved means another element now, or none.
 */
export function keptIndexesIn(file: ts.SourceFile, names: StateNames): readonly KeptIndex[] {
  if (!file.text.includes(".splice(") && !file.text.includes(".shift(")) return [];
  const places = placesIn(file, names);
  if (places.moved.size === 0 || places.kept.size === 0) return [];
  const found: KeptIndex[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isElementAccessExpression(node)) {
      const index = recordMember(node.argumentExpression, names);
      const array = index && arrayAt(node.expression, names);
      const kept = index && places.kept.get(`${index.container}|${index.name}`);
      const moved = array && places.moved.get(array.key);
      if (index && array && kept && moved && !places.mended.has(index.name)) {
        found.push({ name: index.name, array: array.text, site: siteOf(node), kept, moved });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function placesIn(file: ts.SourceFile, names: StateNames): Places {
  const kept = new Map<string, Site>();
  const moved = new Map<string, Site>();
  const mended = new Set<string>();
  const moving = new Set<ts.Node>();
  const assigned: ts.PropertyAccessExpression[] = [];
  const cleared: { readonly container: string; readonly by: ts.Node }[] = [];
  const visit = (node: ts.Node): void => {
    const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
    if (callee && ts.isCallExpression(node) && ts.isPropertyAccessExpression(callee)) {
      const array = MOVES.has(callee.name.text) ? arrayAt(callee.expression, names) : undefined;
      if (array) {
        moved.set(array.key, siteOf(node));
        moving.add(enclosingFunction(node));
      }
      const emptied = callee.name.text === "clear" ? arrayAt(callee.expression, names) : undefined;
      if (emptied) cleared.push({ container: emptied.key, by: enclosingFunction(node) });
      const [, record] = node.arguments;
      const container = callee.name.text === "set" ? arrayAt(callee.expression, names) : undefined;
      if (container && record) keepMembers(unwrap(record), container.key, kept);
    } else if (ts.isBinaryExpression(node) && isAssignment(node) && ts.isPropertyAccessExpression(node.left)) {
      if (node.operatorToken.kind === ts.SyntaxKind.EqualsToken) assigned.push(node.left);
      else mended.add(node.left.name.text);
    } else if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node)) {
      if (ts.isPropertyAccessExpression(node.operand)) mended.add(node.operand.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const member of assigned) if (moving.has(enclosingFunction(member))) mended.add(member.name.text);
  // Records that go where elements move are made anew, with indices that are right.
  const gone = new Set(cleared.filter(({ by }) => moving.has(by)).map(({ container }) => container));
  for (const key of [...kept.keys()]) if (gone.has(key.slice(0, key.lastIndexOf("|")))) kept.delete(key);
  return { kept, moved, mended };
}

function keepMembers(record: ts.Expression, container: string, kept: Map<string, Site>): void {
  if (!ts.isObjectLiteralExpression(record)) return;
  for (const member of record.properties) {
    if (!ts.isPropertyAssignment(member) && !ts.isShorthandPropertyAssignment(member)) continue;
    if (ts.isIdentifier(member.name)) kept.set(`${container}|${member.name.text}`, siteOf(member));
  }
}

interface RecordMember {
  readonly container: string;
  readonly name: string;
}

/** `record.index`, or a constant that was taken out of a record, of which a container has many. */
function recordMember(expression: ts.Expression, names: StateNames): RecordMember | undefined {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) {
    const container = recordContainer(node.expression, names);
    return container === undefined ? undefined : { container, name: node.name.text };
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declared = names.declarationOf(node)?.node;
  if (!declared || !(ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const)) return undefined;
  if (ts.isVariableDeclaration(declared)) {
    return declared.initializer && !ts.isIdentifier(declared.initializer)
      ? recordMember(declared.initializer, names)
      : undefined;
  }
  if (!ts.isBindingElement(declared) || declared.dotDotDotToken) return undefined;
  const variable = declared.parent.parent;
  const name = declared.propertyName ?? declared.name;
  if (!ts.isVariableDeclaration(variable) || !variable.initializer || !ts.isIdentifier(name)) return undefined;
  const container = recordContainer(variable.initializer, names);
  return container === undefined ? undefined : { container, name: name.text };
}

/** The container that a record was taken out of: `map.get(id)`, or a constant with that. */
function recordContainer(expression: ts.Expression, names: StateNames): string | undefined {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const declared = names.declarationOf(node)?.node;
    const isConstant = declared && ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const;
    if (!isConstant || !ts.isVariableDeclaration(declared) || !declared.initializer) return undefined;
    return ts.isIdentifier(declared.initializer) ? undefined : recordContainer(declared.initializer, names);
  }
  if (!ts.isCallExpression(node)) return undefined;
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "get") return undefined;
  return arrayAt(callee.expression, names)?.key;
}

/** The array or container that an expression names, as state that outlives a call. */
function arrayAt(expression: ts.Expression, names: StateNames): State | undefined {
  return names.containerOf(expression, enclosingFunction(expression));
}
