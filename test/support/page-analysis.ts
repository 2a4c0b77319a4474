import { Analysis } from "../../server/src/analysis.js";
import { pageProject } from "./page-project.js";

const analysis = new Analysis(pageProject);
let analysed: ReadonlyMap<string, string> = new Map();

/**
 * The analysis of a program in {@link pageProject}, by its files' paths. One for all programs, which replace each other: the
 * libraries are parsed once, and the answers are those of a fresh one. What a snapshot is asked, it is asked before the next.
 */
export function pageAnalysis(texts: ReadonlyMap<string, string>): Analysis {
  const gone = [...analysed.keys()].filter((file) => !texts.has(file)).map((file) => ({ file, text: undefined }));
  analysis.update([...gone, ...[...texts].map(([file, text]) => ({ file, text }))]);
  analysed = texts;
  return analysis;
}
