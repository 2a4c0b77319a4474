import type { Host } from "./host.js";
import type { Stopwatch } from "./stopwatch.js";
import { ts } from "./syntax.js";

/**
 * A program whose type checker can be had. The compiler's binder recurses as deep as the code nests and takes all files
 * in one go, so files that are too deep for it are left out.
 */
export function boundProgram(host: Host, options: ts.CreateProgramOptions, watch?: Stopwatch): ts.Program {
  for (;;) {
    const create = () => ts.createProgram(options);
    const program = watch ? watch.measure("program", create) : create();
    try {
      if (!watch) program.getTypeChecker();
      else {
        const checker = watch.timed(
          watch.measure("bind", () => program.getTypeChecker()),
          "resolve",
        );
        program.getTypeChecker = () => checker;
      }
      findByName(program);
      host.forgetUnasked();
      return program;
    } catch (error) {
      const deepest = error instanceof RangeError ? deepestOf(program) : undefined;
      if (deepest === undefined) throw error;
      host.leaveOut(deepest);
      resetBinder();
    }
  }
}

/** The compiler works out a path at each question, and every file is asked for many times after every edit. */
function findByName(program: ts.Program): void {
  const byName = new Map(program.getSourceFiles().map((tree) => [tree.fileName, tree]));
  const find = program.getSourceFile;
  program.getSourceFile = (file) => byName.get(file) ?? find(file);
}

function deepestOf(program: ts.Program): string | undefined {
  let deepest: { readonly file: string; readonly depth: number } | undefined;
  for (const tree of program.getSourceFiles()) {
    const depth = depthOf(tree);
    if (depth > (deepest?.depth ?? 0)) deepest = { file: tree.fileName, depth };
  }
  return deepest?.file;
}

/** Level by level, because recursion is what failed. */
function depthOf(tree: ts.SourceFile): number {
  let depth = 0;
  for (let level: readonly ts.Node[] = [tree]; level.length > 0; depth++) {
    const below: ts.Node[] = [];
    for (const node of level) ts.forEachChild(node, (child) => void below.push(child));
    level = below;
  }
  return depth;
}

/** The binder keeps where it was when it failed, and would take that for the parent of the next file it binds. */
function resetBinder(): void {
  const empty = ts.createSourceFile("/empty.ts", "", ts.ScriptTarget.ES2022);
  const host: ts.CompilerHost = {
    getSourceFile: (file) => (file === empty.fileName ? empty : undefined),
    getDefaultLibFileName: () => "/lib.d.ts",
    writeFile: () => {},
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (file) => file === empty.fileName,
    readFile: () => undefined,
  };
  ts.createProgram({ rootNames: [empty.fileName], options: { noLib: true, types: [] }, host }).getTypeChecker();
}
