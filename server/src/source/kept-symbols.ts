/**
 * What other files know of a file they know by its symbols, and by the types that the checker has made of those. After an edit that
 * others do not see, the new tree takes over the symbols of the tree before, and these get its nodes as their declarations.
 * So a class is the same class for the new tree and for those who knew it, whichever way they import each other.
 *
 * The trees of one file stay alike in all that others see, and so do their declarations there, in their order. Each symbol
 * speaks of one tree at a time; whoever asks about another one moves it there first.
 */
import { ts } from "./syntax.js";

/** What the binder and the checker write into nodes and symbols, and has no public type for. */
interface Bound {
  symbol?: BoundSymbol;
  localSymbol?: BoundSymbol;
  locals?: Map<ts.__String, BoundSymbol>;
}
type BoundNode = ts.Node & Bound;

interface BoundSymbol extends ts.Symbol {
  /** Not 0 where declarations of several files make one symbol. */
  readonly mergeId?: number;
  /** The last place where a variable is assigned, once somebody asked. */
  lastAssignmentPos?: number | undefined;
  /** By it the checker finds what it knows of the symbol. */
  id?: number | undefined;
}

/** What is in a symbol while it speaks of one tree. */
interface SymbolState {
  readonly declarations: ts.Declaration[] | undefined;
  readonly valueDeclaration: ts.Declaration | undefined;
  lastAssignmentPos: number | undefined;
  id: number | undefined;
}

/** Whether a node's body is nothing that other files see. */
export type IsBodyHidden = (node: ts.Node, parent: ts.Node) => boolean;

/** Where a node stands among those of its tree that have symbols. */
interface Place {
  readonly of: FileSymbols;
  readonly index: number;
}

const places = new WeakMap<ts.Node, Place>();
const ofTrees = new WeakMap<ts.SourceFile, FileSymbols>();

/** The symbols by which others know a file, and the trees that have them. */
export class FileSymbols {
  readonly #symbols: readonly BoundSymbol[];
  /** Those whose types come from what is around them: the checker insists that it finds the very same types there. */
  readonly #contextual: ReadonlySet<BoundSymbol>;
  readonly #states = new WeakMap<ts.SourceFile, readonly SymbolState[]>();
  /** Of the tree that the symbols speak of. */
  #nodes: readonly BoundNode[];
  #tree: ts.SourceFile;
  /** The functions whose types are in their bodies, and what the checker knows of them. */
  readonly #inferred: readonly number[];
  #checker: ts.TypeChecker | undefined;
  #signatures: Set<ts.Signature>[] = [];
  readonly #nodesOf = new WeakMap<ts.SourceFile, readonly BoundNode[]>();

  private constructor(tree: ts.SourceFile, nodes: readonly BoundNode[], isBodyHidden: IsBodyHidden) {
    this.#tree = tree;
    this.#nodes = nodes;
    const symbols = nodes.flatMap(({ symbol, localSymbol }) => [symbol, localSymbol]);
    this.#symbols = [...new Set(symbols)].filter((symbol) => symbol !== undefined);
    this.#contextual = new Set(nodes.filter(isTypedByContext).flatMap(({ symbol }) => symbol ?? []));
    this.#inferred = nodes.flatMap((node, index) => (isTypeInBody(node, isBodyHidden) ? [index] : []));
    this.#add(tree, nodes, this.#symbols.map(stateOf));
  }

  /**
   * Gives the symbols of `before` to `after`, a bound tree of which others see the same.
   *
   * @param checker has been asked about `before`
   * @returns undefined where the trees are not alike after all: nothing has changed then
   * @throws RangeError the trees nest too deeply; nothing has changed then, either
   */
  static handOver(
    before: ts.SourceFile,
    after: ts.SourceFile,
    checker: ts.TypeChecker,
    isBodyHidden: IsBodyHidden,
  ): FileSymbols | undefined {
    const fresh = seenNodes(after, isBodyHidden);
    const kept = ofTrees.get(before) ?? new FileSymbols(before, seenNodes(before, isBodyHidden), isBodyHidden);
    // What is one symbol with declarations elsewhere, the checker knows by a copy.
    if (kept.#symbols.some(({ mergeId }) => mergeId) || !kept.#accept(after, fresh)) return undefined;
    kept.#knownTo(checker);
    kept.moveTo(after);
    return kept;
  }

  /** Lets the symbols speak of this one of their trees. */
  moveTo(tree: ts.SourceFile): void {
    if (tree === this.#tree) return;
    const nodes = this.#nodesOf.get(tree)!;
    this.#moveSignatures(nodes);
    const last = this.#states.get(this.#tree)!;
    const next = this.#states.get(tree)!;
    for (const [index, symbol] of this.#symbols.entries()) {
      last[index]!.lastAssignmentPos = symbol.lastAssignmentPos;
      last[index]!.id = symbol.id;
      restore(symbol, next[index]!);
      if (this.#contextual.has(symbol)) symbol.id = next[index]!.id;
    }
    this.#tree = tree;
    this.#nodes = nodes;
  }

  /** The symbols that trees of a program share with others, and those trees. */
  static in(program: ts.Program): Map<FileSymbols, ts.SourceFile> {
    const found = new Map<FileSymbols, ts.SourceFile>();
    for (const tree of program.getSourceFiles()) {
      const symbols = ofTrees.get(tree);
      if (symbols) found.set(symbols, tree);
    }
    return found;
  }

  /** The declaration that now stands where this one stood. */
  static current(declaration: ts.Declaration): ts.Declaration {
    const place = places.get(declaration);
    return place === undefined ? declaration : (place.of.#nodes[place.index] as ts.Declaration);
  }

  /** Takes in a tree, if it has all its declarations where the others have them. */
  #accept(tree: ts.SourceFile, nodes: readonly BoundNode[]): boolean {
    const known = this.#nodes;
    if (nodes.length !== known.length) return false;
    const successors = new Map<BoundSymbol, BoundSymbol>();
    const matches = (one: BoundSymbol | undefined, other: BoundSymbol | undefined): boolean => {
      if (!one || !other) return one === other;
      const before = successors.get(other);
      if (before) return before === one;
      successors.set(other, one);
      return isAlike(one, other);
    };
    const areAlike = nodes.every((node, index) => {
      const other = known[index]!;
      return (
        node.kind === other.kind &&
        matches(other.symbol, node.symbol) &&
        matches(other.localSymbol, node.localSymbol) &&
        (node.locals === undefined) === (other.locals === undefined)
      );
    });
    if (!areAlike || successors.size !== this.#symbols.length) return false;
    const predecessors = new Map([...successors].map(([fresh, kept]) => [kept, fresh]));
    this.#add(
      tree,
      nodes,
      this.#symbols.map((symbol) => stateOf(predecessors.get(symbol)!)),
    );
    for (const fresh of successors.keys()) {
      // Variables in a body that nobody sees can be declared once more, as parameters are.
      for (const node of (fresh.declarations ?? []) as readonly BoundNode[]) replaceSymbols(node, successors);
    }
    for (const node of nodes) replaceSymbols(node, successors);
    return true;
  }

  #add(tree: ts.SourceFile, nodes: readonly BoundNode[], states: readonly SymbolState[]): void {
    this.#nodesOf.set(tree, nodes);
    this.#states.set(tree, states);
    ofTrees.set(tree, this);
    for (const [index, node] of nodes.entries()) places.set(node, { of: this, index });
  }

  #knownTo(checker: ts.TypeChecker): void {
    if (checker === this.#checker) return;
    this.#checker = checker;
    this.#signatures = this.#inferred.map(() => new Set());
  }

  /** What a function returns the checker reads in its body when somebody asks: that has to be the body of the same tree. */
  #moveSignatures(nodes: readonly BoundNode[]): void {
    for (const [at, index] of this.#inferred.entries()) {
      const signatures = this.#signatures[at]!;
      const known = this.#checker?.getSignatureFromDeclaration(this.#nodes[index] as ts.SignatureDeclaration);
      if (known) signatures.add(known);
      for (const each of signatures) each.declaration = nodes[index] as ts.SignatureDeclaration;
    }
  }
}

/** A symbol as it is now: what the checker makes of others, for a type argument, say, keeps their declarations. */
export function upToDate(symbol: ts.Symbol): ts.Symbol {
  if (!(symbol.flags & ts.SymbolFlags.Transient) || symbol.declarations === undefined) return symbol;
  if (symbol.declarations.every((each) => FileSymbols.current(each) === each)) return symbol;
  symbol.declarations = symbol.declarations.map(FileSymbols.current);
  if (symbol.valueDeclaration) symbol.valueDeclaration = FileSymbols.current(symbol.valueDeclaration);
  return symbol;
}

/** The nodes of a tree that others may see and that have symbols, or name some. */
function seenNodes(tree: ts.SourceFile, isBodyHidden: IsBodyHidden): readonly BoundNode[] {
  const nodes: BoundNode[] = [];
  const visit = (node: BoundNode, parent: ts.Node): void => {
    if (node.symbol || node.localSymbol || node.locals) nodes.push(node);
    const hidden = isBodyHidden(node, parent) ? (node as ts.FunctionLikeDeclaration).body : undefined;
    ts.forEachChild(node, (child) => {
      if (child !== hidden) visit(child, node);
    });
  };
  visit(tree, tree);
  return nodes;
}

function isTypeInBody(node: ts.Node, isBodyHidden: IsBodyHidden): boolean {
  return (
    ts.isFunctionLike(node) &&
    "body" in node &&
    node.body !== undefined &&
    !ts.isConstructorDeclaration(node) &&
    node.type === undefined &&
    !isBodyHidden(node, node.parent)
  );
}

/** A function, or a name in its parameters, whose types are not all written there. */
function isTypedByContext(node: ts.Node): boolean {
  let at = node;
  while (ts.isBindingElement(at)) at = at.parent.parent;
  const fn = ts.isParameter(at) ? at.parent : at;
  if (!ts.isFunctionLike(fn)) return false;
  const isOne = ts.isArrowFunction(fn) || ts.isFunctionExpression(fn) || ts.isObjectLiteralExpression(fn.parent);
  return isOne && fn.parameters.some(({ type }) => type === undefined);
}

function isAlike(one: BoundSymbol, other: BoundSymbol): boolean {
  return (
    plainName(one) === plainName(other) &&
    one.flags === other.flags &&
    one.members?.size === other.members?.size &&
    one.exports?.size === other.exports?.size
  );
}

/** Private names have the number of their class in them. */
function plainName({ escapedName }: ts.Symbol): string {
  return (escapedName as string).replace(/^__#\d+@/, "__#@");
}

function replaceSymbols(node: BoundNode, successors: ReadonlyMap<BoundSymbol, BoundSymbol>): void {
  if (node.symbol) node.symbol = successors.get(node.symbol) ?? node.symbol;
  if (node.localSymbol) node.localSymbol = successors.get(node.localSymbol) ?? node.localSymbol;
  for (const [name, symbol] of node.locals ?? []) {
    const kept = successors.get(symbol);
    if (kept) node.locals!.set(name, kept);
  }
}

function stateOf({ declarations, valueDeclaration, lastAssignmentPos, id }: BoundSymbol): SymbolState {
  return { declarations, valueDeclaration, lastAssignmentPos, id };
}

function restore(symbol: BoundSymbol, { declarations, valueDeclaration, lastAssignmentPos }: SymbolState): void {
  if (declarations) symbol.declarations = declarations;
  if (valueDeclaration) symbol.valueDeclaration = valueDeclaration;
  symbol.lastAssignmentPos = lastAssignmentPos;
}
