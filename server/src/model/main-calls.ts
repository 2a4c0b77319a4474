import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import type { Catalogue } from "./catalogue/index.js";
import { siteOf } from "./declarations.js";
import { Symbols } from "./symbols.js";

/** What is looked at. */
export interface MainsSource {
  readonly compiled: ts.Program;
  readonly typesFolder: string;
  readonly catalogue: Catalogue;
}

/** Where a file says, at its top, what to do when it is the program: the calls of `main(…)`. */
export function mainCalls({ compiled, typesFolder, catalogue }: MainsSource, file: string): readonly Site[] {
  const tree = compiled.getSourceFile(file);
  if (tree === undefined) return [];
  const symbols = new Symbols(compiled, typesFolder, catalogue);
  return tree.statements.flatMap((statement) => {
    if (!ts.isExpressionStatement(statement)) return [];
    let call = statement.expression;
    while (ts.isAwaitExpression(call) || ts.isVoidExpression(call)) call = call.expression;
    if (!ts.isCallExpression(call)) return [];
    return symbols.effect(symbols.symbolAt(call.expression))?.effect === "main" ? [siteOf(call)] : [];
  });
}
