import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `async (resolve, reject) => { … }` becomes `(resolve, reject) => void (async () => { … })().catch(reject)`. */
export function caughtExecutor(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const executor = nodeAt(file, place.start, place.end);
  if (!ts.isArrowFunction(executor) || !ts.isBlock(executor.body)) return undefined;
  const [resolve, reject] = executor.parameters;
  const [keyword] = executor.modifiers ?? [];
  if (!resolve || !keyword || executor.type || (reject && !ts.isIdentifier(reject.name))) return undefined;
  const name = reject?.name.getText(file) ?? "reject";
  if (!reject && new RegExp(`\\b${name}\\b`).test(executor.getText(file))) return undefined;
  const { body } = executor;
  const isBare =
    file.text[resolve.getStart(file) - 1] !== "(" &&
    !/^[^)]*\)\s*(?::[^=]*)?=>/.test(file.text.slice(resolve.end, body.pos + 1));
  const start = keyword.getStart(file);
  const end = start + (/^async\s*/.exec(file.text.slice(start))?.[0].length ?? 0);
  const added: readonly Change[] = reject
    ? []
    : [
        { start: resolve.getStart(file), end: resolve.getStart(file), newText: isBare ? "(" : "" },
        { start: resolve.end, end: resolve.end, newText: `, ${name}${isBare ? ")" : ""}` },
      ];
  return [
    { start, end, newText: "" },
    ...added,
    { start: body.getStart(file), end: body.getStart(file), newText: "void (async () => " },
    { start: body.end, end: body.end, newText: `)().catch(${name})` },
  ].filter(({ start: from, end, newText }) => from !== end || newText !== "");
}
