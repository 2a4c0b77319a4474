/**
 * Parsing is a third of a check, and a third of its memory. Of most files of a large project nobody asks for more than
 * what they import and what a look at their text says. So of a module that imports only at its beginning no more than that
 * is parsed, until the first question goes further.
 */
import { isCommented } from "./commented.js";
import { nestsLittle } from "./nesting.js";
import { ts } from "./syntax.js";

/** What the parser writes into a tree, and has no public type for. */
interface ParsedTree extends ts.SourceFile {
  end: number;
  imports?: readonly ts.StringLiteralLike[];
  readonly pragmas: unknown;
  readonly nodeCount: number;
  readonly identifierCount: number;
  readonly identifiers: unknown;
  readonly commentDirectives: unknown;
  readonly transformFlags: number;
  readonly externalModuleIndicator: unknown;
  readonly parseDiagnostics: readonly { file: ts.SourceFile | undefined }[];
  readonly jsDocDiagnostics?: readonly { file: ts.SourceFile | undefined }[];
}

/** What only the whole text says. The rest is said by the beginning, or is the same for every text. */
const LATE = [
  "statements",
  "endOfFileToken",
  "nodeCount",
  "identifierCount",
  "identifiers",
  "parseDiagnostics",
  "jsDocDiagnostics",
  "commentDirectives",
  "transformFlags",
] as const;

/** Shorter texts are parsed before one knows whether they need not be. */
const MIN_LENGTH = 1000;
/**
 * See `nestsLittle`. What people write stays below it. With more than twice as much a file may nest too deeply for the parser or
 * the binder, and that is to be said at the beginning, whether or not somebody asks for the file.
 */
const MAX_NESTING = 300;

interface Unparsed {
  /** What is parsed: all imports. */
  readonly statements: readonly ts.Statement[];
  /** What is to be done when the rest is. */
  listener: (() => void) | undefined;
}

const unparsed = new WeakMap<ts.SourceFile, Unparsed>();
/** A program that begins asks each tree for what it imports. */
let programsBeginning = 0;

/** Makes a program, for which the beginnings of trees are enough. */
export function beginProgram(options: ts.CreateProgramOptions): ts.Program {
  programsBeginning++;
  try {
    return ts.createProgram(options);
  } finally {
    programsBeginning--;
  }
}

export function isParsed(tree: ts.SourceFile): boolean {
  return !unparsed.has(tree);
}

/**
 * The statements of a tree, for who looks for its imports, and for exports of the form `{ … }`: where those are known, the
 * rest need not be parsed.
 */
export function linkingStatements(tree: ts.SourceFile): readonly ts.Statement[] {
  const beginning = unparsed.get(tree)?.statements;
  return beginning && !EXPORTED.test(tree.text) ? beginning : tree.statements;
}

const EXPORTED = /\bexport\s*(?:type\b\s*)?[{/]/;

/** Does something as soon as a tree is parsed that is not. */
export function whenParsed(tree: ts.SourceFile, listener: () => void): void {
  const late = unparsed.get(tree);
  if (late) late.listener = listener;
}

/** Parses a tree, if it is not. */
export function parseWhole(tree: ts.SourceFile): void {
  if (unparsed.has(tree)) void tree.statements;
}

/**
 * A tree of which only the beginning is parsed, the rest when somebody asks for it.
 * @param parse parses the whole text of the file, or a part of it
 * @returns undefined for what has to be parsed at once, because more than its beginning may say what it imports, or because
 *   it may be nested too deeply
 */
export function parsedLater(
  file: string,
  text: string,
  parse: (text: string) => ts.SourceFile,
): ts.SourceFile | undefined {
  if (text.length < MIN_LENGTH || !/\.[cm]?tsx?$/.test(file) || /\.d\.[^/]*$|\/node_modules\//.test(file))
    return undefined;
  const end = endOfImports(text);
  if (end === undefined || saysMore(text, end) || !nestsLittle(text, MAX_NESTING)) return undefined;
  const tree = parse(text.slice(0, end)) as ParsedTree;
  const last = tree.statements.at(-1);
  if (tree.parseDiagnostics.length > 0 || !last || !ts.isImportDeclaration(last) || last.end !== end) return undefined;
  if (!tree.statements.every(isPlain)) return undefined;
  postpone(tree, text, parse);
  return tree;
}

/** Behind the last `import` that is no comment's; undefined where it is another kind of import, or none. */
function endOfImports(text: string): number | undefined {
  for (let at = text.lastIndexOf("import"); at >= 0; at = at === 0 ? -1 : text.lastIndexOf("import", at - 1)) {
    if (/[\w$]/.test(text.charAt(at - 1)) || /[\w$]/.test(text.charAt(at + 6)) || isCommented(text, at)) continue;
    STATEMENT.lastIndex = at;
    return STATEMENT.test(text) ? STATEMENT.lastIndex : undefined;
  }
  return undefined;
}

const STATEMENT = /import\b[^;'"`()=]*(?:'[^'\\\n]+'|"[^"\\\n]+")(?:[ \t]*;|(?=[ \t]*\r?\n))/y;

/** What may name another module, or add to one; the last is how a keyword is written that is not to be found. */
const NAMING = /\bfrom[\s\u0085\u200b]*["'/]|\bdeclare\b|\\u\{?0*[67]/g;

/** Whether the text behind the imports may name another module, or speak of what no module owns. */
function saysMore(text: string, end: number): boolean {
  if (text[end - 1] !== ";" && /^\s*(?:\/\/[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*with\b/.test(text.slice(end))) return true;
  NAMING.lastIndex = end;
  for (let named = NAMING.exec(text); named; named = NAMING.exec(text))
    if (!isCommented(text, named.index)) return true;
  return false;
}

/** What stands among imports and neither waits nor declares anything for others. */
function isPlain(statement: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(statement) ||
    (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) ||
    (ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression))
  );
}

function postpone(tree: ParsedTree, text: string, parse: (text: string) => ts.SourceFile): void {
  tree.text = text;
  tree.end = text.length;
  unparsed.set(tree, { statements: tree.statements, listener: undefined });
  for (const name of LATE) {
    const early = tree[name];
    Object.defineProperty(tree, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        if (programsBeginning > 0) return early;
        complete(tree, parse(text) as ParsedTree);
        return tree[name];
      },
    });
  }
}

/** @throws RangeError the stack is full; the tree is parsed at the next question */
function complete(tree: ParsedTree, whole: ParsedTree): void {
  const late = unparsed.get(tree);
  unparsed.delete(tree);
  for (const name of LATE) {
    Object.defineProperty(tree, name, { configurable: true, enumerable: true, writable: true, value: whole[name] });
  }
  const { flags, externalModuleIndicator, pragmas } = whole;
  Object.assign(tree, { flags, externalModuleIndicator, pragmas });
  for (const diagnostic of [...whole.parseDiagnostics, ...(whole.jsDocDiagnostics ?? [])]) diagnostic.file = tree;
  if (tree.imports) tree.imports = renewed(tree.imports, whole);
  late?.listener?.();
}

/** The same names of modules in the whole tree. What the compiler adds by itself stays. */
function renewed(imports: readonly ts.StringLiteralLike[], whole: ts.SourceFile): readonly ts.StringLiteralLike[] {
  const byPlace = new Map<number, ts.StringLiteralLike>();
  for (const statement of whole.statements) {
    const isNaming = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const name = isNaming ? statement.moduleSpecifier : undefined;
    if (name && ts.isStringLiteralLike(name)) byPlace.set(name.pos, name);
  }
  return imports.map((name) => byPlace.get(name.pos) ?? name);
}
