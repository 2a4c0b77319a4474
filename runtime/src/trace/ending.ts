/** What this process does at its end, in an order that leaves the recording the last word. */
import process from "node:process";

type Ending = (code: number) => void;

let last: Ending | undefined;

/** The end of the recording: what others do before it, whenever they said so, is recorded. */
export function endLast(ending: Ending): void {
  last = ending;
  process.on("exit", ending);
}

/** At the end of the process, before that of its recording. */
export function atEnd(ending: Ending): void {
  process.on("exit", ending);
  if (last === undefined) return;
  process.off("exit", last);
  process.on("exit", last);
}
