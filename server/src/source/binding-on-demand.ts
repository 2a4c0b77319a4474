/**
 * Binding gives a tree its symbols, for the checker: a tenth of a check, and as much of its memory. Most files of a large
 * project the checker is never asked about, neither directly nor by what others import from them. So modules of
 * TypeScript are bound when the first question leads to them; until then their nodes know their parents and no more.
 */
import { isParsed, parseWhole, whenParsed } from "./parsing-on-demand.js";
import { ts } from "./syntax.js";

/** What the binder writes into a tree, and has no public type for. */
interface BoundTree extends ts.SourceFile {
  symbol?: ts.Symbol | undefined;
  locals?: ReadonlyMap<unknown, unknown> | undefined;
  readonly moduleAugmentations?: readonly unknown[];
  readonly jsDocParsingMode?: ts.JSDocParsingMode;
}

/** The binder. The compiler has no public name for it. */
const { bindSourceFile } = ts as unknown as { bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void };

/** A program that tells trees from bound trees. */
export interface TreeProgram extends ts.Program {
  /** The tree of a file as it is; `getSourceFile` binds it. */
  readonly treeOf: (file: string) => ts.SourceFile | undefined;
}

/** The tree of a file, for who asks no checker about it: it need not be bound. */
export function treeOf(program: ts.Program, file: string): ts.SourceFile | undefined {
  return (program as Partial<TreeProgram>).treeOf?.(file) ?? program.getSourceFile(file);
}

/**
 * Deeper ones are bound at the beginning, where all of the stack is free: a question to the checker may come from far down.
 * What people write nests some thirty levels deep.
 */
const MAX_DEPTH = 100;

/** What the compiler takes for the names of a tree that is not bound yet; it binds those that have none. */
const NOT_YET: ReadonlyMap<unknown, unknown> = new Map();

const waiting = new WeakSet<ts.SourceFile>();
/** A checker that begins looks at each tree, and takes no symbol for one that declares nothing for everybody. */
let checkersBeginning = 0;
let isBinderAstray = false;

/**
 * The checker of a program whose trees are bound when they are wanted.
 * @throws RangeError a tree that is bound at the beginning is nested too deeply for the binder
 */
export function beginChecker(program: ts.Program): ts.TypeChecker {
  const options = program.getCompilerOptions();
  for (const tree of program.getSourceFiles()) if (mayWait(tree)) postpone(tree, options);
  findTrees(program, options);
  checkersBeginning++;
  try {
    return program.getTypeChecker();
  } finally {
    checkersBeginning--;
  }
}

/** The compiler works out a path at each question, and every file is asked for many times after every edit. */
function findTrees(program: ts.Program, options: ts.CompilerOptions): void {
  const byName = new Map(program.getSourceFiles().map((tree) => [tree.fileName, tree]));
  const find = program.getSourceFile;
  const treeOf: TreeProgram["treeOf"] = (file) => byName.get(file) ?? find(file);
  const bound = (file: string): ts.SourceFile | undefined => {
    const tree = treeOf(file);
    if (tree !== undefined && waiting.has(tree)) bind(tree, options);
    return tree;
  };
  Object.assign(program, { treeOf, getSourceFile: bound });
}

/**
 * Whether nothing in a tree is seen but by who imports it. In comments that are parsed whole there may be annotations, which
 * are looked up in all files.
 */
function mayWait(tree: BoundTree): boolean {
  return (
    tree.locals === undefined &&
    /\.[cm]?tsx?$/.test(tree.fileName) &&
    !tree.isDeclarationFile &&
    ts.isExternalModule(tree) &&
    !tree.moduleAugmentations?.length &&
    tree.jsDocParsingMode !== ts.JSDocParsingMode.ParseAll &&
    (!isParsed(tree) || givesParents(tree))
  );
}

/** Gives the nodes their parents, as the binder would; false where they nest too deeply. */
function givesParents(tree: ts.SourceFile): boolean {
  let parent: ts.Node = tree;
  let depth = 0;
  const isTooDeep = (node: ts.Node): boolean | undefined => {
    (node as { parent: ts.Node }).parent = parent;
    if (depth === MAX_DEPTH) return true;
    const outer = parent;
    parent = node;
    depth++;
    const { jsDoc } = node as { readonly jsDoc?: readonly ts.JSDoc[] };
    const found = jsDoc?.some(isTooDeep) || ts.forEachChild(node, isTooDeep);
    depth--;
    parent = outer;
    return found;
  };
  return !ts.forEachChild(tree, isTooDeep);
}

function postpone(tree: BoundTree, options: ts.CompilerOptions): void {
  waiting.add(tree);
  whenParsed(tree, () => {
    if (!givesParents(tree)) bind(tree, options);
  });
  tree.locals = NOT_YET;
  // Whoever follows an import, or goes through all modules, asks for it.
  Object.defineProperty(tree, "symbol", {
    configurable: true,
    enumerable: true,
    get: () => {
      if (checkersBeginning > 0) return undefined;
      bind(tree, options);
      return tree.symbol;
    },
    set: (symbol: ts.Symbol) => setSymbol(tree, symbol),
  });
}

function setSymbol(tree: BoundTree, value: ts.Symbol | undefined): void {
  Object.defineProperty(tree, "symbol", { configurable: true, enumerable: true, writable: true, value });
}

/** @throws RangeError the stack is full; the tree is bound at the next question */
function bind(tree: BoundTree, options: ts.CompilerOptions): void {
  parseWhole(tree);
  if (!waiting.has(tree)) return;
  if (isBinderAstray) resetBinder();
  tree.locals = undefined;
  setSymbol(tree, undefined);
  try {
    bindSourceFile(tree, options);
  } catch (error) {
    isBinderAstray = true;
    postpone(tree, options);
    throw error;
  }
  waiting.delete(tree);
}

/** The binder keeps where it was when it failed, and would take that for the parent of the next file it binds. */
export function resetBinder(): void {
  bindSourceFile(ts.createSourceFile("/empty.ts", "", ts.ScriptTarget.ES2022), {});
  isBinderAstray = false;
}
