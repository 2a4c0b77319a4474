/** What differs between two trace files, for the panel. Reads both as a whole, in a worker of its own. */
import { closeSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { compareTraces, type ComparedFigure as Figure, isTime } from "../../runtime/src/trace/compare.js";
import { TraceFormatError } from "../../runtime/src/trace/decode.js";
import { summarise, type TraceSummary } from "../../runtime/src/trace/summary.js";
import type { ComparedFigure, Comparison } from "../shared/report.js";

const PIECE = 1 << 20;

/** Says what is wrong where one of them cannot be read. */
export function compareFiles(first: string, second: string, title: string): Comparison {
  const failed = (file: string, error: unknown): Comparison => {
    const isKnown = error instanceof TraceFormatError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isKnown) throw error;
    const problem = `${basename(file)} cannot be compared: ${(error as Error).message}`;
    return { title, problem, figures: [], rows: [] };
  };
  const summaries: TraceSummary[] = [];
  for (const file of [first, second]) {
    try {
      summaries.push(summarise(piecesOf(file)));
    } catch (error) {
      return failed(file, error);
    }
  }
  const { figures, rows } = compareTraces(summaries[0]!, summaries[1]!);
  return {
    title,
    problem: undefined,
    figures: figures.map(told),
    rows: rows.map(({ site, figures: of, ...row }) => ({
      ...row,
      place: site && { file: site.file, line: site.line, column: site.column },
      figures: of.map(told),
    })),
  };
}

function told(figure: Figure): ComparedFigure {
  return { ...figure, isTime: isTime(figure.what) };
}

function* piecesOf(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, "r");
  try {
    const piece = new Uint8Array(PIECE);
    for (let count = readSync(descriptor, piece); count > 0; count = readSync(descriptor, piece)) {
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}
