import { basename } from "node:path";

/** What a trace is called: its file without folder and ending. */
export function traceTitle(file: string): string {
  return basename(file).replace(/\.heddletrace$/, "");
}
