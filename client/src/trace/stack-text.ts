import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "../../shared/snapshot.js";

/** One call of a stack that is in a file. */
export interface Frame {
  /** What is called; empty for what has no name, such as a module. */
  readonly name: string;
  readonly place: Place;
}

/** The calls of a stack as V8 writes it, the innermost first. What is in Node.js itself or in no file is left out. */
export function framesOf(stack: string): readonly Frame[] {
  return stack.split("\n").flatMap((line) => {
    const [, name = "", written = "", row, column] = frameLine.exec(line) ?? [];
    const file = pathOf(written);
    return file === undefined ? [] : [{ name, place: { file, line: Number(row), column: Number(column) } }];
  });
}

/** `at Holder.run (file:///src/a.ts:3:11)` and, without a name, `at file:///src/a.ts:3:11`; `async` may stand before either. */
const frameLine = /^\s+at (?:async )?(?:(.+?) (?:\[as [^\]]+\] )?\()?([^()]+):(\d+):(\d+)\)?$/;

/** Sources are named by paths, or by addresses of files; undefined for what is in no file. */
export function pathOf(source: string): string | undefined {
  if (source.startsWith("file:")) return fileURLToPath(source);
  return isAbsolute(source) ? source : undefined;
}
