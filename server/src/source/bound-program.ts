import { beginChecker, resetBinder } from "./binding-on-demand.js";
import { sharedChecker } from "./edited-program.js";
import type { Host } from "./host.js";
import { FileSymbols } from "./kept-symbols.js";
import { beginProgram } from "./parsing-on-demand.js";
import type { Stopwatch } from "./stopwatch.js";
import { ts } from "./syntax.js";

/**
 * A program whose type checker can be had. The compiler's binder recurses as deep as the code nests, so files that are too
 * deep for it are left out.
 */
export function boundProgram(host: Host, options: ts.CreateProgramOptions, watch?: Stopwatch): ts.Program {
  for (;;) {
    // After an edit there are trees of nearly all files.
    const create = () =>
      options.oldProgram ? ts.createProgram(options) : host.parsingLater(() => beginProgram(options));
    const program = watch ? watch.measure("program", create) : create();
    const kept = FileSymbols.in(program);
    for (const [symbols, tree] of kept) symbols.moveTo(tree);
    try {
      if (!watch) beginChecker(program);
      else {
        const checker = watch.timed(
          watch.measure("bind", () => beginChecker(program)),
          "resolve",
        );
        program.getTypeChecker = () => checker;
      }
      if (kept.size > 0) sharedChecker(program);
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
